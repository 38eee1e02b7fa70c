"""Raw SQL with named parameters. Every parameter is cast in the statement, for the server prepares it untyped."""

from typing import Any

from django.db import connection


def fetch(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """All rows of one statement. JSON comes back as text: Django's connections leave its parsing to the fields."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()

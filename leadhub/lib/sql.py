"""Raw SQL with named parameters. Every parameter is cast in the statement, for the server prepares it untyped."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from django.db import connection
from django.db.models import Model


def fetch(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """All rows of one statement. JSON comes back as text: Django's connections leave its parsing to the fields."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def fetch_together(statements: Sequence[str], **parameters: Any) -> list[list[tuple[Any, ...]]]:
    """The rows of each statement, in one round trip; each still sees what was committed before it ran."""
    with ExitStack() as stack:
        cursors = [stack.enter_context(connection.cursor()) for _ in statements]
        with connection.wrap_database_errors, connection.connection.pipeline():
            for cursor, statement in zip(cursors, statements, strict=True):
                cursor.execute(statement, parameters)
        # Fetched inside the pipeline, each would be a round trip of its own.
        return [cursor.fetchall() for cursor in cursors]


def columns(model: type[Model], alias: str) -> str:
    """The select list of a model's columns, in the order that `instance` takes them."""
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def instances(row: Sequence[Any], *models: type[Model]) -> list[Any]:
    """The models' instances in a row that selects their `columns` one after the other; None for an empty outer join."""
    found, at = [], 0
    for model in models:
        names = [field.attname for field in model._meta.concrete_fields]
        values = row[at : at + len(names)]
        at += len(names)
        found.append(model.from_db("default", names, values) if values[0] is not None else None)
    return found

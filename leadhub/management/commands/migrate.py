from typing import Any

from django.core.management.commands import migrate
from django.db import connections


class Command(migrate.Command):
    """Django's own, over a connection that prepares nothing: a prepared statement cannot hold several commands."""

    def handle(self, *args: Any, database: str, **options: Any) -> None:
        connection = connections[database]
        connection.ensure_connection()
        usual, connection.connection.prepare_threshold = connection.connection.prepare_threshold, None
        try:
            super().handle(*args, database=database, **options)
        finally:
            if connection.connection is not None:
                connection.connection.prepare_threshold = usual

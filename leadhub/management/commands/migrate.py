from functools import partial
from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from leadhub.lib.migrating import alone, bound, drop_unfinished, patiently


class Command(migrate.Command):
    """Django's own, over a connection that prepares nothing: a prepared statement cannot hold several commands."""

    def handle(self, *args: Any, database: str, **options: Any) -> str | None:
        self.connection = connections[database]
        self.connection.ensure_connection()
        usual, self.connection.connection.prepare_threshold = self.connection.connection.prepare_threshold, None
        try:
            with alone(self.connection):
                return patiently(partial(super().handle, *args, database=database, **options))
        finally:
            if self.connection.connection is not None:
                self.connection.connection.prepare_threshold = usual

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        if action in ("apply_start", "unapply_start"):
            bound(self.connection, migration)
        if action == "apply_start" and not fake:
            drop_unfinished(self.connection, migration)
        super().migration_progress_callback(action, migration, fake)

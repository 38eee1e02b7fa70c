"""The database made ready for the program, or told in one line why it cannot be."""

from django.core.management import CommandError, call_command
from django.db import OperationalError, ProgrammingError, connection
from django.db.migrations.exceptions import MigrationSchemaMissing
from psycopg.errors import InsufficientPrivilege

from leadhub.health import undurable_settings, unfit_settings
from leadhub.lib.embedded.server import EmbeddedPostgresError


def prepare_database() -> None:
    """Reach it, see that it is fit, and migrate it. Raises CommandError."""
    try:
        connection.ensure_connection()
    except (OperationalError, ProgrammingError, EmbeddedPostgresError) as error:
        raise CommandError(f"The database cannot be reached: {in_one_line(error)}") from error
    if lossy := undurable_settings():
        raise CommandError(f"The database could lose acknowledged leads: {', '.join(lossy)}. Switch that on.")
    if unfit := unfit_settings():
        raise CommandError(
            f"The database cannot take every lead: {', '.join(unfit)}. It must be writable, and in UTF8."
        )
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except (ProgrammingError, MigrationSchemaMissing) as error:
        if isinstance(error, ProgrammingError) and not isinstance(error.__cause__, InsufficientPrivilege):
            raise
        raise CommandError(f"The role must own its database: {in_one_line(error)}") from error


def in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())

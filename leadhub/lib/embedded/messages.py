"""What this package says to a person."""

import sys

import psycopg


class EmbeddedPostgresError(psycopg.OperationalError):
    """The embedded server cannot be had; the message is one line for a person.

    It is an `OperationalError`, so Django treats it as it treats any database that is away.
    """


def tell(line: str) -> None:
    """Say one line where it does not mix with a command's output."""
    sys.stderr.write(f"LeadHub: {line}\n")

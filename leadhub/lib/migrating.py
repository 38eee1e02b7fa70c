"""Migrations by one process at a time, beside programs that go on reading and writing."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.core.management import CommandError
from django.db import OperationalError
from django.db.migrations import Migration
from psycopg import sql
from psycopg.errors import LockNotAvailable

LOCK = 0x1EAD4B
ASKS_SECONDS = 0.2
# So long a step waits for its table, and all who write to that wait behind it; then they have so many seconds.
PATIENCE, PAUSE = "1s", 2.0
TRIES = 60


@contextmanager
def alone(connection: Any) -> Iterator[None]:
    """Of several machines started together on a new version, one migrates and the others wait for it."""
    with connection.cursor() as cursor:
        # Asked again and again: who waits in a statement holds a snapshot, and an index that is made concurrently
        # waits for all of those.
        while not answer(cursor, f"SELECT pg_try_advisory_lock({LOCK}::bigint)"):
            time.sleep(ASKS_SECONDS)
        try:
            yield
        finally:
            if connection.is_usable():
                cursor.execute("RESET lock_timeout")
                cursor.execute(f"SELECT pg_advisory_unlock({LOCK}::bigint)")


def answer(cursor: Any, statement: str) -> Any:
    cursor.execute(statement)
    return cursor.fetchone()[0]


def bound(connection: Any, migration: Migration) -> None:
    """Let a step wait for its tables no longer than those who use them can wait.

    One outside a transaction makes its indexes concurrently, which waits for others and lets none wait.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{PATIENCE if migration.atomic else 0}'")


def patiently[T](work: Callable[[], T]) -> T:
    """Do it again, from the step that it came to, while a table is held by others. Raises CommandError in the end."""
    for _ in range(TRIES):
        try:
            return work()
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
        time.sleep(PAUSE)
    raise CommandError(
        "A table could not be changed, for others hold it: end what has been at it for long, and migrate again."
    )


def drop_unfinished(connection: Any, migration: Migration) -> None:
    """Drop the indexes that this step, outside a transaction, had made when it was killed: it makes them anew."""
    with connection.cursor() as cursor:
        for step in (each for each in migration.operations if isinstance(each, AddIndexConcurrently)):
            cursor.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(step.index.name)))

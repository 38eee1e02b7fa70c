"""The one outermost transaction, repeated whole when the database asks for it."""

import random
import time
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from psycopg import errors as pg

from leadhub.lib.errors import Unavailable

TRIES = 4
# A repeat helps against these: another transaction got in first.
PASSING = (pg.SerializationFailure, pg.DeadlockDetected, pg.UniqueViolation)
# A repeat now would only wait again.
BUSY = (
    pg.LockNotAvailable,
    pg.QueryCanceled,
    pg.IdleInTransactionSessionTimeout,
    pg.ReadOnlySqlTransaction,
)


class TryAgain(Exception):
    """What was read no longer holds; the transaction is to be repeated from its start."""


def run[T](work: Callable[[], T]) -> T:
    """Run `work` in one durable transaction; repeat it whole, up to 3 times, when it lost a race.

    Raises Unavailable when it lost every time, or the database is busy or away.
    """
    for turn in range(TRIES):
        try:
            with transaction.atomic(durable=True):
                return work()
        except (DatabaseError, TryAgain) as error:
            if not lost_a_race(error):
                raise
        time.sleep(random.uniform(0, 0.01) * 2**turn)  # noqa: S311 - spreads the repeats, hides nothing
    raise Unavailable


def lost_a_race(error: Exception) -> bool:
    return isinstance(error, TryAgain) or isinstance(error.__cause__, PASSING)


def is_unavailability(error: Exception) -> bool:
    """Whether a database error says "not now" (busy, away, too slow) and not "this is a bug"."""
    return isinstance(error.__cause__, BUSY) or isinstance(error, OperationalError | InterfaceError)

"""Whether a connection of the pool is still one, asked before a request gets it."""

import math
import select
import time
from weakref import WeakKeyDictionary

from psycopg import Connection
from psycopg_pool import ConnectionPool

# A server that is gone without a word, as after a failover, cannot have closed its end.
TRUSTED_SECONDS = 1.0

_checked_at: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()


def check_connection(connection: Connection) -> None:
    """The pool's check, without a round trip while it is busy. Raises OperationalError for one that has died.

    A server that goes away closes its end, which makes an idle connection readable; then it is asked.
    """
    now = time.monotonic()
    if now > _checked_at.get(connection, -math.inf) + TRUSTED_SECONDS or is_readable(connection):
        ConnectionPool.check_connection(connection)
    _checked_at[connection] = now


def is_readable(connection: Connection) -> bool:
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))

"""Whether a connection of the pool is still one, looked at before a request gets it."""

import select
import time
from weakref import WeakKeyDictionary

from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool

# A server that is gone without a word, as after a failover, cannot have closed its end.
TRUSTED_SECONDS = 1.0

_asked_at: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()


def check_connection(connection: Connection) -> None:
    """The pool's check, at most one round trip a second. Raises OperationalError for one that is to be replaced.

    A server that goes away closes its end, which makes an idle connection readable; then it is asked at once.
    """
    now, asked_at = time.monotonic(), _asked_at.get(connection)
    if asked_at is not None and now < asked_at + TRUSTED_SECONDS and not is_readable(connection):
        return
    if asked_at is not None and began_read_only(connection):
        connection.close()
        raise OperationalError("The session began while the database was only read, and stays so.")
    ConnectionPool.check_connection(connection)
    _asked_at[connection] = now


def is_readable(connection: Connection) -> bool:
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


def began_read_only(connection: Connection) -> bool:
    """Told by the server at the session's start, without being asked."""
    return connection.info.parameter_status("default_transaction_read_only") == "on"

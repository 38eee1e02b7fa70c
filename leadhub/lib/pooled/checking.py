"""Whether a connection of the pool is still one, asked before a request gets it."""

import select

from psycopg import Connection
from psycopg_pool import ConnectionPool


def check_connection(connection: Connection) -> None:
    """The pool's check, without a round trip. Raises OperationalError for a connection that has died.

    A server that goes away closes its end, which makes an idle connection readable; only then is it asked.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        ConnectionPool.check_connection(connection)

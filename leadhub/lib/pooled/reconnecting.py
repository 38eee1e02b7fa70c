"""How the pool finds the database again."""

import contextlib

from psycopg_pool import ConnectionPool, PoolTimeout

# Long enough for a connection that is there, and to have the pool try for another.
AWAY_SECONDS = 0.05


def try_again(pool: ConnectionPool) -> None:
    """The pool has given up connecting; while somebody waits, it is asked for a connection, and so tries again."""
    if pool.get_stats().get("requests_waiting"):
        with contextlib.suppress(PoolTimeout):
            pool.putconn(pool.getconn(AWAY_SECONDS))

"""While the database is away, a request does not hold a thread for as long as a connection might take to come."""

from typing import Any

from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

from .reconnecting import AWAY_SECONDS


class DatabaseWrapper(base.DatabaseWrapper):
    """Waits out the pool's time-out once; from then on hardly at all, until a connection is had again."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        pool = self.pool
        if pool is None:
            return super().get_new_connection(conn_params)
        try:
            connection = super().get_new_connection(conn_params)
        except PoolTimeout:
            pool.timeout = AWAY_SECONDS
            raise
        pool.timeout = self.settings_dict["OPTIONS"]["pool"]["timeout"]
        return connection

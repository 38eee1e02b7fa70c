"""Django's PostgreSQL backend over the embedded server, which starts with the first real connection.

`DATABASES["default"]["LEADHUB_DATA_ROOT"]` says below which folder the data lies; HOST and PORT are filled in.
"""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import client
from django.utils.functional import cached_property
from psycopg_pool import ConnectionPool

from leadhub.lib.pooled import base
from leadhub.lib.pooled.reconnecting import try_again

from .binaries import find_binaries
from .server import EmbeddedPostgres, server_for


class DatabaseClient(client.DatabaseClient):
    """`manage.py dbshell`, which reads the address from the settings and makes no connection of its own."""

    connection: "DatabaseWrapper"

    def runshell(self, parameters: Iterable[str]) -> None:
        self.connection.fill_in_address()
        super().runshell(parameters)


def bring_up(server: EmbeddedPostgres, pool: ConnectionPool) -> None:
    """While somebody waits for a connection, start the server anew: it may have died unnoticed."""
    if pool.get_stats().get("requests_waiting"):
        server.ensure_running()
    try_again(pool)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the embedded server, pooled or not, that starts or adopts it where needed."""

    client_class = DatabaseClient

    @cached_property
    def server(self) -> EmbeddedPostgres:
        """The server of this connection's data root."""
        root = self.settings_dict.get("LEADHUB_DATA_ROOT")
        if not root:
            raise ImproperlyConfigured("The embedded database needs LEADHUB_DATA_ROOT, the folder of its data.")
        return server_for(Path(root))

    @cached_property
    def pg_version(self) -> int:
        """The version of the programs: Django's system checks ask for it, and need no server for that."""
        with self.wrap_database_errors:
            return find_binaries().version

    def fill_in_address(self) -> None:
        """Write the address of the running server into the settings, as if a person had."""
        address = self.server.address()
        self.settings_dict["HOST"] = str(address.socket_directory)
        self.settings_dict["PORT"] = str(address.port)
        self.settings_dict["USER"] = self.settings_dict["USER"] or address.user

    @property
    def pool(self) -> ConnectionPool | None:
        """The pool, that has the server brought up where it cannot connect."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if isinstance(options, dict):
            options["reconnect_failed"] = partial(bring_up, self.server)
        return super().pool

    def get_connection_params(self) -> dict[str, Any]:
        self.fill_in_address()
        return super().get_connection_params()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        try:
            return super().get_new_connection(conn_params)
        except self.Database.OperationalError:
            # A server that answers has its own reason to refuse, for example too many connections.
            if self.server.answers():
                raise
            self.server.ensure_running()
            return super().get_new_connection(conn_params)

    def close_pool(self) -> None:
        # Django's own asks for the pool, which makes one, which asks for the address, which starts the server.
        if self.alias in self._connection_pools:  # type: ignore[attr-defined]
            super().close_pool()

"""A database of the bench's own, on the same server, so that nobody's leads are mixed with its John Does."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from django.core.management import call_command
from django.db import connection
from psycopg import sql

SUFFIX = "_bench"


@contextmanager
def own_database() -> Iterator[None]:
    """Connections, and the processes started inside, use a fresh database; it is dropped afterwards."""
    settings, before = connection.settings_dict, connection.settings_dict["NAME"]
    connection.close()
    settings["NAME"] = f"{before}{SUFFIX}"
    recreate(settings["NAME"])
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        drop(settings["NAME"])
        settings["NAME"] = before


def recreate(name: str) -> None:
    drop(name)
    with connection._nodb_cursor() as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def drop(name: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def environment() -> dict[str, str]:
    """For a process that is to use this database: its DATABASE_URL."""
    connection.ensure_connection()
    info = connection.connection.info
    password = f":{quote(info.password, safe='')}" if info.password else ""
    host = quote(info.host, safe="")
    url = f"postgresql://{quote(info.user, safe='')}{password}@/{info.dbname}?host={host}&port={info.port}"
    return os.environ | {"DATABASE_URL": url, "LEADHUB_SERVING": "1"}

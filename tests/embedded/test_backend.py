"""The embedded server as Django's database backend."""

import json
import os
from pathlib import Path

import pytest

from leadhub.lib.embedded.cluster import cluster_below
from tests.embedded.helpers import BACKEND, output_of


@pytest.mark.parametrize("pooling", ["pool", "no pool"])
def test_djangos_backend_starts_nothing_before_the_first_connection(root: Path, pooling: str) -> None:
    script = (
        BACKEND
        + """
from pathlib import Path
from django.core.management import call_command
from leadhub.lib.embedded.cluster import cluster_below
call_command("check")
version = connection.pg_version
connection.ensure_timezone()
connection.close()
connection.close_pool()
print(cluster_below(Path(sys.argv[1])).answers())
connection.ensure_connection()
print(cluster_below(Path(sys.argv[1])).answers(), version == connection.connection.info.server_version)
"""
    )

    output = output_of(script, root, pooling)

    assert output == "System check identified no issues (0 silenced).\nFalse\nTrue True\n"


@pytest.mark.parametrize("pooling", ["pool", "no pool"])
def test_djangos_backend_connects_and_makes_a_test_database(root: Path, pooling: str) -> None:
    script = (
        BACKEND
        + """
import json
def who_and_where():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        return cursor.fetchone()
connection.creation.create_test_db(verbosity=0, autoclobber=True)
first = who_and_where()
connection.creation.destroy_test_db("leadhub", verbosity=0)
print(json.dumps([first, who_and_where(), connection.pool is not None]))
"""
    )

    output = output_of(script, root, pooling)

    assert json.loads(output) == [["leadhub", "test_leadhub"], ["leadhub", "leadhub"], pooling == "pool"]


@pytest.mark.parametrize("pooling", ["pool", "no pool"])
def test_djangos_backend_finds_its_way_back_after_a_killed_postmaster(root: Path, pooling: str) -> None:
    script = (
        BACKEND
        + """
import os, signal, time
from pathlib import Path
from leadhub.lib.embedded.cluster import cluster_below
from leadhub.lib.embedded.server import TRUSTED_SECONDS
connection.ensure_connection()
connection.close()
cluster = cluster_below(Path(sys.argv[1]))
os.kill(int((cluster.data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
time.sleep(TRUSTED_SECONDS)
with connection.cursor() as cursor:
    cursor.execute("SELECT 1")
    print(cursor.fetchone()[0])
"""
    )

    assert output_of(script, root, pooling) == "1\n"


def test_who_waits_in_the_pool_has_a_killed_postmaster_started_at_once(root: Path) -> None:
    script = (
        BACKEND
        + """
import os, signal, time
from pathlib import Path
from leadhub.lib.embedded.cluster import cluster_below
from leadhub.lib.pooled.checking import check_connection, is_readable
pool = {"min_size": 0, "max_size": 1, "timeout": 100, "reconnect_timeout": 0, "check": check_connection}
connection.settings_dict["OPTIONS"]["pool"] = pool
connection.ensure_connection()
pooled = connection.connection
connection.close()
cluster = cluster_below(Path(sys.argv[1]))
os.kill(int((cluster.data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
while not is_readable(pooled):
    pass
began = time.monotonic()
connection.ensure_connection()
print(connection.is_usable(), time.monotonic() - began < 60)
"""
    )

    assert output_of(script, root, "pool") == "True True\n"


def test_dbshell_is_given_the_servers_address(root: Path, new_folder: Path) -> None:
    psql = new_folder / "psql"
    psql.write_text("#!/bin/sh\necho $*\n")
    psql.chmod(0o755)
    path = f"{new_folder}{os.pathsep}{os.environ['PATH']}"

    output = output_of(BACKEND + "connection.client.runshell([])", root, "no pool", env={"PATH": path})

    assert output == f"-U leadhub -h {cluster_below(root).address.socket_directory} -p 5432 leadhub\n"


def test_the_backend_without_a_data_root_is_refused_by_name() -> None:
    script = (
        BACKEND
        + """
from django.core.exceptions import ImproperlyConfigured
try:
    connection.ensure_connection()
except ImproperlyConfigured as error:
    print(error)
"""
    )

    output = output_of(script, "", "no pool")

    assert output == "The embedded database needs LEADHUB_DATA_ROOT, the folder of its data.\n"

"""Processes that hold the embedded server, and ways to look at it and to harm it."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.pq import PGconn, Ping

from leadhub.lib.embedded import processes
from leadhub.lib.embedded.cluster import cluster_below
from leadhub.lib.embedded.server import Address
from tests.waiting import PATIENCE, wait_until

PROJECT = Path(__file__).resolve().parent.parent.parent
IS_ROOT = os.geteuid() == 0

as_root = pytest.mark.skipif(not IS_ROOT, reason="needs root: it is about the user whom root drops to")

HOLD = """
import sys
from pathlib import Path
from leadhub.lib.embedded.server import server_for
server = server_for(Path(sys.argv[1]))
print(server.ensure_running().url, flush=True)
try:
    sys.stdin.read()
except KeyboardInterrupt:
    pass
"""

# The interpreter may lie where nobody else can start it, so the process becomes ordinary once all is imported.
HOLD_AS_NOBODY = (
    """
import os, pwd, sys
import leadhub.lib.embedded.server
nobody = pwd.getpwnam("nobody")
os.setgroups([])
os.setgid(nobody.pw_gid)
os.setuid(nobody.pw_uid)
os.chdir("/")
"""
    + HOLD
)

BACKEND = """
import sys
from django.conf import settings
settings.configure(
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "leadhub.lib.embedded",
            "NAME": "leadhub",
            "LEADHUB_DATA_ROOT": sys.argv[1],
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"pool": {"min_size": 2, "max_size": 2, "timeout": 5}} if sys.argv[2] == "pool" else {},
        }
    },
)
import django
django.setup()
from django.db import connection
"""


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="leadhub-test-"))
    path.chmod(0o755)
    yield path
    for root in {path / "var", *(lock.parent.parent for lock in path.rglob("start.lock"))}:
        if root.exists():
            end_below(root)
    shutil.rmtree(path)


def start_python(script: str, *arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(PROJECT)} | options.pop("env", {})
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=PROJECT,
        **options,
    )


def output_of(script: str, *arguments: str | Path, **options: Any) -> str:
    process = start_python(script, *arguments, **options)
    output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    return output


def let_go(process: subprocess.Popen[str]) -> str:
    """Let a holder end by itself; what it wrote to stderr."""
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    return errors


def end_below(root: Path) -> None:
    cluster = cluster_below(root)
    processes.end_all(cluster.name, uid=cluster.account.uid)
    if not cluster.address.socket_directory.is_relative_to(cluster.home):
        shutil.rmtree(cluster.address.socket_directory)
    if not cluster.home.is_relative_to(root):
        shutil.rmtree(cluster.home.parent)


def is_answering(url: str) -> bool:
    return PGconn.ping(url.encode()) == Ping.OK


def ask(address: Address, statement: str) -> Any:
    with psycopg.connect(address.url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def postmaster_of(root: Path) -> int:
    return int((cluster_below(root).data / "postmaster.pid").read_text().splitlines()[0])


def kill_postmaster(root: Path) -> None:
    pid = postmaster_of(root)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not processes.is_alive(pid))

"""The web server and the worker, kept alive as `./run` keeps them, on the test's database; and their sudden deaths."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.waiting import PATIENCE, wait_until
from tests.web import Web, free_port, url_of, wait_for

WEB_WORKERS = 2
PARENT, USER_TIME, SYSTEM_TIME = 1, 11, 12  # where /proc/<pid>/stat has them, counted after the name


@dataclass(frozen=True)
class System:
    """A running system; its parts are found by whose children they are."""

    port: int
    keeper: int

    @property
    def web_server(self) -> int:
        return next(pid for pid in children(self.keeper) if "granian" in command(pid))

    @property
    def worker(self) -> int | None:
        """The background worker; None while there is none."""
        return next((pid for pid in children(self.keeper) if command(pid)[-1:] == ["worker"]), None)

    def kill_a_web_process(self) -> int:
        """SIGKILL for the one that has worked the most: it is in the middle of requests."""
        busiest = max(children(self.web_server), key=processor_time)
        os.kill(busiest, signal.SIGKILL)
        return busiest

    def kill_the_worker(self) -> int:
        worker = self.worker
        assert worker
        os.kill(worker, signal.SIGKILL)
        return worker

    def wait_for_another_worker(self, *, than: int) -> None:
        wait_until(lambda: self.worker not in (None, than), told=lambda: "no worker was started again")


@contextmanager
def running_system() -> Iterator[System]:
    """Web processes and a worker, each in a process of its own, none of which outlives the test."""
    port = free_port()
    told = {"DATABASE_URL": url_of(connection.settings_dict), "WEB_WORKERS": str(WEB_WORKERS)}
    told |= {"LEADHUB_RATE_LIMITS": "off", "LOG_REQUESTS": "off"}
    environment = {name: value for name, value in os.environ.items() if name != "LEADHUB_SERVING"} | told
    keeper = subprocess.Popen([sys.executable, "-m", "tests.system", str(port)], cwd=settings.BASE_DIR, env=environment)
    try:
        wait_for(Web(port), keeper)
        yield System(port, keeper.pid)
    finally:
        keeper.terminate()
        keeper.wait(timeout=PATIENCE)


def children(pid: int) -> list[int]:
    return [child for child in processes() if stat(child)[PARENT : PARENT + 1] == [str(pid)]]


def processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def stat(pid: int) -> list[str]:
    """What the kernel says of a process; nothing when it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def command(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")
    except OSError:
        return []


def processor_time(pid: int) -> int:
    told = stat(pid)
    return int(told[USER_TIME]) + int(told[SYSTEM_TIME]) if told else 0


def keep_running(port: int) -> int:
    """What `manage.py serve` does once the database is prepared; answers the exit status."""
    from leadhub.management.commands import serve

    return serve.wait_for(serve.start_web("127.0.0.1", port), serve.WorkerBeside())


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadhub.settings")
    django.setup()
    sys.exit(keep_running(int(sys.argv[1])))

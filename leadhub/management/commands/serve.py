import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import connection

from accounts.models import Account
from leadhub import env
from leadhub.collecting import NotCollected, collect
from leadhub.demo import fresh_credentials, make_demo
from leadhub.lib.embedded.waiting import wait_until
from leadhub.preparing import prepare_database
from leadhub.welcome import keep_credentials, kept_credentials, welcome

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 6
LIVED_LONG, LONGEST_PAUSE = 60.0, 30.0


class Command(BaseCommand):
    help = "Start everything: database, migrations, the demo on the first start, web server on PORT, and a worker."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=env.port("PORT", 8000))

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        # Ended in any way, the database is let go of.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        address = free_address(host, port)
        prepare_files()
        prepare_database()
        text = production_greeting() if settings.PRODUCTION else demo_greeting()
        connection.close()
        web = start_web(address, port)
        sys.exit(wait_for(web, WorkerBeside(), Greeting(text, self.stdout, address, port)))


def free_address(host: str, port: int) -> str:
    """The address of a name, on which the port is free; the web server takes no names."""
    if not 0 < port < 65536:
        raise CommandError(f"A port is a number from 1 to 65535, not {port}.", returncode=2)
    try:
        # 127.0.0.1 before ::1.
        family, kind, _, _, address = min(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return str(address[0])
    except OSError as error:
        raise CommandError(refusal_of(error, host, port)) from error


def refusal_of(error: OSError, host: str, port: int) -> str:
    if error.errno in (errno.EADDRINUSE, errno.EACCES):
        return f"Port {port} cannot be used ({error.strerror}); PORT=8001 ./run takes another."
    return f"HOST must be an address of this machine; {host} is none ({error.strerror})."


def prepare_files() -> None:
    """Production serves what was collected; development its files from where they are."""
    if settings.PRODUCTION:
        try:
            collect()
        except NotCollected as error:
            raise CommandError(str(error)) from error


def demo_greeting() -> str:
    credentials = kept_credentials()
    if credentials is None:
        credentials = fresh_credentials(make_demo())
        keep_credentials(credentials)
    return welcome(credentials)


def production_greeting() -> str:
    first = "" if Account.objects.filter(is_platform=False).exists() else "No account yet: python manage.py setup\n"
    mails = "" if settings.EMAIL_URL else "No mails are sent: EMAIL_URL names no mail server.\n"
    return f"LeadHub runs. Leads page: {settings.SITE_URL}/admin/\n{first}{mails}"


def start_web(address: str, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "leadhub.wsgi:application"]
    command += ["--host", address, "--port", str(port), "--workers", str(settings.WEB_WORKERS)]
    command += ["--blocking-threads", str(settings.WEB_THREADS), "--respawn-failed-workers", "--log-level", "error"]
    # A worker told to end while it comes up does not hear it, and would be waited for without this.
    command += ["--workers-kill-timeout", str(GRACE_SECONDS - 1)]
    return start_child(command, os.environ | {"LEADHUB_SERVING": "1"})


def start_child(command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start it in a session of its own: Ctrl-C comes to us, and we stop our children before the database."""
    return subprocess.Popen(
        command,
        env=environment,
        start_new_session=True,
        cwd=settings.BASE_DIR,
        preexec_fn=end_with_parent,  # noqa: PLW1509 - no threads run here
    )


def end_with_parent() -> None:
    """In the child: be told to end when our parent is killed, so that no server is left holding the port (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Greeting:
    """What is said once the web server answers: who pastes a call that he reads there is not refused."""

    def __init__(self, text: str, out: OutputWrapper, address: str, port: int) -> None:
        self.text, self.out = text, out
        self.at = (address, port)

    def keep(self) -> None:
        if self.text and is_answered(self.at):
            self.out.write(self.text)
            # Into a file, a pipe or a service's journal, it would else be told at the end.
            self.out.flush()
            self.text = ""


def is_answered(at: tuple[str, int]) -> bool:
    try:
        socket.create_connection(at, timeout=1).close()
    except OSError:
        return False
    return True


class WorkerBeside:
    """The worker of this machine, in a process of its own that is started again when it dies."""

    def __init__(self) -> None:
        self.pause = 1.0
        self.start()

    def start(self) -> None:
        # The web server's time-outs are not the worker's.
        environment = {name: value for name, value in os.environ.items() if name != "LEADHUB_SERVING"}
        command = [sys.executable, "manage.py", "worker"]
        self.process = start_child(command, environment)
        self.started_at, self.died_at = time.monotonic(), 0.0

    def keep(self) -> None:
        """Start it again where it died, after pauses that grow while it does not live long."""
        if self.process.poll() is None:
            return
        if not self.died_at:
            self.died_at = time.monotonic()
            lived_long = self.died_at - self.started_at > LIVED_LONG
            self.pause = 1.0 if lived_long else min(self.pause * 2, LONGEST_PAUSE)
        elif time.monotonic() - self.died_at > self.pause:
            self.start()


def wait_for(web: subprocess.Popen[bytes], worker: WorkerBeside, greeting: Greeting | None = None) -> int:
    """Wait until the web server ends, or we are told to end everything; answers the exit status."""
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: told.set())
    while web.poll() is None and not told.wait(0.2):
        worker.keep()
        if greeting:
            greeting.keep()
    end(web, worker.process)
    return 0 if told.is_set() else 1


def end(*children: subprocess.Popen[bytes]) -> None:
    """Let them finish what they are at; one still coming up may miss the first word, so it is said twice."""
    for _ in range(2):
        for child in children:
            tell_to_end(child)
        if all(wait_until(partial(is_gone, child), seconds=GRACE_SECONDS) for child in children):
            return
    for child in children:
        signal_group(child, signal.SIGKILL)
        child.wait()


def tell_to_end(child: subprocess.Popen[bytes]) -> None:
    """Tell it; where it was killed, tell its own processes, which go on without it and would keep the port."""
    if child.poll() is None:
        child.terminate()
    else:
        signal_group(child, signal.SIGTERM)


def is_gone(child: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended, and all that it started."""
    return child.poll() is not None and not signal_group(child, 0)


def signal_group(child: subprocess.Popen[bytes], number: int) -> bool:
    """Signal a child and all that it started; answers whether there was any."""
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return False
    return True

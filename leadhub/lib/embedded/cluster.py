"""One PostgreSQL cluster on this machine: made, started, asked, stopped. Whoever calls holds the start lock."""

import os
import re
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from . import processes
from .accounts import Account, account_for
from .binaries import Binaries, find_binaries, usable_by
from .messages import EmbeddedPostgresError, tell
from .places import PORT, fingerprint, make_home, make_socket_directory
from .waiting import PAUSE, wait_until

# How long a live postmaster may say nothing at all; one that says it recovers may take its time.
SILENCE_SECONDS = 30.0
STOP_SECONDS = 60.0
ATTEMPTS = 3
LONGEST_LOG = 16 * 1024 * 1024
# Given on the command line, so that no file in the data folder can undo them.
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # A client's error says which value it could not take, its detail shows the row: the client is told, the log is not.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
}


@dataclass(frozen=True)
class Address:
    """Where the embedded server listens, and for whom."""

    socket_directory: Path
    port: int = PORT
    user: str = "leadhub"
    database: str = "leadhub"

    @property
    def url(self) -> str:
        """The address in the form of DATABASE_URL."""
        return f"postgresql://{self.user}@/{self.database}?host={quote(str(self.socket_directory), safe='')}"

    def conninfo(self, database: str) -> str:
        """The address in libpq's words, for one database of the server."""
        return make_conninfo(
            host=str(self.socket_directory), port=self.port, user=self.user, dbname=database, connect_timeout=5
        )


@dataclass(frozen=True)
class Cluster:
    """The files and the processes of one server; `root` is where its files were wanted."""

    root: Path
    home: Path
    account: Account
    binaries: Binaries
    address: Address

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    @property
    def name(self) -> str:
        """What its processes are called in the process list."""
        return f"leadhub-{fingerprint(self.home, uid=self.account.uid)}"

    def answers(self) -> bool:
        """Whether the server takes connections, and its data is still there."""
        return self._ping() is Ping.OK and self._pid_file.exists()

    def start(self) -> None:
        """Bring the server up over whatever an earlier one left behind; return when it answers."""
        if not self.home.is_relative_to(self.root):
            tell(f"the user {self.account.name} cannot reach {self.root}; the database lies in {self.home}.")
        if self._comes_up():
            return
        binaries = usable_by(self.account, self.binaries, below=self.home)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(binaries)
        for _ in range(ATTEMPTS):
            self._clear_away()
            if self._launch(binaries):
                return
        raise EmbeddedPostgresError(f"PostgreSQL does not start: {self._last_words()} See {self.log}.")

    def stop(self) -> None:
        """Fast shutdown: clients are cut off, everything committed is on disk."""
        postmaster = self._postmaster()
        if postmaster is not None:
            processes.send(postmaster, signal.SIGINT)
            wait_until(lambda: not processes.is_alive(postmaster), seconds=STOP_SECONDS)
        self._clear_away()

    def make_database(self) -> None:
        """Make the database where it is missing; a dropped one comes back empty."""
        with psycopg.connect(self.address.conninfo("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [self.address.database])
            if known.rowcount == 0:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.address.database)))

    @property
    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def _ping(self) -> Ping:
        return Ping(PGconn.ping(self.address.conninfo("postgres").encode()))

    def _postmaster(self) -> int | None:
        """The postmaster's pid where the one in its file lives and is this server's."""
        pid = _pid_in(self._pid_file)
        return pid if pid in processes.server_processes(self.name, uid=self.account.uid) else None

    def _comes_up(self) -> bool:
        """Whether a server that is alive already begins to answer; false as soon as none is."""
        heard_at = time.monotonic()
        while self._postmaster() is not None and time.monotonic() < heard_at + SILENCE_SECONDS:
            state = self._ping()
            if state is Ping.OK:
                return True
            if state is Ping.REJECT:
                heard_at = time.monotonic()
            time.sleep(PAUSE)
        return False

    def _clear_away(self) -> None:
        """End what is left of a dead server, with the claims it laid on its data and its socket."""
        processes.end_all(self.name, uid=self.account.uid)
        for claim in (self._pid_file, self.address.socket_directory / f".s.PGSQL.{self.address.port}.lock"):
            pid = _pid_in(claim)
            # PostgreSQL honours a claim whose pid lives, though it may be a zombie's or a stranger's by now.
            if pid is not None and not processes.is_postgres(pid, uid=self.account.uid):
                claim.unlink(missing_ok=True)

    def _initialise(self, binaries: Binaries) -> None:
        # Made aside and then named, so that data which has its name is whole, whatever was killed on the way.
        for abandoned in self.home.glob("data.new-*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        aside = Path(tempfile.mkdtemp(prefix="data.new-", dir=self.home))
        self.account.take(aside)
        arguments = ["--username", self.address.user, "--encoding=UTF8", "--auth=trust", *_locale_of(binaries.major)]
        done = self.account.run(binaries.initdb, "--pgdata", aside, *arguments)
        if done.returncode != 0:
            raise EmbeddedPostgresError(f"PostgreSQL's initdb failed: {reason(done.stderr)}")
        aside.rename(self.data)
        _sync(self.home)

    def _launch(self, binaries: Binaries) -> bool:
        """Start a postmaster; whether it lived to answer."""
        directory = str(self.address.socket_directory).replace('"', '""')
        settings = SETTINGS | {"cluster_name": self.name, "unix_socket_directories": f'"{directory}"'}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = self._open_log()
        try:
            # The shell leaves at once, so the postmaster is nobody's child here: no zombie stays if it dies, and
            # in a session of its own no Ctrl-C reaches it.
            shell = ["/bin/sh", "-c", 'exec "$@" >&2 & echo $!', "sh"]
            command = [str(binaries.postgres), "-D", str(self.data), *options]
            pid = int(self.account.run(*shell, *command, log=log, own_session=True).stdout)
        finally:
            os.close(log)
        wait_until(lambda: self._ping() is not Ping.NO_RESPONSE or not processes.is_alive(pid), seconds=SILENCE_SECONDS)
        return self._comes_up()

    def _open_log(self) -> int:
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG:
            self.log.unlink()
        return os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-20:]
        # After the pid in the prefix: the postmaster's own, not one that it told a client.
        return _last_line("\n".join([line for line in lines if "] FATAL" in line] or lines))


def cluster_below(root: Path) -> Cluster:
    """The cluster for a data root, with its folders made; nothing is started."""
    binaries = find_binaries()
    home = make_home(root, major=binaries.major, account=account_for(root / f"postgres-{binaries.major}" / "data"))
    account = account_for(home / "data")
    address = Address(make_socket_directory(home, account=account))
    return Cluster(root=root, home=home, account=account, binaries=binaries, address=address)


def _locale_of(major: int) -> tuple[str, ...]:
    """Order by code point, and letters of every language known: C.UTF-8, built in since 17."""
    if major >= 17:
        return ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    return ("--locale=C.UTF-8",) if os.uname().sysname == "Linux" else ("--locale=C",)


def _pid_in(claim: Path) -> int | None:
    try:
        return int(claim.read_text().split("\n", maxsplit=1)[0])
    except (FileNotFoundError, ValueError):
        return None


def reason(text: str) -> str:
    """Why initdb failed: what it calls an error, for its last words are of how it tidied up."""
    told = re.findall(r"(?:FATAL|error): +(.+)", text)
    return told[0] if told else _last_line(text)


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it left no reason."])[-1]


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

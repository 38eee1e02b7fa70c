import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leadhub.lib.embedded import binaries
from leadhub.lib.embedded.accounts import account_for
from leadhub.lib.embedded.server import EmbeddedPostgres
from tests.embedded.helpers import end_below, open_folder, start_python


@pytest.fixture(scope="module", autouse=True)
def usual_umask() -> Iterator[None]:
    """A umask that lets others into new folders, as most have; root under a stricter one gets other folders."""
    former = os.umask(0o022)
    yield
    os.umask(former)


@pytest.fixture(scope="module", autouse=True)
def programs_in_reach(usual_umask: None) -> Iterator[None]:
    """PostgreSQL where any user can run it, also when all this lies in a folder of root's own.

    That it is copied then has its own test, in which the others' servers and words are not to differ.
    """
    found = binaries.find_binaries()
    with pytest.MonkeyPatch.context() as patch, open_folder() as folder:
        patch.setenv(binaries.CHOICE, str(binaries.usable_by(account_for(folder), found, below=folder).folder))
        yield


@pytest.fixture(scope="module")
def shared_root() -> Iterator[Path]:
    """A data root that any user can reach, which pytest's own folders are not; initialised by its first user."""
    with open_folder() as folder:
        yield folder / "var"


@pytest.fixture
def root(shared_root: Path) -> Iterator[Path]:
    """The shared data root, its server stopped before and after."""
    yield shared_root
    end_below(shared_root)


@pytest.fixture
def new_folder() -> Iterator[Path]:
    """A new folder that any user can reach; servers with their data below it are ended."""
    with open_folder() as folder:
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
        started.append(start_python(script, *arguments, **options))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()

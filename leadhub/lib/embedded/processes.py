"""The processes of one server, found by the name it gives itself in the process list.

The list is readable for everybody; a process's folder or open files are not, even for root in a container.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .waiting import wait_until

PROC = Path("/proc")
GRACE_SECONDS = 1.0


def server_processes(name: str, *, uid: int) -> set[int]:
    """The live processes of the server with this cluster name: the postmaster and its children, orphans too."""
    return {pid for pid, command in _commands_of(uid) if _is_postgres(command) and name in command}


def is_postgres(pid: int, *, uid: int) -> bool:
    """Whether a live process of this user is a PostgreSQL server's, of whatever cluster."""
    return any(pid == other and _is_postgres(command) for other, command in _commands_of(uid))


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return not _is_zombie(pid)


def send(pid: int, number: signal.Signals) -> None:
    """Signal a process that may have gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def end_all(name: str, *, uid: int) -> None:
    """End what a dead postmaster left behind, as it would have: told to quit without cleaning up, then killed."""
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for pid in server_processes(name, uid=uid):
            send(pid, number)
        if wait_until(lambda: not server_processes(name, uid=uid), seconds=GRACE_SECONDS):
            return


def _is_postgres(command: str) -> bool:
    """A postmaster's command begins with its program, a child's with `postgres: `."""
    program = command.split("\0" if "\0" in command else " -D ", maxsplit=1)[0]
    return command.startswith("postgres: ") or Path(program).name in {"postgres", "postmaster"}


def _is_zombie(pid: int) -> bool:
    try:
        # The state follows the program's name, which is in brackets and may hold any character.
        return (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return PROC.joinpath("self").exists()


def _commands_of(uid: int) -> Iterator[tuple[int, str]]:
    return _from_proc(uid) if PROC.joinpath("self").exists() else _from_ps(uid)


def _from_proc(uid: int) -> Iterator[tuple[int, str]]:
    for folder in PROC.glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            # A zombie's command is empty, so it is never found.
            if folder.stat().st_uid == uid and (command := (folder / "cmdline").read_text(errors="replace")):
                yield int(folder.name), command


def _from_ps(uid: int) -> Iterator[tuple[int, str]]:
    listing = subprocess.run(
        ["/bin/ps", "-axww", "-o", "pid=,uid=,stat=,command="],
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
    )
    for line in listing.stdout.splitlines():
        pid, owner, state, command = line.split(maxsplit=3)
        if int(owner) == uid and not state.startswith("Z"):
            yield int(pid), command

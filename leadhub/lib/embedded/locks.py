"""Locks on files: the kernel drops them with the process that holds them, however it ends."""

import fcntl
import os
import threading
from pathlib import Path

from .waiting import wait_until


class FileLock:
    """A lock between processes on one file; a child, forked or started, never holds its parent's."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def share(self) -> bool:
        """Hold the lock together with others; whether nobody kept it alone."""
        return wait_until(lambda: self._take(fcntl.LOCK_SH), seconds=1)

    def own(self, *, seconds: float = 0) -> bool:
        """Hold the lock alone; whether everybody else let go in time."""
        return wait_until(lambda: self._take(fcntl.LOCK_EX), seconds=seconds)

    def release(self) -> None:
        """Let go; nothing where it is not held."""
        if self._descriptor is None:
            return
        # Unlocked by name, because a child between fork and exec has the same open file for a moment.
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self._close()

    def _take(self, kind: int) -> bool:
        descriptor = self._open()
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            self._close()
            return False
        if self._is_at_its_path(descriptor):
            return True
        self.release()
        return False

    def _open(self) -> int:
        if self._descriptor is None:
            with forking:
                self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
                _opened.add(self)
        return self._descriptor

    def _is_at_its_path(self, descriptor: int) -> bool:
        # A lock on a file that was deleted meanwhile guards nothing.
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.lstat())
        except FileNotFoundError:
            return False

    def _close(self) -> None:
        with forking:
            if self._descriptor is not None:
                os.close(self._descriptor)
            self._descriptor = None
            _opened.discard(self)


_opened: set[FileLock] = set()
# Held during a fork too: no child gets a descriptor that is not in the set yet, nor the pipes of a program's start.
forking = threading.RLock()


def _forget_inherited() -> None:
    # Closed, not unlocked: the open file is the parent's, and unlocking it here would unlock it there.
    for lock in list(_opened):
        lock._close()
    forking.release()


os.register_at_fork(before=forking.acquire, after_in_parent=forking.release, after_in_child=_forget_inherited)

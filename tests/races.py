"""Many hands at once: real threads with real connections, started together."""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection

from leadhub.lib.sql import fetch
from tests.waiting import PATIENCE, wait_until

CROWD = 20


def at_once[T, R](work: Callable[[T], R], tasks: Iterable[T]) -> list[R]:
    """Run `work` on every task, each in a thread with a connection of its own, all released at the same moment."""
    tasks = list(tasks)
    gate = threading.Barrier(len(tasks))

    def one(task: T) -> R:
        try:
            connection.ensure_connection()
            gate.wait(timeout=PATIENCE)
            return work(task)
        finally:
            connection.close()

    with place_for(len(tasks)), ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(one, tasks))


@contextmanager
def place_for(hands: int) -> Iterator[None]:
    """The server takes 200 connections, and other processes test too: of their crowds, one comes at a time."""
    if hands < CROWD:
        yield
        return
    door = os.open(settings.BASE_DIR, os.O_RDONLY)
    try:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield
    finally:
        os.close(door)


def together(work: Callable[..., Any], tasks: int = 2) -> Callable[..., Any]:
    """The same, but nobody begins his first before all have come so far."""
    meet = meeting(tasks)

    def gated(*args: Any, **options: Any) -> Any:
        meet()
        return work(*args, **options)

    return gated


def read_together(work: Callable[..., Any], tasks: int = 2) -> Callable[..., Any]:
    """The same, but nobody goes on after his first before all have theirs: each has read what the others have."""
    meet = meeting(tasks)

    def gated(*args: Any, **options: Any) -> Any:
        answer = work(*args, **options)
        meet()
        return answer

    return gated


def meeting(tasks: int) -> Callable[[], None]:
    """Waits, the first time in each thread, until so many have come."""
    gate, mine = threading.Barrier(tasks), threading.local()

    def meet() -> None:
        if not hasattr(mine, "came"):
            mine.came = True
            gate.wait(timeout=PATIENCE)

    return meet


@contextmanager
def meanwhile(work: Callable[[], None]) -> Iterator[list[BaseException]]:
    """Work in a thread with a connection of its own while the body runs; what it raised, once it has ended."""
    raised: list[BaseException] = []

    def act() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=act)
    thread.start()
    try:
        yield raised
    finally:
        thread.join(timeout=PATIENCE)
    assert not thread.is_alive(), "it has no end"


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def waiting() -> int:
    """How many wait for a lock now."""
    # A transaction sees who is doing what as it was at its first look. By itself: beside no rows nothing is called.
    fetch("SELECT pg_stat_clear_snapshot()")
    return int(fetch(WAITING)[0][0])


def wait_for_others(count: int, *, unless: threading.Event | None = None) -> None:
    """Go on once so many others wait for what this transaction holds, or this has happened."""
    wait_until(
        lambda: waiting() >= count or (unless and unless.is_set()),
        told=lambda: f"{waiting()} others wait, not {count}",
    )


def deadlocks() -> int:
    """Of this database so far. A process's own are counted within the second after it, or when it ends."""
    time.sleep(1.1)
    [(count,)] = fetch("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return int(count)

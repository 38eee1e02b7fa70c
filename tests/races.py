"""Many hands at once: real threads with real connections, started together."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from leadhub.lib.sql import fetch


def at_once[T, R](work: Callable[[T], R], tasks: Iterable[T]) -> list[R]:
    """Run `work` on every task, each in a thread with a connection of its own, all released at the same moment."""
    tasks = list(tasks)
    gate = threading.Barrier(len(tasks))

    def one(task: T) -> R:
        try:
            connection.ensure_connection()
            gate.wait(timeout=20)
            return work(task)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(one, tasks))


WAITING = """
SELECT count(*) FROM pg_stat_activity, pg_stat_clear_snapshot()
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def wait_for_others(count: int) -> None:
    """Go on once so many others wait for what this transaction holds, or a second later."""
    until = time.monotonic() + 1
    while time.monotonic() < until and fetch(WAITING)[0][0] < count:
        time.sleep(0.01)

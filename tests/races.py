"""Many hands at once: real threads with real connections, started together."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection


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

"""How a test waits: for what is to happen, as long as the slowest machine may take, and not at all once it has."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 120


def wait_until(holds: Callable[[], Any], *, told: Callable[[], Any] = lambda: "it did not happen") -> None:
    """Go on as soon as it holds; what is told where it never does."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, told()
        time.sleep(0.02)

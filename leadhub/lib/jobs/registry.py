"""What a worker can do, as the apps declare it; who keeps account of it is the lowest app's to say."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import autodiscover_modules

type Work = Callable[[Any], None]

# Set when the worker was told to end.
stopping = threading.Event()


class PutOff(Exception):
    """The job is to go on later, where it stands: in so many seconds, by whichever worker is free then."""

    def __init__(self, seconds: int = 0) -> None:
        super().__init__(f"put off for {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Sweep:
    """A function that comes round every so many seconds; unless `overlaps`, in one worker at a time."""

    name: str
    every: int
    function: Callable[[], int]
    overlaps: bool = False

    @property
    def cron(self) -> str:
        """The same as a cron line with seconds, the least of which is last."""
        for seconds, limit, line in STEPS:
            steps, rest = divmod(self.every, seconds)
            if not rest and 0 < steps <= limit and not limit % steps:
                return line.format("*" if steps == 1 else "0" if steps == limit else f"*/{steps}")
        raise ValueError(f"{self.every} seconds do not divide a minute, an hour or a day evenly.")


STEPS = [(3600, 24, "0 {} * * * 0"), (60, 60, "{} * * * * 0"), (1, 60, "* * * * * {}")]

works: dict[str, Work] = {}
sweeps: dict[str, Sweep] = {}
performers: dict[str, Callable[[Any], None]] = {}


def work[F: Work](kind: str) -> Callable[[F], F]:
    """Declare how jobs of this kind are done: by a function of the job, in many small transactions of its own.

    It begins at `job.cursor`, and calls `job.advance()` inside each of those transactions.
    """

    def declare(function: F) -> F:
        works[kind] = function
        return function

    return declare


def sweep[F: Callable[[], int]](name: str, *, every: int, overlaps: bool = False) -> Callable[[F], F]:
    """Declare a function that comes round every so many seconds, and answers how many it dealt with.

    The seconds divide a minute, an hour or a day evenly. It stays correct when two workers run it at once.
    """

    def declare(function: F) -> F:
        declared = Sweep(name, every, function, overlaps)
        # What has no cron line is refused where it is declared, not where a worker starts.
        assert declared.cron
        sweeps[name] = declared
        return function

    return declare


def performs_jobs[F: Callable[[int], None]](function: F) -> F:
    """Declare who does a job, given its id."""
    performers["job"] = function
    return function


def performs_sweeps[F: Callable[[Sweep], None]](function: F) -> F:
    """Declare who runs a sweep."""
    performers["sweep"] = function
    return function


def discover() -> None:
    """Find what the apps declare in their `jobs` modules."""
    autodiscover_modules("jobs")


def put_off_when_stopping() -> None:
    """Raises PutOff in a worker that was told to end."""
    if stopping.is_set():
        raise PutOff

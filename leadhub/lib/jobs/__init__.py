"""Background work: pieces of work a person started, and sweeps that come round. The only code that knows procrastinate.

A piece of work is `@work("kind")` over a function of its job, a sweep `@sweep("name", every=60)` over one without
arguments that answers how many it dealt with; both live in `<app>/jobs.py`, where a worker finds them.
"""

from leadhub.lib.jobs.queue import enqueue, requeue_stalled, soon
from leadhub.lib.jobs.registry import (
    PutOff,
    Sweep,
    discover,
    performs_jobs,
    performs_sweeps,
    put_off_when_stopping,
    stopping,
    sweep,
    sweeps,
    work,
    works,
)

__all__ = [
    "PutOff",
    "Sweep",
    "discover",
    "enqueue",
    "performs_jobs",
    "performs_sweeps",
    "put_off_when_stopping",
    "requeue_stalled",
    "soon",
    "stopping",
    "sweep",
    "sweeps",
    "work",
    "works",
]

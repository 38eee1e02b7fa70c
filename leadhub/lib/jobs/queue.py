"""The queue in the database, through Django's connection: what is put in is there when the transaction commits."""

import contextlib
import time
from functools import partial

from django.db import transaction
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

from leadhub.lib.sql import fetch

JOBS, SWEEPS = "jobs", "sweeps"
PERFORM = "perform"

WAITING = """
SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %(name)s::text AND status = 'todo' LIMIT 1
"""
# A job goes back into the queue; a sweep comes round again by itself. A row that another worker requeues is left to it.
REQUEUE = """
WITH stalled AS (
    SELECT job.id, job.task_name FROM procrastinate_jobs job
    WHERE job.status = 'doing' AND NOT EXISTS (
        SELECT 1 FROM procrastinate_workers worker WHERE worker.id = job.worker_id
        AND worker.last_heartbeat >= statement_timestamp() - make_interval(secs => %(silent)s::float8))
    FOR UPDATE OF job SKIP LOCKED
)
SELECT id, CASE WHEN task_name = %(perform)s::text
    THEN procrastinate_retry_job_v2(id, statement_timestamp(), NULL, NULL, NULL)
    ELSE procrastinate_finish_job_v1(id, 'failed', true) END::text
FROM stalled
"""


def enqueue(job_id: int) -> None:
    """Have a worker do this job; it is queued by the caller's transaction, and with it undone."""
    queue = JobManager(DjangoConnector())
    configure_task(name=PERFORM, job_manager=queue, queue=JOBS).defer(job_id=job_id)


def soon(name: str) -> None:
    """Have this sweep come round once the caller's transaction has committed; asked several times, once.

    After the commit, because the queue's lock is one for all accounts: held until a commit, it would make them wait for
    one another. Should the process die in between, the sweep comes round by itself all the same.
    """
    transaction.on_commit(partial(queue_sweep, name), robust=True)


def queue_sweep(name: str) -> None:
    # Asked first, so that the usual answer is no error in the database's log.
    if fetch(WAITING, name=name):
        return
    queue = JobManager(DjangoConnector())
    task = configure_task(name=f"sweep:{name}", job_manager=queue, queue=SWEEPS, queueing_lock=name, lock=name)
    with contextlib.suppress(AlreadyEnqueued):
        task.defer(timestamp=int(time.time()))


def requeue_stalled(*, silent: float) -> int:
    """Take what is held by workers that gave no sign for so many seconds from them; answers how many pieces."""
    return len(fetch(REQUEUE, silent=silent, perform=PERFORM))

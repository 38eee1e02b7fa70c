"""The queue in the database, through Django's connection: what is put in is there when the transaction commits."""

import time

from django.db import transaction
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

from leadhub.lib.sql import fetch

JOBS, SWEEPS = "jobs", "sweeps"
PERFORM = "perform"

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
    """Have this sweep come round once the caller's transaction commits; asked several times, once."""
    queue = JobManager(DjangoConnector())
    task = configure_task(name=f"sweep:{name}", job_manager=queue, queue=SWEEPS, queueing_lock=name, lock=name)
    try:
        # The queue refuses a second by a unique index, which would end the caller's transaction.
        with transaction.atomic():
            task.defer(timestamp=int(time.time()))
    except AlreadyEnqueued:
        return


def requeue_stalled(*, silent: float) -> int:
    """Take what is held by workers that gave no sign for so many seconds from them; answers how many pieces."""
    return len(fetch(REQUEUE, silent=silent, perform=PERFORM))

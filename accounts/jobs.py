"""How jobs and sweeps are performed and kept account of, and the sweeps of accounts."""

import logging
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts import counting, sessions
from accounts.models import Job, LoginSession, Superseded, SweepRun
from accounts.models.job import SUSPENDED_SECONDS
from leadhub.lib import jobs
from leadhub.lib.errors import DomainError, Unavailable
from leadhub.lib.jobs import PutOff, Sweep, sweep
from leadhub.lib.purging import delete_in_batches
from leadhub.lib.transactions import is_unavailability

BUSY_SECONDS = 5
KEPT = timedelta(days=1)

logger = logging.getLogger(__name__)


@jobs.performs_jobs
def perform(job_id: int) -> None:
    """Do the job from where it stands; however that ends, the job says so. Raises PutOff when it is to go on later."""
    if Job.objects.filter(pk=job_id, account__suspended_at__isnull=False).exists():
        raise PutOff(SUSPENDED_SECONDS)
    job = Job.objects.take(job_id)
    if job is None:
        return
    try:
        jobs.works[job.kind](job)
        job.finish()
    except Superseded:
        logger.warning("Job %s went on in another worker.", job_id)
    except PutOff:
        job.put_off()
        raise
    except Exception as error:
        if isinstance(error, Unavailable) or is_unavailability(error):
            logger.warning("Job %s goes on when the database is back: %s", job_id, said(error))
            raise PutOff(BUSY_SECONDS) from error
        logger.exception("Job %s failed", job_id)
        job.fail(said(error))


def said(error: Exception) -> str:
    """One line about an error, without the values it speaks of."""
    if isinstance(error, DomainError):
        return f"{type(error).__name__}: {error.message}"
    return type(error).__name__


@jobs.performs_sweeps
def run_sweep(each: Sweep) -> None:
    """Run a sweep once, and keep what came of it; one that fails comes round again."""
    SweepRun.objects.started(each.name)
    try:
        answered = each.function()
    except Exception as error:
        logger.exception("Sweep %s failed", each.name)
        SweepRun.objects.failed(each.name, error=said(error))
    else:
        SweepRun.objects.ended(each.name, answered=answered)


# In several workers at once: where its own worker was killed, nobody else would free it.
@sweep("requeue_stalled", every=settings.WORKER_SILENT_SECONDS // 2, overlaps=True)
def requeue_stalled() -> int:
    """Give what a killed worker held to the others."""
    return jobs.requeue_stalled(silent=settings.WORKER_SILENT_SECONDS)


@sweep("purge_login_sessions", every=3600)
def purge_login_sessions() -> int:
    """Delete the log-ins at the account door that ended more than a day ago."""
    return delete_in_batches(LoginSession.objects.filter(expires_at__lt=timezone.now() - KEPT))


@sweep("purge_console_sessions", every=3600)
def purge_console_sessions() -> int:
    """Delete the console's sessions that are over."""
    return sessions.forget_expired()


@sweep("purge_rate_counts", every=600)
def purge_rate_counts() -> int:
    """Delete the counts of requests and of failed log-ins, of minutes that are over."""
    return counting.forget_old()

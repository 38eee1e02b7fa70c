"""A job that is stopped in the middle, whose steps are committed."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from accounts.jobs import perform
from accounts.models import Account, Job, JobState
from leadhub.lib import jobs
from leadhub.lib.jobs import PutOff
from tests.people import Company
from tests.working import counting, kind, nobody_told, start

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["kind", "nobody_told"]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def suspended_at(moment: datetime | None) -> None:
    Account.objects.update(suspended_at=moment)


STOPPED: list[Any] = [
    pytest.param(jobs.stopping.set, jobs.stopping.clear, 0, id="the worker is told to end"),
    pytest.param(partial(suspended_at, NOON), partial(suspended_at, None), 60, id="the account is suspended"),
]


@pytest.mark.parametrize(("stop", "go_on", "seconds"), STOPPED)
def test_a_job_that_is_stopped_keeps_its_last_step_and_leaves_the_rest(
    acme: Company, kind: Any, stop: Any, go_on: Any, seconds: int
) -> None:
    def work(job: Job) -> None:
        if job.attempt == 1:
            stop()
        counting(job)

    job = start(acme, kind(work), to=3)
    with pytest.raises(PutOff) as put_off:
        perform(job.pk)

    job.refresh_from_db()
    assert (job.state, job.done, job.cursor) == (JobState.QUEUED, 1, {"next": 1})
    assert put_off.value.seconds == seconds
    go_on()
    perform(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.DONE, 3)

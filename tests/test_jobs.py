"""Background work, performed in the test's own process: what is queued, and how a job ends."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.jobs import perform
from accounts.models import Account, AuditEntry, Job, JobState, Superseded
from leadhub.lib.errors import Conflict, Invalid, Unavailable
from leadhub.lib.jobs import PutOff
from tests.people import Company
from tests.working import counting, kind, nobody_told, queued, start

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
__all__ = ["kind", "nobody_told"]


# --- starting ---


def test_a_started_job_waits_in_the_queue_and_is_in_the_audit(acme: Company) -> None:
    job = start(acme, "test", to=3)

    assert (job.state, job.arguments, job.created_by) == (JobState.QUEUED, {"to": 3}, acme.owner)
    assert queued() == [("perform", "jobs", f'{{"job_id": {job.pk}}}', "todo")]
    entry = AuditEntry.objects.for_account(acme.account).filter(object_id=job.pk).latest("pk")
    assert (entry.event, entry.actor, entry.object_repr) == ("created", acme.owner, "")


def test_a_job_is_undone_with_the_transaction_that_started_it(acme: Company) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        start(acme)
        raise RuntimeError

    assert (Job.objects.count(), queued()) == (0, [])


# --- performing ---


def test_a_job_is_done_and_keeps_its_result(acme: Company, kind: Any) -> None:
    def work(job: Job) -> None:
        counting(job)
        job.result = {"highest": 3}

    job = start(acme, kind(work), to=3)
    with time_machine.travel(NOON, tick=False):
        perform(job.pk)

    job.refresh_from_db()
    assert (job.state, job.done, job.progress) == (JobState.DONE, 3, "3 of 3")
    assert (job.result, job.started_at, job.finished_at) == ({"highest": 3}, NOON, NOON)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("jane@example.com is odd"), "ValueError"),
        (Invalid("The rotation has nobody in it."), "Invalid: The rotation has nobody in it."),
        (KeyError("jane@example.com"), "KeyError"),
    ],
)
def test_a_job_that_fails_says_why_without_personal_values(
    acme: Company, kind: Any, error: Exception, said: str
) -> None:
    def work(job: Job) -> None:
        raise error

    job = start(acme, kind(work))
    perform(job.pk)

    job.refresh_from_db()
    assert (job.state, job.error, job.result) == (JobState.FAILED, said, {})


def test_a_job_of_an_unknown_kind_fails(acme: Company) -> None:
    job = start(acme, "unheard of")

    perform(job.pk)

    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, "KeyError")


def test_a_failed_job_goes_on_from_its_cursor(acme: Company, kind: Any) -> None:
    seen = []

    def work(job: Job) -> None:
        for number in range(job.cursor.get("next", 0), 5):
            if number == 3 and job.attempt == 1:
                raise RuntimeError
            seen.append(number)
            with transaction.atomic():
                job.advance(done=number % 2, refused=1 - number % 2, cursor={"next": number + 1}, total=5)

    job = start(acme, kind(work))
    perform(job.pk)
    job.refresh_from_db()
    job.retry(Actor(user_id=acme.owner.pk))
    assert (job.state, job.error, job.progress) == (JobState.QUEUED, "", "3 of 5, 2 refused")
    perform(job.pk)

    job.refresh_from_db()
    assert seen == [0, 1, 2, 3, 4]
    assert (job.state, job.progress) == (JobState.DONE, "5 of 5, 3 refused")
    entry = AuditEntry.objects.for_account(acme.account).filter(object_id=job.pk).latest("pk")
    assert (entry.event, entry.changes) == ("updated", {"state": ["failed", "queued"]})


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING, JobState.DONE])
def test_only_a_failed_job_can_be_tried_again(acme: Company, state: JobState) -> None:
    job = start(acme)
    Job.objects.update(state=state)

    with pytest.raises(Conflict):
        job.retry(Actor())

    assert len(queued()) == 1


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED])
def test_a_job_that_is_over_is_not_done_again(acme: Company, kind: Any, state: JobState) -> None:
    job = start(acme, kind(counting), to=3)
    Job.objects.update(state=state)

    perform(job.pk)

    job.refresh_from_db()
    assert (job.state, job.done, job.attempt) == (state, 0, 0)


def test_a_suspended_account_s_job_waits(acme: Company, kind: Any) -> None:
    job = start(acme, kind(counting), to=3)
    Account.objects.update(suspended_at=timezone.now())

    with pytest.raises(PutOff) as put_off:
        perform(job.pk)

    job.refresh_from_db()
    assert (job.state, job.done, put_off.value.seconds) == (JobState.QUEUED, 0, 60)
    Account.objects.update(suspended_at=None)
    perform(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.DONE, 3)


@pytest.mark.parametrize("error", [OperationalError("the connection is lost"), Unavailable()])
def test_a_job_waits_for_a_database_that_is_away(acme: Company, kind: Any, error: Exception) -> None:
    def work(job: Job) -> None:
        raise error

    job = start(acme, kind(work))

    with pytest.raises(PutOff):
        perform(job.pk)

    job.refresh_from_db()
    assert (job.is_unfinished, job.error) == (True, "")


def test_a_worker_whose_job_went_to_another_changes_nothing_more(acme: Company, kind: Any) -> None:
    def work(job: Job) -> None:
        with transaction.atomic():
            job.advance(done=1)
        successor = Job.objects.take(job.pk)
        assert successor is not None and successor.done == 1
        with pytest.raises(Superseded), transaction.atomic():
            acme.account.name = "Changed"
            acme.account.save()
            job.advance(done=1)
        job.advance(done=1)

    job = start(acme, kind(work))
    perform(job.pk)

    job.refresh_from_db()
    acme.account.refresh_from_db()
    assert (job.state, job.done, job.attempt, acme.account.name) == (JobState.RUNNING, 1, 2, "Acme")

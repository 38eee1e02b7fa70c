"""Background work, performed in the test's own process: what is queued, how a job ends, and what staff see of it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.jobs import perform, purge_login_sessions, run_sweep
from accounts.models import Account, AuditEntry, Job, JobState, LoginSession, Superseded, SweepRun
from accounts.roles import Role
from intake.jobs import purge_idempotent_answers
from intake.models import IdempotentAnswer
from leadhub.lib import jobs
from leadhub.lib.errors import Conflict, Invalid, Unavailable
from leadhub.lib.jobs import PutOff, Sweep
from leadhub.lib.purging import delete_in_batches
from leadhub.lib.sql import fetch
from tests.consoles import change_url, console, list_url, member, text_of
from tests.people import Company, platform_admin

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def kind() -> Iterator[Callable[[Callable[[Job], None]], str]]:
    """Declares a kind of work for one test."""

    def declare(function: Callable[[Job], None]) -> str:
        jobs.work("test")(function)
        return "test"

    yield declare
    jobs.works.pop("test", None)


@pytest.fixture(autouse=True)
def nobody_told() -> Iterator[None]:
    yield
    jobs.stopping.clear()


def start(company: Company, kind: str = "test", **arguments: Any) -> Job:
    actor = Actor(user_id=company.owner.pk, email=company.owner.email)
    return Job.objects.start(kind, account=company.account, actor=actor, title="Count", arguments=arguments)


def queued() -> list[tuple[Any, ...]]:
    return fetch("SELECT task_name, queue_name, args::text, status::text FROM procrastinate_jobs ORDER BY id")


def counting(job: Job) -> None:
    """Counts to the total by ones, each in a transaction of its own, from where the cursor stands."""
    for number in range(job.cursor.get("next", 0), job.arguments["to"]):
        with transaction.atomic():
            job.advance(done=1, cursor={"next": number + 1}, total=job.arguments["to"])


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


def suspended_at(moment: datetime | None) -> None:
    Account.objects.update(suspended_at=moment)


STOPPED: list[Any] = [
    pytest.param(jobs.stopping.set, jobs.stopping.clear, 0, id="the worker is told to end"),
    pytest.param(partial(suspended_at, NOON), partial(suspended_at, None), 60, id="the account is suspended"),
]


@pytest.mark.django_db(transaction=True)
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


# --- sweeps ---


def test_a_sweep_s_last_run_and_last_failure_are_kept() -> None:
    def fail() -> int:
        raise ValueError("jane@example.com")

    with time_machine.travel(NOON, tick=False):
        run_sweep(Sweep("tidy", 60, fail))
    run = SweepRun.objects.get()
    assert (run.name, run.is_failing, run.error, run.failed_at, run.seconds) == ("tidy", True, "ValueError", NOON, 0)

    run_sweep(Sweep("tidy", 60, lambda: 7))
    run = SweepRun.objects.get()
    assert (run.is_failing, run.error, run.failed_at, run.answered) == (False, "ValueError", NOON, 7)


@pytest.mark.parametrize(
    ("every", "cron"),
    [
        (1, "* * * * * *"),
        (10, "* * * * * */10"),
        (60, "* * * * * 0"),
        (300, "*/5 * * * * 0"),
        (3600, "0 * * * * 0"),
        (7200, "0 */2 * * * 0"),
        (86400, "0 0 * * * 0"),
    ],
)
def test_seconds_as_a_cron_line(every: int, cron: str) -> None:
    assert Sweep("tidy", every, lambda: 0).cron == cron


@pytest.mark.parametrize("every", [0, 7, 90, 5400 * 2 + 60])
def test_seconds_that_come_round_unevenly_are_refused(every: int) -> None:
    with pytest.raises(ValueError, match="evenly"):
        jobs.sweep("uneven", every=every)(lambda: 0)

    assert "uneven" not in jobs.sweeps


def test_old_idempotent_answers_are_purged(acme: Company) -> None:
    for age in (1, 23, 25, 100):
        answer = IdempotentAnswer.objects.create(
            account=acme.account, method="POST", path="/", key=str(age), fingerprint=b"", status=201, body=b""
        )
        IdempotentAnswer.objects.filter(pk=answer.pk).update(created_at=timezone.now() - timedelta(hours=age))

    assert purge_idempotent_answers() == 2
    assert set(IdempotentAnswer.objects.values_list("key", flat=True)) == {"1", "23"}


def test_log_ins_that_ended_more_than_a_day_ago_are_purged(acme: Company) -> None:
    LoginSession.objects.all().delete()
    ages = [-1, 23, 25]
    for age in ages:
        session, _token = LoginSession.objects.open(acme.owner)
        LoginSession.objects.filter(pk=session.pk).update(expires_at=timezone.now() - timedelta(hours=age))

    assert purge_login_sessions() == 1
    assert LoginSession.objects.count() == 2


def test_many_rows_are_deleted_batch_by_batch(acme: Company, django_assert_num_queries: Any) -> None:
    for _ in range(5):
        LoginSession.objects.open(acme.owner)
    rows = LoginSession.objects.filter(user=acme.owner)

    assert delete_in_batches(rows, size=2) == 6
    assert not rows.exists()


def stall(status: str, task: str, *, worker_silent_for: int | None) -> int:
    """A row that some worker holds; answers its id."""
    with connection.cursor() as cursor:
        worker = None
        if worker_silent_for is not None:
            cursor.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat) "
                "VALUES (now() - make_interval(secs => %s::float8)) RETURNING id",
                [worker_silent_for],
            )
            [worker] = cursor.fetchone()
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id) "
            "VALUES ('q', %s::text, %s::procrastinate_job_status, %s::bigint) RETURNING id",
            [task, status, worker],
        )
        return int(cursor.fetchone()[0])


def test_what_a_silent_worker_held_is_requeued_and_its_sweeps_are_dropped() -> None:
    gone = stall("doing", "perform", worker_silent_for=30)
    unknown = stall("doing", "perform", worker_silent_for=None)
    alive = stall("doing", "perform", worker_silent_for=3)
    stall("doing", "sweep:tidy", worker_silent_for=30)
    living_sweep = stall("doing", "sweep:tidy", worker_silent_for=3)

    assert jobs.requeue_stalled(silent=20) == 3
    assert jobs.requeue_stalled(silent=20) == 0
    assert dict(fetch("SELECT id, status::text FROM procrastinate_jobs")) == {
        gone: "todo", unknown: "todo", alive: "doing", living_sweep: "doing",
    }  # fmt: skip


# --- the console ---


def test_the_list_tells_state_and_progress(acme: Company) -> None:
    start(acme)
    Job.objects.update(state=JobState.RUNNING, total=400, done=117, refused=3)

    page = text_of(console(acme.owner).get(list_url(Job)))

    for expected in ("Count", "Running", "120 of 400, 3 refused", acme.owner.email):
        assert expected in page


def test_a_running_job_s_page_looks_again_by_itself(acme: Company) -> None:
    job = start(acme)
    Job.objects.update(state=JobState.RUNNING, total=400, done=120)
    client = console(acme.owner)

    page = text_of(client.get(change_url(job)))
    progress = client.get(f"/admin/accounts/job/{job.pk}/progress/")

    assert "leadhub/job.js" in page
    assert f'data-url="/admin/accounts/job/{job.pk}/progress/"' in page
    assert progress.json() == {"state": "running", "done": 120, "total": 400, "progress": "120 of 400"}


def test_a_job_that_is_over_tells_what_came_of_it(acme: Company) -> None:
    job = start(acme)
    Job.objects.update(state=JobState.DONE, result={"given_to": 7}, finished_at=timezone.now())

    page = text_of(console(acme.owner).get(change_url(job)))

    assert "Given to" in page
    assert "leadhub/job.js" not in page
    assert "Try again" not in page


@pytest.mark.parametrize(
    ("role", "status"), [(Role.MANAGER, 302), (Role.OWNER, 302), (Role.AGENT, 403), (Role.VIEWER, 403)]
)
def test_who_manages_teams_may_try_a_failed_job_again(acme: Company, role: Role, status: int) -> None:
    job = start(acme)
    Job.objects.update(state=JobState.FAILED, error="ValueError")
    client = console(member(acme, role))

    page = text_of(client.get(change_url(job)))
    response = client.post(f"/admin/accounts/job/{job.pk}/retry/")

    job.refresh_from_db()
    assert response.status_code == status
    assert ("Try again" in page, job.state) == ((True, "queued") if status == 302 else (False, "failed"))


def test_looking_at_the_address_of_a_retry_does_nothing(acme: Company) -> None:
    job = start(acme)
    Job.objects.update(state=JobState.FAILED)

    assert console(acme.owner).get(f"/admin/accounts/job/{job.pk}/retry/").status_code == 302
    assert Job.objects.get().state == JobState.FAILED


def test_a_running_job_asked_to_be_tried_again_says_no(acme: Company) -> None:
    job = start(acme)

    response = console(acme.owner).post(f"/admin/accounts/job/{job.pk}/retry/", follow=True)

    assert "Only a job that failed can be tried again." in text_of(response)


def test_sweeps_and_the_platform_s_jobs_are_for_platform_administrators(acme: Company) -> None:
    admin = platform_admin()
    run_sweep(Sweep("tidy", 60, lambda: 7))
    assert ">Tidy<" in text_of(console(admin).get(list_url(Job)))

    Job.objects.start("test", account=None, actor=Actor(), title="Of the platform", arguments={})

    for user, shown in ((acme.owner, False), (admin, True)):
        page = text_of(console(user).get(list_url(Job)))
        assert ("Of the platform" in page, ">Tidy<" in page) == (shown, shown)

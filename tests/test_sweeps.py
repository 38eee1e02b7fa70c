"""Sweeps: when they run, what is kept of their last run, and what they purge."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.jobs import purge_console_sessions, purge_login_sessions, run_sweep
from accounts.models import LoginSession, SweepRun
from intake.jobs import purge_idempotent_answers
from intake.models import IdempotentAnswer
from leadhub.lib import jobs
from leadhub.lib.jobs import Sweep
from leadhub.lib.purging import delete_in_batches
from leadhub.lib.sql import fetch
from tests.people import Company

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


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


def test_console_sessions_that_are_over_are_purged() -> None:
    now = timezone.now()
    for name, expires_at in (("over", now), ("alive", now + timedelta(minutes=1))):
        Session.objects.create(session_key=name, session_data="", expire_date=expires_at)

    assert purge_console_sessions() == 1
    assert Session.objects.get().session_key == "alive"


def test_the_documentation_names_every_sweep() -> None:
    jobs.discover()
    told = (settings.BASE_DIR / "docs/routing.md").read_text()

    assert [name for name in jobs.sweeps if f"`{name}`" not in told] == []


@pytest.mark.parametrize(("size", "looks"), [(2, 4), (4, 2), (6, 2), (7, 1)])
def test_many_rows_are_deleted_batch_by_batch_to_the_one_that_is_not_full(acme: Company, size: int, looks: int) -> None:
    for _ in range(5):
        LoginSession.objects.open(acme.owner)
    rows = LoginSession.objects.filter(user=acme.owner)

    with CaptureQueriesContext(connection) as asked:
        assert delete_in_batches(rows, size=size) == 6

    assert sum("SKIP LOCKED" in query["sql"] for query in asked.captured_queries) == looks
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

"""Real workers, each a process of its own, that are killed, paused, told to end, and cut off from the database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from accounts.actors import Actor
from accounts.models import AuditEntry, Job, JobState
from leadhub.management.commands import serve
from tests.people import Company
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = 100


@pytest.fixture
def start_worker() -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts workers on the tests' database; none outlives its test."""
    info = connection.connection.info
    url = f"postgresql://{info.user}@/{info.dbname}?host={quote(info.host, safe='')}&port={info.port}"
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.slow_worker"]
        password = {"PGPASSWORD": info.password} if info.password else {}
        environment = os.environ | password | {"DATABASE_URL": url}
        started.append(subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def start_job(company: Company) -> Job:
    return Job.objects.start("slow", account=company.account, actor=Actor(), title="Slow", arguments={"steps": STEPS})


def steps() -> list[tuple[int, int]]:
    """Which steps were done, and by which worker, in order."""
    told = AuditEntry.objects.filter(event="updated").order_by("pk").values_list("additional_data", flat=True)
    return [(data["step"], data["worker"]) for data in told]


def wait_until_it_is_done() -> None:
    wait_until(lambda: Job.objects.get().state == JobState.DONE, told=how_it_stands)


def how_it_stands() -> object:
    return Job.objects.values().get(), steps()


def wait_for_some_steps() -> int:
    """Waits until the job is well on its way; answers the worker that does it."""
    wait_until(lambda: len(steps()) >= 3, told=how_it_stands)
    return steps()[0][1]


def assert_each_step_was_done_once() -> None:
    job = Job.objects.get()
    assert [step for step, _worker in steps()] == list(range(STEPS))
    assert (job.state, job.progress) == (JobState.DONE, f"{STEPS} of {STEPS}")


def test_the_worker_beside_the_web_server_is_started_again_when_it_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[list[str], bool]] = []

    def start_child(command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        asked.append((command[1:], "LEADHUB_SERVING" in environment))
        return subprocess.Popen(["sleep", "60"])

    monkeypatch.setenv("LEADHUB_SERVING", "1")
    monkeypatch.setattr(serve, "start_child", start_child)
    beside = serve.WorkerBeside()
    beside.process.kill()
    beside.process.wait()

    beside.keep()
    beside.keep()
    assert len(asked) == 1
    beside.died_at -= 3
    beside.keep()

    serve.end(beside.process)
    assert asked == [(["manage.py", "worker"], False)] * 2


def test_a_killed_worker_s_job_is_finished_by_another(
    acme: Company, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    workers = {process.pid: process for process in (start_worker(), start_worker())}
    start_job(acme)

    killed = wait_for_some_steps()
    workers[killed].kill()
    wait_until_it_is_done()

    [survivor] = set(workers) - {killed}
    assert {worker for _step, worker in steps()} == {killed, survivor}
    assert_each_step_was_done_once()


def test_a_job_goes_on_when_all_workers_were_killed_and_one_starts_again(
    acme: Company, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    first = start_worker()
    start_job(acme)
    wait_for_some_steps()
    first.kill()
    first.wait()

    second = start_worker()
    wait_until_it_is_done()

    assert {worker for _step, worker in steps()} == {first.pid, second.pid}
    assert_each_step_was_done_once()


def test_a_worker_that_wakes_after_its_job_was_taken_over_does_no_step_again(
    acme: Company, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    workers = {process.pid: process for process in (start_worker(), start_worker())}
    start_job(acme)
    paused = wait_for_some_steps()
    [other] = set(workers) - {paused}

    # Between two steps it holds no lock that the other would wait for; in the midst of one it may, and is woken.
    workers[paused].send_signal(signal.SIGSTOP)
    until = time.monotonic() + PATIENCE / 2
    while other not in {worker for _step, worker in steps()} and time.monotonic() < until:
        time.sleep(0.05)
    workers[paused].send_signal(signal.SIGCONT)
    wait_until_it_is_done()

    assert {worker for _step, worker in steps()} == {paused, other}
    assert_each_step_was_done_once()


def test_a_worker_told_to_end_hands_its_job_over_at_once(
    acme: Company, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    first = start_worker()
    start_job(acme)
    wait_for_some_steps()

    first.send_signal(signal.SIGTERM)

    assert first.wait(timeout=PATIENCE) == 0
    job = Job.objects.get()
    assert (job.state, job.cursor) == (JobState.QUEUED, {"next": len(steps())})
    start_worker()
    wait_until_it_is_done()
    assert_each_step_was_done_once()


def test_a_worker_survives_the_loss_of_its_connections(
    acme: Company, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    worker = start_worker()
    start_job(acme)
    wait_for_some_steps()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    wait_until_it_is_done()

    assert worker.poll() is None
    assert_each_step_was_done_once()

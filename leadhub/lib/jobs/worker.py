"""A worker: takes jobs and sweeps from the queue and does them in threads, until it is told to end.

It loses nothing with the database or its own life: what it holds is given to another when its heartbeat stops.
"""

import asyncio
import logging
import signal
from dataclasses import dataclass
from typing import Any

from procrastinate.app import App
from procrastinate.contrib.django.db_cleanup import DjangoApp
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition, Job
from procrastinate.psycopg_connector import PsycopgConnector
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.worker import Worker

from leadhub.lib.jobs.queue import JOBS, PERFORM, SWEEPS
from leadhub.lib.jobs.registry import PutOff, Sweep, discover, performers, stopping, sweeps
from leadhub.lib.logs import told
from leadhub.lib.transactions import is_unavailability

logger = logging.getLogger(__name__)

# So that a few slow sweeps do not keep the others from coming round, however many jobs run.
SWEEPS_AT_ONCE = 4
AGAIN_SECONDS = 5
LONGEST_PAUSE = 30
LOOKS_SECONDS = 2.0
A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Pace:
    """How many jobs at once, and the seconds between signs of life and after which silence counts as death."""

    concurrency: int = 2
    heartbeat: float = 5
    silent: float = 20


class Later(BaseRetryStrategy):
    """A job that is put off, or loses the database, goes on later."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, PutOff):
            return RetryDecision(retry_in={"seconds": exception.seconds})
        lost = isinstance(exception, Exception) and is_unavailability(exception)
        return RetryDecision(retry_in={"seconds": AGAIN_SECONDS}) if lost else None


class StrictWorker(Worker):
    """Ends when it cannot say how a job ended; else it would keep the job, alive and idle, for ever."""

    async def _persist_job_status(self, *args: Any, **kwargs: Any) -> None:
        try:
            await super()._persist_job_status(*args, **kwargs)
        except Exception:
            self.stop()
            raise


def run_worker(pace: Pace) -> None:
    """Work until SIGTERM or SIGINT; a database that goes away is waited for."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    discover()
    pause = 1
    while not stopping.is_set():
        try:
            app = make_app()
            asyncio.run(attend(app, pace))
            pause = 1
        except Exception as error:
            known = isinstance(error, ConnectorException) or is_unavailability(error)
            logger.warning("The worker begins again in %s s: %s", pause, told(error), exc_info=not known)
            stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def make_app() -> App:
    """Everything declared, over connections of the worker's own that reach where Django's do."""
    connector = PsycopgConnector(
        kwargs=connector_params(), min_size=1, max_size=4, timeout=5.0, reconnect_timeout=1.0, name="worker"
    )
    # A sweep whose time passed while no worker ran comes round at the start, and not only tomorrow.
    app = DjangoApp(connector=connector, periodic_defaults={"max_delay": A_DAY})

    @app.task(name=PERFORM, retry=Later())
    def perform(job_id: int) -> None:
        performers["job"](job_id)

    for each in sweeps.values():
        add_sweep(app, each)
    return app


def add_sweep(app: App, each: Sweep) -> None:
    def come_round(timestamp: int) -> None:
        performers["sweep"](each)

    lock = None if each.overlaps else each.name
    task = app.task(name=f"sweep:{each.name}", queue=SWEEPS, queueing_lock=each.name, lock=lock)(come_round)
    app.periodic(cron=each.cron)(task)


async def attend(app: App, pace: Pace) -> None:
    """Work until told to end, or until either half ends by itself; then both finish what they hold."""
    async with app.open_async():
        workers = [make_worker(app, JOBS, pace.concurrency, pace), make_worker(app, SWEEPS, SWEEPS_AT_ONCE, pace)]
        runs = [asyncio.create_task(worker.run()) for worker in workers]
        told = asyncio.create_task(until_told())
        await asyncio.wait([*runs, told], return_when=asyncio.FIRST_COMPLETED)
        for worker in workers:
            worker.stop()
        ends = await asyncio.gather(*runs, return_exceptions=True)
        told.cancel()
        for error in ends:
            if isinstance(error, BaseException):
                raise error


def make_worker(app: App, queue: str, concurrency: int, pace: Pace) -> Worker:
    return StrictWorker(
        app,
        queues=[queue],
        name=queue,
        concurrency=concurrency,
        fetch_job_polling_interval=LOOKS_SECONDS,
        delete_jobs=DeleteJobCondition.ALWAYS,
        install_signal_handlers=False,
        update_heartbeat_interval=pace.heartbeat,
        stalled_worker_timeout=pace.silent,
        task_middleware=app.worker_defaults["task_middleware"],
    )


async def until_told() -> None:
    while not stopping.is_set():
        await asyncio.sleep(0.2)

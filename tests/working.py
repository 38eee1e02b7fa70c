"""Work that is performed in the test's own process: kinds of it, and jobs of those kinds."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction

from accounts.actors import Actor
from accounts.models import Job
from leadhub.lib import jobs
from leadhub.lib.sql import fetch
from tests.people import Company


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

"""Twins: the same request several times at the same moment, over real connections."""

from collections import Counter

import pytest
from django.http import HttpResponse
from django.test import Client

from intake import endpoint
from intake.models import IdempotentAnswer
from leads.models import Lead
from leads.receive import receive
from tests.doors import TRACE, Town, refusal, town
from tests.races import at_once

RUNNING = "The first request with this Idempotency-Key is still running."

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def places(transactional_db: None) -> Town:
    """A town that is committed, for several connections."""
    return town()


@pytest.mark.parametrize(("door", "status", "code"), [
    ("platform", 409, "CONFLICT"), ("account", 409, ""), ("workspace", 409, ""),
    ("source", 429, "idempotency_in_progress"),
])  # fmt: skip
def test_a_twin_is_told_at_once_while_the_first_is_still_running(
    places: Town, monkeypatch: pytest.MonkeyPatch, door: str, status: int, code: str
) -> None:
    visitor = places.visitor(door)
    twins: list[HttpResponse] = []

    def receive_while_a_twin_comes(*args: object, **kwargs: object) -> object:
        twins.extend(at_once(lambda _: visitor.post(Client(), Idempotency_Key="once", X_Request_Id=TRACE), [0]))
        return receive(*args, **kwargs)

    monkeypatch.setattr(endpoint, "receive", receive_while_a_twin_comes)
    first = visitor.post(Client(), Idempotency_Key="once")

    [twin] = twins
    assert first.status_code == 201
    assert (twin.status_code, twin.headers["Retry-After"]) == (status, "1")
    assert twin.json() == refusal(door, status, RUNNING, code=code, path=visitor.path)
    assert visitor.post(Client(), Idempotency_Key="once").content == first.content
    assert Lead.objects.count() == 1


@pytest.mark.parametrize(
    ("door", "running"), [("platform", 409), ("account", 409), ("workspace", 409), ("source", 429)]
)
def test_of_many_twins_at_once_exactly_one_is_carried_out(places: Town, door: str, running: int) -> None:
    visitor = places.visitor(door)

    answers = at_once(lambda _: visitor.post(Client(), Idempotency_Key="once"), range(50))

    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {201, running}
    assert statuses[201] >= 1
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers if answer.status_code == 201) == 1
    assert (Lead.objects.count(), IdempotentAnswer.objects.count()) == (1, 1)

"""E: many at the same moment, over real connections; and a client that does not wait for its answer."""

import json
from collections import Counter

import pytest
from django.test import Client

from leads.models import Lead
from tests.abuse.doors import KEYED, NAMED, visitor
from tests.doors import Town, town
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def places(transactional_db: None) -> Town:
    return town()


@pytest.mark.parametrize("door", ["api"])
def test_of_fifty_twins_one_is_carried_out(places: Town, door: str) -> None:
    """E01. The four doors of vendors have theirs in tests/test_doors_twins.py."""
    caller = visitor(places, door)
    body = caller.body | {NAMED[door]: "Jane"}

    answers = at_once(lambda _: caller.post(Client(), body, Idempotency_Key="once"), range(50))

    done = [answer for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in done}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in done) == 1
    assert Lead.objects.count() == 1


@pytest.mark.parametrize("door", KEYED)
def test_of_fifty_with_one_address_one_stands_for_the_person(places: Town, door: str) -> None:
    """E08. The workspace door refuses the others; under the policy `link` every other door links them to the first."""
    caller = visitor(places, door)
    body = json.dumps(caller.body | {NAMED[door]: "Jane"}).encode()

    answers = at_once(lambda number: caller.post(Client(), body, Idempotency_Key=f"key-{number}"), range(50))

    statuses = Counter(answer.status_code for answer in answers)
    # One that lost every time is told to come again: it has stored nothing.
    away = statuses.pop(503, 0)
    expected = {201: 1, 409: 49 - away} if door == "workspace" else {201: 50 - away}
    assert statuses == expected
    assert Lead.objects.count() == expected[201]
    assert Lead.objects.filter(duplicate_of=None).count() == 1

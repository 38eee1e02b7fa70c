"""Limits under many hands: exact, and nobody waits for another's work."""

from collections import Counter

import pytest
from django.test import Client

from accounts.counting import count
from leads.models import Lead
from tests.people import company
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

HANDS, LIMIT = 50, 20


def test_of_fifty_at_once_exactly_as_many_pass_as_may(settings: object) -> None:
    settings.RATE_LIMIT_DOORS = LIMIT  # type: ignore[attr-defined]
    acme = company("Acme", reps=1)

    def post(number: int) -> int:
        body = {"email": f"jane{number}@acme.com"}
        return (
            Client()
            .post("/v1/leads", body, content_type="application/json", headers={"X-Api-Key": acme.key})
            .status_code
        )

    answers = at_once(post, range(HANDS))

    assert Counter(answers) == {201: LIMIT, 429: HANDS - LIMIT}
    assert Lead.objects.count() == LIMIT


def test_two_keys_of_one_account_share_its_budget_exactly() -> None:
    counted = at_once(lambda number: count(f"key:{number % 2}", limit=10, within="account:1"), range(HANDS))

    assert sorted(each.own for each in counted) == sorted([*range(1, HANDS // 2 + 1)] * 2)
    assert sorted(each.within for each in counted if each.within) == list(range(1, 21))

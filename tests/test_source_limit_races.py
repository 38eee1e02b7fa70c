"""The daily limit and the policies under many hands."""

from collections import Counter

import pytest
from django.test import Client

from accounts.models import Account, AuditEntry
from intake.models import QuarantinedLead
from leads.models import Lead
from teams.models import LeadSource, SourceDay
from tests.doors import Town, town
from tests.races import at_once

HANDS, LIMIT = 20, 7

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("today")]


@pytest.fixture
def places(transactional_db: None) -> Town:
    return town()


def test_of_twenty_at_once_exactly_as_many_are_taken_as_the_day_allows(places: Town) -> None:
    LeadSource.objects.filter(pk=places.vendor.pk).update(daily_limit=LIMIT)
    visitor = places.visitor("source")

    statuses = at_once(
        lambda number: visitor.post(Client(), visitor.with_email(f"{number}@acme.com")).status_code, range(HANDS)
    )

    assert Counter(statuses) == {201: LIMIT, 403: HANDS - LIMIT}
    assert (Lead.objects.count(), SourceDay.objects.get().taken) == (LIMIT, LIMIT)
    assert QuarantinedLead.objects.filter(code="daily_limit_reached").count() == HANDS - LIMIT


def test_the_same_lead_twenty_times_at_once_is_one_of_the_day(places: Town) -> None:
    LeadSource.objects.filter(pk=places.vendor.pk).update(daily_limit=1)
    visitor = places.visitor("source")
    body = visitor.body | {"externalId": "e1"}

    answers = at_once(lambda _: visitor.post(Client(), body), range(HANDS))

    assert Counter(answer.status_code for answer in answers) == {201: HANDS}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (Lead.objects.count(), SourceDay.objects.get().taken) == (1, 1)


@pytest.mark.parametrize("door", ["account", "source"])
def test_of_many_that_fill_the_same_blank_at_once_the_first_does(places: Town, door: str) -> None:
    visitor = places.visitor(door)
    Account.objects.filter(pk=visitor.account.pk).update(duplicate_policy="update")
    visitor.post(Client())

    answers = at_once(lambda number: visitor.post(Client(), visitor.body | {"phone": f"206555014{number}"}), range(8))

    known = 201 if door == "source" else 200
    assert Counter(answer.status_code for answer in answers) == {known: 8}
    lead = Lead.objects.get()
    [entry] = AuditEntry.objects.filter(event="lead_updated")
    assert entry.changes == {"phone": ["", lead.phone]}


def test_two_strangers_of_one_name_at_once_are_one_lead_under_skip(places: Town) -> None:
    visitor = places.visitor("source")
    Account.objects.filter(pk=visitor.account.pk).update(duplicate_policy="skip")

    answers = at_once(lambda _: visitor.post(Client()), range(HANDS))

    assert len({answer.json()["id"] for answer in answers}) == 1
    assert Lead.objects.count() == 1

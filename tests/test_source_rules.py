"""What a source may send, by its own rules: each with its code, at the source's own door and nowhere else."""

from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import Account, ApiKey
from leads.models import Lead
from teams.models import LeadSource, SourceDay
from teams.sourcerules import refusal as rule_of
from tests.apis import api
from tests.consoles import change_url, console, inline_data
from tests.doors import TRACE, Town, kept, post, refusal, state

PATH = "/leads/intake"
CERTIFICATE = "https://cert.trustedform.com/0123456789abcdef"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def rules(places: Town, **columns: Any) -> None:
    LeadSource.objects.filter(pk=places.vendor.pk).update(**columns)


REFUSED = [
    ({"allowed_states": ["CA", "NV"]}, {"state": "TX"}, "state_not_allowed",
     "The source may not send leads of TX.", {"state"}),
    ({"allowed_states": ["CA"]}, {}, "state_not_allowed",
     "The lead names no state, and the source may send leads of some states only.", {"state"}),
    ({"allowed_products": ["solar"]}, {"product": "roof"}, "product_not_allowed",
     "The source may not send leads for roof.", {"product"}),
    ({"allowed_products": ["solar"]}, {}, "product_not_allowed",
     "The lead names no product, and the source may send leads for some products only.", {"product"}),
    ({"requires_certificate": True}, {}, "certificate_required",
     "The source must send a TrustedForm certificate.", {"trustedFormUrl"}),
    # One after the other: the first that is broken is told.
    ({"allowed_states": ["CA"], "allowed_products": ["solar"], "requires_certificate": True}, {"state": "TX"},
     "state_not_allowed", "The source may not send leads of TX.", {"state"}),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "body", "code", "message", "fields"), REFUSED)
def test_what_the_source_may_not_send_is_refused_and_kept(
    client: Client, places: Town, columns: dict[str, Any], body: dict[str, Any], code: str, message: str,
    fields: set[str],
) -> None:  # fmt: skip
    visitor, before = places.visitor("source"), state()
    rules(places, **columns)

    answer = visitor.post(client, visitor.body | body, X_Request_Id=TRACE)

    named = {field: [message] for field in fields}
    expected = refusal("source", 403, message, code=code, path=PATH, fields=named)
    assert (answer.status_code, answer.json()) == (403, expected)
    assert state() == before
    assert [reason for reason, _ in kept()] == [code]


TAKEN = [
    ({}, {}),
    ({"allowed_states": ["CA", "NV"]}, {"state": "ca"}),
    ({"allowed_states": ["CA"]}, {"state": " California "}),
    ({"allowed_states": ["california"]}, {"state": "CA"}),
    ({"allowed_states": ["Bavaria"]}, {"state": "bavaria"}),
    ({"allowed_states": ["DC", "NY"]}, {"state": "Washington, D.C."}),
    ({"allowed_states": ["PR"]}, {"state": "Puerto Rico"}),
    ({"allowed_states": ["U.S. Virgin Islands"]}, {"state": "VI"}),
    ({"allowed_products": ["Solar Panels"]}, {"product": "solar  panels"}),
    ({"requires_certificate": True}, {"trustedFormUrl": CERTIFICATE}),
    ({"allowed_states": ["CA"], "allowed_products": ["solar"], "requires_certificate": True},
     {"state": "CA", "product": "solar", "trustedFormUrl": CERTIFICATE}),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "body"), TAKEN)
def test_what_it_may_send_is_taken(client: Client, places: Town, columns: dict[str, Any], body: dict[str, Any]) -> None:
    visitor = places.visitor("source")
    rules(places, **columns)

    answer = visitor.post(client, visitor.body | body)

    assert (answer.status_code, kept()) == (201, [])


def test_the_rules_hold_for_the_source_itself_and_for_nobody_else(client: Client, places: Town) -> None:
    rules(places, allowed_states=["CA"], requires_certificate=True, daily_limit=1, default_tags=["vendor"])
    here = places.visitor("account")

    answers = [
        post(client, here.path, here.with_email(f"{n}@acme.com") | {"leadSourceId": places.vendor.pk}, here.headers)
        for n in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert list(Lead.objects.values_list("lead_source", "tags")) == [(places.vendor.pk, [])] * 2
    assert not SourceDay.objects.exists()


def test_a_disabled_source_is_told_so_before_its_rules(client: Client, places: Town) -> None:
    rules(places, is_active=False, allowed_states=["CA"])

    answer = places.visitor("source").post(client)

    assert (answer.status_code, answer.json()["code"]) == (403, "source_disabled")


# --- what the source adds ---


def test_every_lead_of_the_source_gets_its_tags(client: Client, places: Town) -> None:
    visitor = places.visitor("source")
    rules(places, default_tags=["vendor", "paid"])

    visitor.post(client, visitor.body | {"tagNames": ["own", "paid"]})
    visitor.post(client, visitor.with_email("full@acme.com") | {"tagNames": [f"t{n}" for n in range(50)]})

    full, own = Lead.objects.all()
    assert own.tags == ["own", "vendor", "paid"]
    assert full.tags == [*(f"t{n}" for n in range(48)), "vendor", "paid"]


@pytest.mark.parametrize(("country", "number"), [("", "+12065550142"), ("GB", "+442065550142")])
def test_numbers_are_read_as_of_the_source_s_country(client: Client, places: Town, country: str, number: str) -> None:
    rules(places, default_country=country)

    answer = post(client, PATH, {"phone": "2065550142"}, places.visitor("source").headers)

    assert answer.json()["contact"]["phone"]["number"] == number


def test_what_a_lead_costs_is_kept_with_the_source(places: Town) -> None:
    rules(places, cost_per_lead=Decimal("12.50"))

    assert LeadSource.objects.get(pk=places.vendor.pk).cost_per_lead == Decimal("12.50")


# --- so many a day ---


def test_beyond_its_limit_of_the_day_a_source_is_refused_until_midnight_utc(client: Client, places: Town) -> None:
    visitor = places.visitor("source")
    rules(places, daily_limit=2)
    ApiKey.objects.update(created_at="2026-01-01T00:00:00Z")

    def send(number: int) -> tuple[int, str | None]:
        answer = visitor.post(client, visitor.with_email(f"{number}@acme.com"))
        return answer.status_code, answer.json().get("code")

    with time_machine.travel("2026-03-01T23:59:59.900+00:00", tick=False):
        before = [send(number) for number in range(3)]
    with time_machine.travel("2026-03-02T00:00:00+00:00", tick=False):
        after = [send(number) for number in range(3, 6)]

    refused = (403, "daily_limit_reached")
    assert before == after == [(201, None), (201, None), refused]
    assert list(SourceDay.objects.order_by("day").values_list("taken", flat=True)) == [2, 2]
    assert [code for code, _ in kept()] == ["daily_limit_reached"] * 2


def test_the_refusal_says_which_limit_it_is(client: Client, places: Town) -> None:
    visitor = places.visitor("source")
    rules(places, daily_limit=1)
    visitor.post(client)

    answer = visitor.post(client, visitor.with_email("two@acme.com"), X_Request_Id=TRACE)

    message = "The source's limit of 1 leads a day (UTC) is reached."
    assert answer.json() == refusal("source", 403, message, code="daily_limit_reached", path=PATH)


@pytest.mark.parametrize("policy", ["link", "update", "skip", "reject"])
def test_only_what_is_stored_counts(client: Client, places: Town, policy: str) -> None:
    visitor = places.visitor("source")
    rules(places, daily_limit=2, allowed_states=["CA"])
    Account.objects.filter(pk=places.acme.account.pk).update(duplicate_policy=policy)
    body = visitor.body | {"state": "CA", "externalId": "e1"}

    statuses = [
        visitor.post(client, each).status_code
        for each in (
            body,
            body,  # sent again
            visitor.with_email("other@acme.com") | {"state": "TX"},  # not allowed
            visitor.body | {"state": "CA"},  # known
        )
    ]

    known = 403 if policy == "reject" else 201
    assert statuses == [201, 201, 403, known]
    assert SourceDay.objects.get().taken == (2 if policy == "link" else 1)


def test_what_is_sent_again_is_answered_also_when_the_day_is_full(client: Client, places: Town) -> None:
    visitor = places.visitor("source")
    rules(places, daily_limit=1)
    body = visitor.body | {"externalId": "e1"}
    first = visitor.post(client, body)

    again = visitor.post(client, body)

    assert (again.status_code, again.content) == (201, first.content)


@pytest.mark.parametrize("where", ["console", "api"])
def test_a_limit_set_at_noon_holds_for_the_whole_day(client: Client, places: Town, where: str) -> None:
    visitor = places.visitor("source")
    for number in range(2):
        visitor.post(client, visitor.with_email(f"{number}@acme.com"))

    for limit in (4, None, 5):
        limited(places, limit, where=where)
        visitor.post(client, visitor.with_email(f"under-{limit}@acme.com"))
    statuses = [visitor.post(client, visitor.with_email(f"{number}@late.com")).status_code for number in range(2)]

    assert statuses == [403, 403]
    assert Lead.objects.count() == 5


def limited(places: Town, limit: int | None, *, where: str) -> None:
    vendor = LeadSource.objects.get(pk=places.vendor.pk)
    if where == "api":
        api(places.acme).patch(f"sources/{vendor.pk}", {"daily_limit": limit})
        return
    form = {"name": vendor.name, "is_active": "on", "daily_limit": limit or ""}
    inlines = inline_data("for_teams", []) | inline_data("keys", [], initial=0)
    console(places.acme.owner).post(change_url(vendor), form | inlines)


def test_a_source_without_a_limit_is_not_counted(client: Client, places: Town) -> None:
    places.visitor("source").post(client)

    assert not SourceDay.objects.exists()


def test_an_empty_rule_allows_everything() -> None:
    class Anything:
        allowed_states: tuple[str, ...] = ()
        allowed_products: tuple[str, ...] = ()
        requires_certificate = False

    assert rule_of(Anything(), Lead()) is None

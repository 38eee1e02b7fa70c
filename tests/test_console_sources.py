"""A source's page: its rules as people write them, and what came of what it sent."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import ApiKey
from intake.models import QuarantinedLead
from intake.sourcecounts import SourceCounts, Tally, counts_of
from leads.drafts import LeadDraft
from leads.models import Lead
from teams.models import LeadSource
from tests.apis import api
from tests.consoles import change_url, console, inline_data, list_url, page_url, text_of
from tests.people import Company, arrive, lead, source

NOW = datetime(2026, 3, 31, 0, 30, tzinfo=UTC)


@pytest.fixture
def vendor(acme: Company) -> LeadSource:
    return source(acme.account, acme.owner)[0]


@pytest.fixture
def client(acme: Company) -> Client:
    return console(acme.owner)


def save(client: Client, vendor: LeadSource, **fields: Any) -> Any:
    form = {"name": vendor.name, "is_active": "on"} | inline_data("for_teams", []) | inline_data("keys", [], initial=0)
    return client.post(change_url(vendor), form | fields)


def test_the_rules_are_written_as_people_write_them(client: Client, vendor: LeadSource) -> None:
    answer = save(
        client, vendor, allowed_states=" CA, NV,,CA ", allowed_products="solar, roof repair", daily_limit="50",
        requires_certificate="on", takes_get="on", default_tags="paid", default_country="gb", cost_per_lead="12.5",
    )  # fmt: skip

    assert answer.status_code == 302
    vendor.refresh_from_db()
    assert (vendor.allowed_states, vendor.allowed_products) == (["CA", "NV"], ["solar", "roof repair"])
    assert (vendor.daily_limit, vendor.requires_certificate, vendor.takes_get) == (50, True, True)
    assert (vendor.default_tags, vendor.default_country, str(vendor.cost_per_lead)) == (["paid"], "GB", "12.50")
    page = text_of(client.get(change_url(vendor)))
    assert 'value="CA, NV"' in page
    assert "California is the same as CA" in page


def test_a_rule_is_taken_back_by_emptying_it(client: Client, vendor: LeadSource) -> None:
    LeadSource.objects.update(allowed_states=["CA"], daily_limit=5, default_country="GB", takes_get=True)

    save(client, vendor, allowed_states="", daily_limit="", default_country="")

    vendor.refresh_from_db()
    assert (vendor.allowed_states, vendor.daily_limit, vendor.default_country, vendor.takes_get) == (
        [],
        None,
        "",
        False,
    )


@pytest.mark.parametrize(("field", "value"), [
    ("allowed_states", "x" * 65), ("allowed_products", ",".join(str(n) for n in range(51))), ("default_tags", "a\x07"),
    ("daily_limit", "0"), ("daily_limit", "many"), ("daily_limit", "9" * 12), ("default_country", "XX"),
    ("default_country", "usa"), ("cost_per_lead", "-1"), ("cost_per_lead", "1.234"),
])  # fmt: skip
def test_what_is_no_rule_is_an_error_of_the_form(client: Client, vendor: LeadSource, field: str, value: str) -> None:
    answer = save(client, vendor, **{field: value})

    assert (answer.status_code, list(answer.context["adminform"].form.errors)) == (200, [field])
    assert LeadSource.objects.values().get() == LeadSource.objects.filter(pk=vendor.pk).values().get()


@pytest.mark.parametrize("of", ["source", "account"])
def test_a_country_written_out_is_not_cut_to_another_one_s_letters(acme: Company, vendor: LeadSource, of: str) -> None:
    client, url = console(acme.owner), change_url(vendor if of == "source" else acme.account)
    form = {"name": "X", "duplicate_policy": "link", "time_zone": "UTC", "default_country": "Germany"}
    inlines = inline_data("for_teams", []) | inline_data("keys", [], initial=0)

    [field] = re.findall(r'<input[^>]*name="default_country"[^>]*>', client.get(url).content.decode())
    answer = client.post(url, form | inlines)

    assert "maxlength" not in field
    errors = answer.context["adminform"].form.errors
    assert errors == {"default_country": ["There is no such country; use two letters, such as US."]}


# --- counts ---


def at(moment: datetime, email: str, vendor: LeadSource) -> Lead:
    made = lead(vendor.account, email, lead_source_id=vendor.pk)
    Lead.objects.filter(pk=made.pk).update(created_at=moment)
    return made


def refuse(moment: datetime, vendor: LeadSource) -> None:
    row = QuarantinedLead.objects.create(
        account=vendor.account, lead_source=vendor, door="source", code="x", reason="x", payload=b""
    )
    QuarantinedLead.objects.filter(pk=row.pk).update(created_at=moment)


@pytest.fixture
def busy(acme: Company, vendor: LeadSource) -> LeadSource:
    """Two today, of which one is of a known person; one of yesterday, one refused then; and one of long ago."""
    at(NOW - timedelta(days=31), "old@example.com", vendor)
    at(NOW - timedelta(hours=1), "jane@example.com", vendor)
    at(NOW, "jane@example.com", vendor)
    at(NOW, "john@example.com", vendor)
    refuse(NOW - timedelta(hours=1), vendor)
    ApiKey.objects.filter(source_key__source=vendor).update(last_used_at=NOW)
    return vendor


@time_machine.travel(NOW, tick=False)
def test_what_came_of_what_a_source_sent_is_counted_by_days_in_utc(
    acme: Company, globex: Company, busy: LeadSource
) -> None:
    other, _ = source(acme.account, acme.owner, "Other")
    foreign, _ = source(globex.account, globex.owner)
    at(NOW, "x@example.com", foreign)

    counts = counts_of(acme.account, [busy.pk, other.pk, foreign.pk])

    assert counts == {
        busy.pk: SourceCounts(Tally(2, 1, 0), Tally(3, 1, 1), NOW),
        other.pk: SourceCounts(),
        foreign.pk: SourceCounts(),
    }


@time_machine.travel(NOW, tick=False)
def test_the_api_tells_them_too(acme: Company, busy: LeadSource) -> None:
    hub = api(acme)

    [listed] = hub.get("sources")["items"]

    assert listed["today"] == {"accepted": 2, "duplicate": 1, "refused": 0}
    assert listed["last_30_days"] == {"accepted": 3, "duplicate": 1, "refused": 1}
    assert listed["last_used_at"] == "2026-03-31T00:30:00.000Z"
    assert hub.get(f"sources/{busy.pk}") == listed


@pytest.mark.parametrize("policy", ["link", "update", "skip", "reject"])
def test_a_known_person_counts_whatever_the_policy_makes_of_it(
    acme: Company, vendor: LeadSource, policy: str, today: date
) -> None:
    acme.account.duplicate_policy = policy
    drafts = [LeadDraft(email="jane@example.com", lead_source_id=vendor.pk, external_id=name) for name in "aabc"]

    for draft in drafts:
        arrive(acme.account, draft)

    [counts] = counts_of(acme.account, [vendor.pk]).values()
    assert counts.today == Tally(3 if policy == "link" else 1, 2, 0)


@time_machine.travel(NOW, tick=False)
def test_the_list_and_the_page_tell_the_counts(client: Client, busy: LeadSource) -> None:
    listed, page = text_of(client.get(list_url(LeadSource))), text_of(client.get(change_url(busy)))

    assert "2, 1 known" in listed
    assert "3, 1 known" in listed
    assert "31 Mar 2026, 00:30" in listed
    assert f"lead_source__id__exact={busy.pk}" in listed
    assert "Leads of people known before, stored or, by the account's policy, not" in page
    assert "One of its keys was last used 31 Mar 2026, 00:30." in page


@pytest.mark.parametrize("where", ["console", "api"])
def test_the_list_asks_for_the_counts_once_however_many_sources_there_are(
    acme: Company, client: Client, vendor: LeadSource, django_assert_max_num_queries: Any, where: str
) -> None:
    for number in range(20):
        source(acme.account, acme.owner, f"Source {number}")

    with django_assert_max_num_queries(20) as asked:
        api(acme).get("sources") if where == "api" else client.get(list_url(LeadSource))

    assert sum("intake_quarantinedlead" in query["sql"] for query in asked.captured_queries) == 1


def test_nobody_counts_without_sources(acme: Company) -> None:
    assert counts_of(acme.account, []) == {}


def test_a_key_is_rotated_with_an_overlap(client: Client, vendor: LeadSource) -> None:
    [old] = ApiKey.objects.filter(source_key__source=vendor)
    url = page_url(LeadSource, "rotate", vendor.pk)

    with time_machine.travel(NOW, tick=False):
        refused = client.post(url, {"hours": "-1"})
        answer = client.post(url, {"hours": "48"}, follow=True)

    old.refresh_from_db()
    assert "greater than or equal to 0" in text_of(refused)
    assert old.expires_at == NOW + timedelta(hours=48)
    assert answer.context["secret"].startswith("sk_src_")
    assert ApiKey.objects.filter(source_key__source=vendor, expires_at=None).count() == 1


@pytest.mark.parametrize(("ended", "offered"), [(False, True), (True, False)])
def test_what_has_no_key_to_end_is_not_offered_to_end_one(
    ended: bool, offered: bool, client: Client, vendor: LeadSource
) -> None:
    [key] = ApiKey.objects.filter(source_key__source=vendor)
    if ended:
        key.revoke()

    assert ("Rotate the key" in text_of(client.get(change_url(vendor)))) is offered
    assert ("Revoke this key" in text_of(client.get(change_url(key)))) is offered

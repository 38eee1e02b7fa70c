"""What was refused is kept, for how long, and run again: never twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Account, AuditEntry
from intake import endpoint
from intake.jobs import purge_quarantine
from intake.models import QuarantinedLead
from intake.quarantine import AlreadyResolved, NoSuchPayload, discard, rerun
from leadhub.lib.errors import Conflict, Unavailable
from leadhub.lib.transactions import run
from leads.models import Lead
from leads.outcomes import DuplicateLead
from tests.doors import Town, post
from tests.people import source
from tests.refusing import FORM, again, refused, rules

pytestmark = pytest.mark.django_db

PATH = "/leads/intake"


# --- the verb ---


@pytest.mark.parametrize(("body", "headers"), [
    (None, {}),
    (b"email=jane%40acme.com&state=TX&externalId=e1", {"Content_Type": FORM}),
])  # fmt: skip
def test_once_the_rules_allow_it_a_payload_becomes_a_lead(places: Town, body: Any, headers: dict[str, str]) -> None:
    kept, owner = refused(places, body, User_Agent="vendor/1.0", **headers), places.acme.owner
    rules(places, allowed_states=["TX"], default_tags=["late"])

    row = again(kept, owner)

    lead = Lead.objects.get()
    assert (row.lead, row.resolved_by, row.is_open, row.code) == (lead, owner, False, "state_not_allowed")
    assert (lead.email, lead.state, lead.external_id, lead.tags) == ("jane@acme.com", "TX", "e1", ["late"])
    assert (lead.door, lead.lead_source, lead.created_by) == ("source", places.vendor, owner)
    assert lead.attribution == {"ip_address": "127.0.0.1", "user_agent": "vendor/1.0"}
    entry = AuditEntry.objects.get_for_object(lead).get(event="lead_created")
    assert (entry.actor_email, entry.door) == (owner.email, "console")
    told = AuditEntry.objects.get_for_object(row).get()
    assert told.additional_data == {"outcome": "taken_in", "lead": lead.pk, "note": None}


def test_a_query_is_run_again_as_one(client: Client, places: Town) -> None:
    client.get(PATH, {"FirstName": "Jane", "SourceMetadata[a]": "1"}, headers=places.visitor("source").headers)
    kept = QuarantinedLead.objects.get()
    assert again(kept).code == "get_not_allowed"
    rules(places, takes_get=True)

    row = again(kept)

    assert row.lead is not None
    assert (row.lead.first_name, row.lead.attribution["source_metadata"]) == ("Jane", {"a": "1"})


STILL = [
    ({}, {}, "state_not_allowed", "The source may not send leads of TX."),
    ({"is_active": False}, {}, "source_disabled", "The source is disabled."),
    ({"allowed_states": [], "requires_certificate": True}, {}, "certificate_required",
     "The source must send a TrustedForm certificate."),
    ({"allowed_states": []}, {"suspended_at": "2026-01-01T00:00:00Z"}, "account_suspended",
     "The account is suspended."),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "account", "code", "reason"), STILL)
def test_what_is_refused_again_stays_with_its_new_reason(
    places: Town, columns: dict[str, Any], account: dict[str, Any], code: str, reason: str
) -> None:
    kept = refused(places)
    rules(places, **columns)
    if account:
        Account.objects.filter(pk=places.acme.account.pk).update(**account)

    again(kept)

    row = QuarantinedLead.objects.get()
    assert (row.code, row.reason, row.lead, row.is_open) == (code, reason, None, True)
    assert not Lead.objects.exists()


@pytest.mark.parametrize(("body", "code"), [
    (b'{"price": "x", "firstName": "J"}', "invalid_input"), (b"nothing", "invalid_request"),
    (b'{"city": "Rome"}', "empty_contact"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused_again(places: Town, body: bytes, code: str) -> None:
    kept = refused(places, body)
    rules(places, allowed_states=[])

    assert (again(kept).code, Lead.objects.exists()) == (code, False)


@pytest.mark.parametrize(("policy", "code"), [("reject", "duplicate_lead"), ("skip", None), ("update", None)])
def test_a_person_who_is_known_meanwhile_is_met_by_the_policy(
    client: Client, places: Town, policy: str, code: str | None
) -> None:
    kept = refused(places)
    rules(places, allowed_states=[])
    visitor = places.visitor("account")
    visitor.post(client)
    Account.objects.filter(pk=visitor.account.pk).update(duplicate_policy=policy)

    row = again(kept)

    jane = Lead.objects.get()
    assert (row.lead, row.is_open) == ((None, True) if code else (jane, False))
    assert row.code == (code or "state_not_allowed")


def test_what_came_by_another_way_meanwhile_is_that_lead(client: Client, places: Town) -> None:
    kept = refused(places)
    rules(places, allowed_states=[])
    visitor = places.visitor("source")
    visitor.post(client, visitor.body | {"externalId": "e1"})

    assert again(kept).lead == Lead.objects.get()


def test_a_payload_is_dealt_with_once(places: Town) -> None:
    kept = refused(places)
    rules(places, allowed_states=[])
    again(kept)

    for verb in (rerun, discard):
        with pytest.raises(AlreadyResolved):
            run(lambda verb=verb: verb(kept.account, kept.pk, actor=Actor()))  # type: ignore[misc]
    assert Lead.objects.count() == 1


def test_a_discarded_payload_stays_and_becomes_no_lead(places: Town) -> None:
    kept, owner = refused(places), places.acme.owner

    run(lambda: discard(kept.account, kept.pk, note=" a test ", actor=Actor(user_id=owner.pk)))

    row = QuarantinedLead.objects.get()
    assert (row.note, row.resolved_by, row.lead, row.is_open) == ("a test", owner, None, False)
    with pytest.raises(AlreadyResolved):
        again(row)


def test_another_account_s_payload_is_not_there(places: Town) -> None:
    kept = refused(places)

    for verb in (rerun, discard):
        with pytest.raises(NoSuchPayload):
            run(lambda verb=verb: verb(places.initech.account, kept.pk, actor=Actor()))  # type: ignore[misc]


def test_what_no_door_reads_says_so(places: Town) -> None:
    kept = refused(places)
    QuarantinedLead.objects.update(door="fax")

    assert (again(kept).code, again(kept).is_open) == ("not_readable", True)


# --- what is kept ---


@pytest.mark.parametrize(("body", "headers", "kept"), [
    (b"x", {"Authorization": "Bearer nothing", "X-Leadping-Source-Key": ""}, False),
    (b" " * (2**20 + 1), {}, False),
    (b'{"email": "a@b.c"}', {"Idempotency-Key": "\n"}, True),
])  # fmt: skip
def test_what_nobody_known_sent_and_what_is_too_large_is_not_kept(
    client: Client, places: Town, body: bytes, headers: dict[str, str], kept: bool
) -> None:
    post(client, PATH, body, places.visitor("source").headers | headers)

    assert QuarantinedLead.objects.exists() is kept


def test_what_comes_too_often_is_not_kept(client: Client, places: Town, settings: Any) -> None:
    settings.RATE_LIMIT_DOORS = 1
    visitor = places.visitor("source")

    statuses = [visitor.post(client, b"nothing").status_code for _ in range(3)]

    assert (statuses, QuarantinedLead.objects.count()) == ([400, 429, 429], 1)


@pytest.mark.parametrize(("error", "status", "code"), [
    (Unavailable(), 503, "unavailable"), (Conflict("busy", code="idempotency_in_progress"), 429,
    "idempotency_in_progress"), (DuplicateLead(), 403, "duplicate_lead"),
])  # fmt: skip
def test_what_will_come_again_by_itself_and_what_is_known_is_not_kept(
    client: Client, places: Town, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(endpoint, "receive", refuse)

    answer = places.visitor("source").post(client)

    assert (answer.status_code, answer.json()["code"], QuarantinedLead.objects.count()) == (status, code, 0)


# --- how long ---


@pytest.mark.parametrize(("age", "resolved", "goes"), [
    (89, None, False), (91, None, True), (91, 29, False), (91, 31, True), (32, 31, True),
])  # fmt: skip
def test_a_payload_is_kept_so_many_days(places: Town, age: int, resolved: int | None, goes: bool) -> None:
    kept, now = refused(places), timezone.now()
    resolved_at = None if resolved is None else now - timedelta(days=resolved)
    QuarantinedLead.objects.update(created_at=now - timedelta(days=age), resolved_at=resolved_at)

    assert purge_quarantine() == goes
    assert QuarantinedLead.objects.filter(pk=kept.pk).exists() is not goes


def test_of_one_sender_the_latest_are_kept(places: Town, settings: Any) -> None:
    settings.QUARANTINE_ROWS = 2
    other, _ = source(places.acme.account, places.acme.owner, "Other")
    rows = [refused(places) for _ in range(4)]
    QuarantinedLead.objects.filter(pk=rows[0].pk).update(lead_source=other)

    assert [purge_quarantine(), purge_quarantine()] == [1, 0]
    assert {row.pk for row in QuarantinedLead.objects.all()} == {rows[0].pk, rows[2].pk, rows[3].pk}

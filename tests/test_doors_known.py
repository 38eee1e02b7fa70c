"""A person the account knows: always the same verdict, in the words of each door; and what the source door keeps."""

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Account, AuditEntry
from intake.doors.source import views
from intake.models import QuarantinedLead
from leadhub.lib.times import milliseconds
from leads.editing import edit
from leads.models import Lead
from teams.models import LeadSource
from tests.contract import facts, filled, recorded
from tests.doors import NAMES, TRACE, Town, bearer, kept, post, refusal, state
from tests.people import source

KNOWN = "a lead with this email already exists"
IN_WORKSPACE = "A lead with this email already exists in the workspace."
FIELDS = {"email": [KNOWN]}
MEDIA_TYPE = "The body must be application/json or application/x-www-form-urlencoded, in UTF-8."

pytestmark = pytest.mark.django_db


def policy(account: Account, name: str) -> None:
    Account.objects.filter(pk=account.pk).update(duplicate_policy=name)


def entries(lead: Lead) -> list[str]:
    return list(AuditEntry.objects.get_for_object(lead).order_by("-pk").values_list("event", flat=True))


@pytest.mark.parametrize("door", ["platform", "account", "source"])
def test_under_link_a_known_person_gets_a_new_lead_linked_to_the_first(client: Client, places: Town, door: str) -> None:
    visitor = places.visitor(door)
    visitor.post(client)

    answer = visitor.post(client, visitor.with_email(" JANE@Acme.com "))

    again, first = Lead.objects.all()
    assert (answer.status_code, again.duplicate_of, again.owner) == (201, first, first.owner)
    assert entries(first) == ["lead_seen_again", "lead_created"]


REFUSED = [
    ("platform", 409, {"code": "CONFLICT", "message": KNOWN, "http_status": 409, "details": {"fields": FIELDS}}),
    ("account", 400, {"error": KNOWN}),
    ("source", 403, refusal("source", 403, KNOWN, code="duplicate_lead", path="/leads/intake", fields=FIELDS)),
]  # fmt: skip


@pytest.mark.parametrize(("door", "status", "body"), REFUSED)
def test_under_reject_a_known_person_is_refused_and_recorded_on_the_lead_that_is_there(
    client: Client, places: Town, door: str, status: int, body: dict[str, Any]
) -> None:
    visitor = places.visitor(door)
    policy(visitor.account, "reject")
    visitor.post(client)
    before = state()

    answer = visitor.post(client, visitor.with_email(" JANE@Acme.com "), X_Request_Id=TRACE)

    assert (answer.status_code, answer.json()) == (status, body)
    assert (state(), kept()) == (before, [])
    assert entries(Lead.objects.get()) == ["lead_seen_again", "lead_created"]


@pytest.mark.parametrize("policy_name", ["link", "reject"])
@pytest.mark.parametrize("email", ["jane@acme.com", "JANE@ACME.COM", "  Jane@acme.COM\t"])
def test_the_workspace_door_names_the_lead_that_is_there_under_any_policy(
    client: Client, places: Town, policy_name: str, email: str
) -> None:
    visitor = places.visitor("workspace")
    policy(visitor.account, policy_name)
    first = visitor.post(client).json()["data"]
    before = state()

    answer = visitor.post(client, {"email": email})

    body = {"error": "Conflict", "message": IN_WORKSPACE, "code": 409, "_id": first["_id"]}
    assert (answer.status_code, answer.json()) == (409, body)
    assert state() == before
    assert entries(Lead.objects.get()) == ["lead_seen_again", "lead_created"]


@pytest.mark.parametrize("door", ["account", "source"])
def test_the_workspace_door_knows_who_came_by_another_door(client: Client, places: Town, door: str) -> None:
    places.visitor(door).post(client)
    Lead.objects.update(archived_at=timezone.now())

    answer = places.visitor("workspace").post(client)

    assert (answer.status_code, answer.json()["_id"]) == (409, Lead.objects.get().hex_id)


@pytest.mark.parametrize("door", NAMES)
def test_a_person_whose_lead_was_deleted_is_a_stranger(client: Client, places: Town, door: str) -> None:
    visitor = places.visitor(door)
    policy(visitor.account, "reject")
    visitor.post(client)
    Lead.objects.update(deleted_at=timezone.now())

    answer = visitor.post(client)

    assert answer.status_code == 201
    assert Lead.objects.live().get().duplicate_of is None


def test_two_accounts_never_collide(client: Client, places: Town) -> None:
    places.visitor("workspace").post(client)

    answer = post(client, "/v1/leads", {"email": "jane@acme.com"}, bearer(places.initech.key))

    assert answer.status_code == 201


@pytest.mark.parametrize("policy_name", ["link", "reject"])
def test_what_a_source_sends_again_is_answered_with_the_lead_that_is_there(
    client: Client, places: Town, policy_name: str
) -> None:
    request = filled(recorded("source/create_headers")["request"], facts(places))
    policy(places.acme.account, policy_name)
    first = post(client, "/leads/intake", request["body"], request["headers"])
    before = state()

    answer = post(client, "/leads/intake", {"externalId": "vendor-4711", "phone": "1"}, request["headers"])

    assert (answer.status_code, answer.content) == (201, first.content)
    assert (state(), kept()) == (before, [])
    assert entries(Lead.objects.get()) == ["lead_seen_again", "lead_created"]


def test_what_a_source_sends_again_is_answered_with_the_lead_as_it_is_now(client: Client, places: Town) -> None:
    visitor = places.visitor("source")
    body = visitor.body | {"externalId": "e1", "firstName": "Jane"}
    first = visitor.post(client, body).json()
    edit(places.acme.account, Lead.objects.get().pk, {"first_name": "Janet"}, actor=Actor())

    again = visitor.post(client, body).json()

    changed_at = milliseconds(Lead.objects.get().updated_at)
    assert (first["modifiedAt"], again["modifiedAt"]) == (None, changed_at)
    assert again["contact"] == first["contact"] | {"firstName": "Janet"}
    assert (again["id"], again["createdAt"], again["metadata"]) == (first["id"], first["createdAt"], first["metadata"])


@pytest.mark.parametrize(("ids", "found"), [
    ({"externalId": "e1"}, 0),
    ({"sellerLeadId": "s1"}, 0),
    ({"sellerLeadIdentifier": "s2"}, 1),
    ({"externalId": "e1", "sellerLeadId": "s1"}, 0),
    ({"externalId": "e2", "sellerLeadId": "s1"}, 1),
    ({"externalId": "e9", "sellerLeadId": "s1"}, 0),
    ({"externalId": "e9"}, None),
    ({"externalId": "s1"}, None),
    ({"sellerLeadId": "S1"}, None),
])  # fmt: skip
def test_the_external_id_wins_over_the_sellers(
    client: Client, places: Town, ids: dict[str, str], found: int | None
) -> None:
    visitor = places.visitor("source")
    made = [
        visitor.post(client, {"email": f"{n}@acme.com", "externalId": f"e{n}", "sellerLeadId": f"s{n}"}).json()["id"]
        for n in (1, 2)
    ]

    answer = visitor.post(client, {"email": "new@acme.com"} | ids)

    assert answer.status_code == 201
    assert Lead.objects.count() == (3 if found is None else 2)
    assert found is None or answer.json()["id"] == made[found]


def test_another_source_and_a_deleted_lead_do_not_count_as_sent_again(client: Client, places: Town) -> None:
    visitor, body = places.visitor("source"), {"email": "jane@acme.com", "externalId": "e1"}
    other, key = source(places.acme.account, places.acme.owner, "Other")

    first = visitor.post(client, body).json()["id"]
    of_other = post(client, "/leads/intake", body, bearer(key)).json()["id"]
    Lead.objects.filter(uuid=first).update(deleted_at=timezone.now())
    after = visitor.post(client, body).json()["id"]

    assert len({first, of_other, after}) == 3
    assert Lead.objects.get(uuid=of_other).lead_source == other


@pytest.mark.parametrize(("body", "headers", "code", "reason"), [
    (b'{"price": "x"}', {}, "invalid_input", "price: A valid number is required."),
    (b'{"city": "Rome"}', {}, "empty_contact", "A lead needs a name, an e-mail or a phone."),
    (b'\xff{"a', {}, "invalid_request", "The body must be UTF-8."),
    (b"", {}, "invalid_request", "The body is not valid JSON: Expecting value: line 1 column 1 (char 0)."),
    (b"<lead/>", {"Content-Type": "text/xml"}, "unsupported_media_type", MEDIA_TYPE),
    (b"x", {"Content-Type": "\0" + "a" * 999}, "unsupported_media_type", MEDIA_TYPE),
    (b'{"phone": "1"}', {"Idempotency-Key": "\u00fc"}, "invalid_idempotency_key",
     "Idempotency-Key must be 1 to 255 printable ASCII characters."),
])  # fmt: skip
def test_a_refused_payload_of_a_known_source_is_kept_as_it_came(
    client: Client, places: Town, body: bytes, headers: dict[str, str], code: str, reason: str
) -> None:
    visitor, before = places.visitor("source"), state()

    answer = post(client, visitor.path, body, visitor.headers | {"X-Request-Id": TRACE} | headers)

    row = QuarantinedLead.objects.get()
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (400, code, reason)
    assert (row.code, row.reason, bytes(row.payload)) == (code, reason, body)
    assert (row.account, row.lead_source, row.door) == (places.acme.account, places.vendor, "source")
    assert (row.request_id, row.remote_addr, row.lead) == (TRACE, "127.0.0.1", None)
    assert row.content_type == headers.get("Content-Type", "application/json").replace("\0", "")[:255]
    assert state() == before


def test_the_payloads_of_a_disabled_source_and_of_a_suspended_account_are_kept(client: Client, places: Town) -> None:
    visitor, before = places.visitor("source"), state()

    LeadSource.objects.filter(pk=places.vendor.pk).update(is_active=False)
    disabled = visitor.post(client, X_Request_Id=TRACE)
    Account.objects.filter(pk=places.acme.account.pk).update(suspended_at=timezone.now())
    suspended = visitor.post(client, X_Request_Id=TRACE)

    payload, path = json.dumps(visitor.body).encode(), visitor.path
    texts = {"source_disabled": "The source is disabled.", "account_suspended": "The account is suspended."}
    for answer, (code, text) in zip((disabled, suspended), texts.items(), strict=True):
        assert (answer.status_code, answer.json()) == (403, refusal("source", 403, text, code=code, path=path))
    assert (kept(), state()) == ([("source_disabled", payload), ("account_suspended", payload)], before)


def test_a_key_used_again_for_another_payload_is_a_400_that_is_kept(client: Client, places: Town) -> None:
    visitor = places.visitor("source")
    visitor.post(client, Idempotency_Key="once")

    answer = visitor.post(client, {"phone": "1"}, Idempotency_Key="once")

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_reused")
    assert kept() == [("idempotency_key_reused", b'{"phone": "1"}')]


def test_a_refusal_that_cannot_be_kept_is_no_refusal_yet(
    client: Client, places: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: object, **kwargs: object) -> None:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(views, "quarantine", gone)

    answer = places.visitor("source").post(client, b"nothing")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


@pytest.mark.parametrize("headers", [{}, {"X-Leadping-Source-Key": "wrong"}, {"Content-Encoding": "gzip"}])
def test_what_nobody_known_sent_is_not_kept(client: Client, places: Town, headers: dict[str, str]) -> None:
    post(client, "/leads/intake", {"phone": "1"}, {"X-Leadping-Source-Id": str(places.vendor.uuid)} | headers)

    assert kept() == []


def test_the_other_doors_keep_no_refused_payload(client: Client, places: Town) -> None:
    for door in ("platform", "account", "workspace"):
        places.visitor(door).post(client, b"nothing")

    assert kept() == []


@pytest.mark.parametrize(
    ("given", "answered", "kept"),
    [
        ("12.50", 12.5, None),
        (12.5, 12.5, None),
        ("12.1234567", 12.123457, "12.1234567"),
        (0.30000000000000004, 0.3, 0.30000000000000004),
        (1e-7, 0.0, 1e-7),
        ("999999999999999", 999999999999999.0, None),
    ],
)
def test_a_price_with_more_places_than_we_keep_is_rounded_and_kept_as_given(
    client: Client, places: Town, given: object, answered: float, kept: object
) -> None:
    visitor = places.visitor("source")

    answer = client.post(visitor.path, {"phone": "1", "price": given}, "application/json", headers=visitor.headers)

    metadata = answer.json()["metadata"]
    assert (answer.status_code, metadata["price"], metadata["directPostPrice"]) == (201, answered, answered)
    lead = Lead.objects.get(uuid=answer.json()["id"])
    assert lead.extra.get("originals", {}).get("price") == kept

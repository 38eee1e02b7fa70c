"""The platform's leads at its door: listed, read, changed, exported and made tenants of."""

import csv
import io
import json
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.actors import NOBODY
from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, AuditEntry, Membership, User
from accounts.roles import Role
from intake.doors.platform import export, wire
from leads import lifecycle
from leads.models import Lead
from tests.doors import Town, bearer, state
from tests.people import lead, platform_admin

LEADS = "/v1/platform/leads"
MISSING = {"code": "NOT_FOUND", "message": "lead not found", "http_status": 404}
OTHERS = {"company": "Globex", "title": "CEO", "industry": "oil"}
WORDS = {"new": "new", "contacted": "contacted", "qualified": "qualified", "converted": "archived", "lost": "archived"}

pytestmark = pytest.mark.django_db


class Door:
    """The platform door as its administrator's program sees it: JSON in, status and JSON out."""

    def __init__(self, town: Town) -> None:
        self.account, self.headers, self.client = town.platform, bearer(town.platform_key), Client()

    def send(self, method: str, path: str, body: Any = None, query: Any = None, **headers: str) -> tuple[int, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = b"" if body is None else json.dumps(body).encode()
        answer: Any = self.client.generic(
            method, f"{LEADS}{path}", data, "application/json", headers=self.headers | named, query_params=query
        )
        return answer.status_code, answer.json()

    def get(self, path: str = "", **query: Any) -> Any:
        status, body = self.send("GET", path, query=query)
        assert status == 200, body
        return body

    def emails(self, **query: Any) -> list[str]:
        return [item["email"] for item in self.get(**query)["items"]]

    def lead(self, email: str = "jane@acme.com", status: str = "new", **fields: Any) -> Lead:
        made = lead(self.account, email, **({"first_name": "Jane", "last_name": "Doe"} | fields))
        lifecycle.set_status(self.account, [made.pk], status, actor=NOBODY)
        return made

    def exported(self, **query: Any) -> list[list[str]]:
        answer: Any = self.client.get(f"{LEADS}/export", headers=self.headers, query_params=query)
        text = b"".join(answer.streaming_content).decode()
        return list(csv.reader(io.StringIO(text, newline="")))


@pytest.fixture
def door(places: Town) -> Door:
    return Door(places)


# --- the list ---


def test_pages_walk_all_leads_newest_first_while_leads_arrive(door: Door) -> None:
    made = [door.lead(f"p{number}@acme.com").email for number in range(5)]

    walked, page = [], door.get(limit=2)
    while True:
        walked.append([item["email"] for item in page["items"]])
        door.lead(f"late{len(walked)}@acme.com")
        if page["next_cursor"] is None:
            break
        page = door.get(limit=2, cursor=page["next_cursor"])

    assert walked == [made[4:2:-1], made[2:0:-1], made[:1]]


def test_fifty_leads_are_on_a_page_unless_told(door: Door) -> None:
    lead_ids = [door.lead(f"p{number}@acme.com").pk for number in range(51)]

    page = door.get(limit="", cursor="", status="", source="", q="")

    assert len(page["items"]) == 50 < len(lead_ids)
    assert page["next_cursor"]


def test_a_page_costs_one_query_beyond_the_caller(door: Door) -> None:
    with CaptureQueriesContext(connection) as none:
        door.get()
    for number in range(5):
        door.lead(f"p{number}@acme.com")

    with CaptureQueriesContext(connection) as some:
        door.get()

    assert len(some) <= len(none)


@pytest.mark.parametrize("query", [
    {"limit": "0"}, {"limit": "101"}, {"limit": "-1"}, {"limit": "1000000000"}, {"limit": "x"}, {"limit": "1.5"},
    {"status": "lost"}, {"status": "NEW"}, {"q": "x" * 201}, {"source": "\0"}, {"cursor": "x"},
    {"page": "2"}, {"account_id": "1"}, {"filter": "{}"}, {"owner__email": "a"},
])  # fmt: skip
def test_a_query_that_cannot_be_used_is_refused_by_name(door: Door, query: dict[str, str]) -> None:
    [name] = query

    status, body = door.send("GET", "", query=query)

    assert (status, body["code"], list(body["details"]["fields"])) == (400, "INVALID_INPUT", [name])


def test_a_cursor_that_was_altered_is_refused(door: Door) -> None:
    for number in range(2):
        door.lead(f"p{number}@acme.com")
    cursor = door.get(limit=1)["next_cursor"]

    status, body = door.send("GET", "", query={"cursor": f"x{cursor}"})

    assert (status, body["details"]) == (400, {"fields": {"cursor": ["The cursor is not valid."]}})


@pytest.mark.parametrize(("query", "found"), [
    ({"status": "new"}, ["new"]),
    ({"status": "contacted"}, ["contacted"]),
    ({"status": "qualified"}, ["qualified"]),
    ({"status": "archived"}, ["put-away", "lost", "converted"]),
    ({"source": "referral"}, ["lost"]),
    ({"source": "Referral"}, []),
    ({"q": "globex JANE"}, ["contacted"]),
    ({"q": "nobody"}, []),
    ({"q": "cafe\u0301"}, ["new"]),
    ({"q": "acme.com", "status": "archived", "source": "referral"}, ["lost"]),
    ({"q": "%"}, []),
])  # fmt: skip
def test_filters_choose_what_they_say(door: Door, query: dict[str, str], found: list[str]) -> None:
    for status in WORDS:
        words = {"company": {"contacted": "Globex", "new": "Caf\u00e9"}.get(status, "")}
        door.lead(f"{status}@acme.com", status, channel="referral" if status == "lost" else "api", **words)
    put_away = door.lead("put-away@acme.com", "qualified")
    lifecycle.archive(door.account, [put_away.pk], actor=NOBODY)

    assert door.emails(**query) == [f"{name}@acme.com" for name in found]
    assert [row[1] for row in door.exported(**query)[1:]] == [f"{name}@acme.com" for name in found]


def test_the_deleted_and_those_of_other_accounts_are_not_listed(door: Door, places: Town) -> None:
    gone, _ = door.lead("gone@acme.com"), lead(places.acme.account, "theirs@acme.com")
    door.lead("here@acme.com")
    lifecycle.delete(door.account, [gone.pk], actor=NOBODY)

    assert door.emails() == ["here@acme.com"]
    assert [row[1] for row in door.exported()[1:]] == ["here@acme.com"]


# --- one lead ---


@pytest.mark.parametrize("shape", ["lead_{}", "{}"])
def test_a_lead_is_found_by_either_form_of_its_id(door: Door, shape: str) -> None:
    made = door.lead(message="Please call.")

    found = door.get(f"/{shape.format(str(made.uuid).upper())}".replace("LEAD_", "lead_"))

    assert found == wire.lead_answer(Lead.objects.get()) | {"message": "Please call.", "timeline": []}


@pytest.mark.parametrize("id", [
    "1", "lead_", "lead_1", "x" * 5000, "lead_550e8400e29b41d4a716446655440000", "exports",
    "lead_550e8400-e29b-41d4-a716-44665544000\u0660", "{550e8400-e29b-41d4-a716-446655440000}",
])  # fmt: skip
@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("PATCH", ""), ("POST", "/convert")])
def test_what_is_no_id_is_said_to_be_none(door: Door, id: str, method: str, path: str) -> None:
    status, body = door.send(method, f"/{id}{path}", None if method == "GET" else {})

    assert (status, body["code"]) == (400, "INVALID_ID")


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("PATCH", ""), ("POST", "/convert")])
def test_a_lead_that_is_missing_deleted_or_anothers_is_not_found(
    door: Door, places: Town, method: str, path: str
) -> None:
    gone, theirs = door.lead("gone@acme.com"), lead(places.acme.account, "theirs@acme.com")
    lifecycle.delete(door.account, [gone.pk], actor=NOBODY)
    before = list(Lead.objects.order_by("pk").values())

    for uuid in (uuid4(), gone.uuid, theirs.uuid):
        assert door.send(method, f"/lead_{uuid}{path}", None if method == "GET" else {}) == (404, MISSING)

    assert list(Lead.objects.order_by("pk").values()) == before


def test_the_timeline_tells_each_change_of_status_who_made_it_and_when(door: Door) -> None:
    made = door.lead()
    path = f"/{made.uuid}"
    moves = ["contacted", "archived", "qualified", "qualified", "new"]
    for minute, status in enumerate(moves):
        with time_machine.travel(f"2026-01-31T12:0{minute}:00Z", tick=False):
            door.send("PATCH", path, {"status": status, "company": f"Acme {minute}"})
    lifecycle.set_status(door.account, [made.pk], "lost", actor=NOBODY)
    lifecycle.set_status(door.account, [made.pk], "converted", actor=NOBODY)

    timeline = door.get(path)["timeline"]

    assert [(step["from"], step["to"]) for step in timeline] == [
        ("new", "contacted"), ("contacted", "archived"), ("archived", "qualified"), ("qualified", "new"),
        ("new", "archived"),
    ]  # fmt: skip
    assert [step["by"] for step in timeline] == ["admin@platform.test"] * 4 + [None]
    assert [step["at"] for step in timeline[:4]] == [f"2026-01-31T12:0{minute}:00Z" for minute in (0, 1, 2, 4)]


# --- changing ---


@pytest.mark.parametrize(("body", "after"), [
    ({}, {}),
    ({"email": " New@Acme.com "}, {"email": "New@Acme.com"}),
    ({"first_name": " Ann ", "last_name": "Roe"}, {"first_name": "Ann", "last_name": "Roe"}),
    (OTHERS, OTHERS),
    ({"company": None, "title": "", "industry": "  "}, {"company": None, "title": None, "industry": None}),
    ({"status": "contacted"}, {"status": "contacted"}),
    ({"status": "archived"}, {"status": "archived"}),
    ({"status": None}, {}),
    ({"status": ""}, {}),
    ({"id": "lead_1", "source": "x", "created_at": "x", "message": "x", "archived": True, "account_id": 2}, {}),
])  # fmt: skip
def test_a_patch_changes_what_it_names(door: Door, body: dict[str, Any], after: dict[str, Any]) -> None:
    made = door.lead(company="Acme", title="VP", industry="finance")
    before = door.get(f"/{made.uuid}")

    status, answer = door.send("PATCH", f"/{made.uuid}", body)

    expected = {name: before[name] for name in wire.FIELDS} | after
    assert (status, answer | {"updated_at": None}) == (200, expected | {"updated_at": None})
    assert {name: door.get(f"/{made.uuid}")[name] for name in wire.FIELDS} == answer


@pytest.mark.parametrize(("body", "field"), [
    ({"email": None}, "email"), ({"email": ""}, "email"), ({"email": "jane"}, "email"), ({"email": 1}, "email"),
    ({"first_name": ""}, "first_name"), ({"first_name": None}, "first_name"), ({"last_name": "  "}, "last_name"),
    ({"last_name": None}, "last_name"), ({"company": 1}, "company"), ({"title": "x" * 2001}, "title"),
    ({"status": "lost"}, "status"), ({"status": "converted"}, "status"), ({"status": 1}, "status"),
    ({"status": ["new"]}, "status"), ({"status": {}}, "status"),
])  # fmt: skip
def test_a_patch_that_cannot_be_used_names_its_fields_and_changes_nothing(
    door: Door, body: dict[str, Any], field: str
) -> None:
    made = door.lead(company="Acme")
    before = list(Lead.objects.values())

    status, answer = door.send("PATCH", f"/{made.uuid}", {"industry": "oil"} | body)

    assert (status, answer["code"], list(answer["details"]["fields"])) == (400, "INVALID_INPUT", [field])
    assert list(Lead.objects.values()) == before


@pytest.mark.parametrize("is_archived", [False, True])
@pytest.mark.parametrize("stored", WORDS)
@pytest.mark.parametrize("wanted", wire.STATUSES)
def test_any_move_is_possible_and_one_that_is_none_leaves_the_lead_alone(
    door: Door, stored: str, is_archived: bool, wanted: str
) -> None:
    made = door.lead(status=stored)
    if is_archived:
        lifecycle.archive(door.account, [made.pk], actor=NOBODY)
    shown = "archived" if is_archived else WORDS[stored]
    assert door.get(f"/{made.uuid}")["status"] == shown

    status, answer = door.send("PATCH", f"/{made.uuid}", {"status": wanted})

    after = Lead.objects.get()
    assert (status, answer["status"]) == (200, wanted)
    expected = (stored, is_archived) if shown == wanted else (stored, True) if wanted == "archived" else (wanted, False)
    assert (after.status, after.archived_at is not None) == expected


@pytest.mark.parametrize("fields", [
    {"company": "Acme", "status": "lost"}, {"first_name": "", "last_name": "", "email": "", "phone": "2065550142"},
    {"email": "n/a"},
])  # fmt: skip
def test_a_lead_sent_back_as_it_was_answered_changes_nothing(door: Door, fields: dict[str, str]) -> None:
    made = door.lead(**fields)
    before = list(Lead.objects.values())

    shown = door.get(f"/{made.uuid}")

    for body in (shown, {name: None if value == "" else value for name, value in shown.items()}):
        assert door.send("PATCH", f"/{made.uuid}", body)[0] == 200
    assert list(Lead.objects.values()) == before


def test_what_a_change_says_that_nobody_knows_is_kept(door: Door) -> None:
    made = door.lead()

    door.send("PATCH", f"/{made.uuid}", {"title": "CEO", "region": "west", "source": "x", "timeline": []})

    assert Lead.objects.get().extra == {"fields": {"region": "west"}}


# --- tenants ---


def test_a_qualified_lead_becomes_an_account_owned_by_its_contact(door: Door, places: Town) -> None:
    made = door.lead("Jane@Globex.com", "qualified", company="Globex")

    status, answer = door.send("POST", f"/{made.uuid}/convert")

    found = Account.objects.get(name="Globex")
    owner = User.objects.get(email="jane@globex.com")
    after = Lead.objects.get()
    assert (status, answer) == (201, {"lead": wire.lead_answer(after), "account_id": str(found.pk)})
    assert (after.status, after.application_id, answer["lead"]["status"]) == ("converted", str(found.pk), "archived")
    assert list(Membership.objects.filter(account=found).values_list("user", "role")) == [(owner.pk, Role.OWNER)]
    assert (owner.name, owner.has_usable_password(), owner.is_staff, owner.is_superuser) == (
        "Jane Doe", False, True, False,
    )  # fmt: skip


def test_what_a_conversion_makes_is_recorded_as_the_callers_doing(door: Door, places: Town) -> None:
    made = door.lead(status="qualified", company="Globex")

    _, answer = door.send("POST", f"/{made.uuid}/convert")

    entries = AuditEntry.objects.filter(account_id=answer["account_id"])
    told = {(entry.event, entry.content_type.model, entry.actor_email, entry.door) for entry in entries}
    assert told == {
        ("created", "account", "admin@platform.test", "platform"),
        ("created", "membership", "admin@platform.test", "platform"),
    }
    assert door.get(f"/{made.uuid}")["timeline"][-1] | {"at": ""} == {
        "from": "qualified", "to": "archived", "at": "", "by": "admin@platform.test",
    }  # fmt: skip


def test_somebody_who_has_a_log_in_keeps_it_and_becomes_owner(door: Door, places: Town) -> None:
    owner = places.acme.owner
    made = door.lead(owner.email.upper(), "qualified")

    status, answer = door.send("POST", f"/{made.uuid}/convert", {"account_name": " Acme West "})

    member = Membership.objects.get(account_id=answer["account_id"])
    assert (status, member.user, member.role, member.account.name) == (201, owner, Role.OWNER, "Acme West")
    assert User.objects.filter(email=owner.email).count() == 1


@pytest.mark.parametrize("status", [status for status in WORDS if status != "qualified"])
def test_a_lead_that_is_not_qualified_is_a_conflict(door: Door, status: str) -> None:
    made = door.lead(status=status, company="Globex")

    refused(door, made, 409, "CONFLICT")


def test_a_qualified_lead_in_the_archive_is_a_conflict(door: Door) -> None:
    made = door.lead(status="qualified", company="Globex")
    lifecycle.archive(door.account, [made.pk], actor=NOBODY)

    refused(door, made, 409, "CONFLICT")


@pytest.mark.parametrize("is_taken_back", [False, True])
def test_a_second_conversion_is_a_conflict_and_makes_nothing(door: Door, is_taken_back: bool) -> None:
    made = door.lead(status="qualified", company="Globex")
    door.send("POST", f"/{made.uuid}/convert")
    if is_taken_back:
        assert door.send("PATCH", f"/{made.uuid}", {"status": "qualified"})[1]["status"] == "qualified"

    refused(door, made, 409, "CONFLICT")


@pytest.mark.parametrize(("fields", "body", "field"), [
    ({}, {}, "account_name"),
    ({}, {"account_name": "  "}, "account_name"),
    ({}, {"account_name": None}, "account_name"),
    ({"company": "x" * 201}, {}, "account_name"),
    ({"company": "Globex"}, {"account_name": "x" * 201}, "account_name"),
    ({"company": "Globex"}, {"account_name": 1}, "account_name"),
    ({"company": "Globex", "email": "", "phone": "+14155550100"}, {}, "email"),
    ({"company": "Globex", "email": "jane"}, {}, "email"),
])  # fmt: skip
def test_without_a_name_or_an_e_mail_nothing_is_made(
    door: Door, fields: dict[str, Any], body: dict[str, Any], field: str
) -> None:
    made = door.lead(fields.pop("email", "jane@acme.com"), "qualified", **fields)

    answer = refused(door, made, 400, "INVALID_INPUT", body)

    assert list(answer["details"]["fields"]) == [field]


def test_a_person_who_is_shut_out_becomes_no_owner(door: Door, places: Town) -> None:
    made = door.lead(places.acme.owner.email, "qualified", company="Globex")
    User.objects.filter(pk=places.acme.owner.pk).update(is_active=False)

    refused(door, made, 409, "CONFLICT")


def refused(door: Door, made: Lead, status: int, code: str, body: Any = None) -> Any:
    tables: list[Any] = [Account, Membership, User, AuditEntry]
    before = [state(), list(Lead.objects.values()), *[table.objects.count() for table in tables]]

    answer = door.send("POST", f"/{made.uuid}/convert", body)

    assert (answer[0], answer[1]["code"]) == (status, code)
    assert [state(), list(Lead.objects.values()), *[table.objects.count() for table in tables]] == before
    return answer[1]


def test_a_repeat_with_its_idempotency_key_is_given_the_first_answer(door: Door) -> None:
    made = door.lead(status="qualified", company="Globex")

    first = door.send("POST", f"/{made.uuid}/convert", {}, Idempotency_Key="once")
    again = door.send("POST", f"/{made.uuid}/convert", {}, Idempotency_Key="once")

    assert (first[0], again) == (201, first)
    assert Account.objects.filter(name="Globex").count() == 1


# --- the export ---


def test_an_export_has_a_header_and_a_row_of_the_answers_fields_for_each_lead(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "ROWS", 2)
    made = [door.lead(f"p{number}@acme.com", company='Acme, "West"\nInc' if number else "") for number in range(5)]

    header, *rows = door.exported()

    assert header == list(wire.FIELDS) == list(wire.lead_answer(made[0]))
    answers = [wire.lead_answer(each) for each in Lead.objects.order_by("-pk")]
    assert rows == [[value or "" for value in answer.values()] for answer in answers]


def test_an_export_is_streamed_as_a_file(door: Door) -> None:
    answer: Any = door.client.get(f"{LEADS}/export/", headers=door.headers)

    assert (answer.status_code, answer.streaming) == (200, True)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="leads.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-RateLimit-Limit"] == "1000"


def test_each_page_of_an_export_is_one_query_that_asks_for_the_columns_it_writes(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "ROWS", 2)
    for number in range(5):
        door.lead(f"p{number}@acme.com")
    answer: Any = door.client.get(f"{LEADS}/export", headers=door.headers)
    with CaptureQueriesContext(connection) as queries:
        assert b"p4@acme.com" in b"".join(answer.streaming_content)

    assert len(queries) == 3
    assert all('"search"' not in query["sql"] and "OFFSET" not in query["sql"] for query in queries)


def test_an_export_that_the_database_cuts_short_says_so(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.lead()
    answer: Any = door.client.get(f"{LEADS}/export", headers=door.headers)

    def gone(*args: object, **kwargs: object) -> None:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(export, "page_of", gone)
    lines = iter(answer.streaming_content)

    assert next(lines).decode() == ",".join(wire.FIELDS) + "\r\n"
    assert next(lines).decode() == f"{export.INCOMPLETE}\r\n"
    with pytest.raises(OperationalError):
        next(lines)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(door: Door, text: str) -> None:
    door.lead(company=text, first_name=text, last_name=f"O{text}")

    [row] = door.exported()[1:]

    assert (row[2], row[3], row[4]) == (f"'{text}", f"O{text}", f"'{text}")


@pytest.mark.parametrize("text", ["\t=1", "\r=1", "=1", "x"])
def test_tabs_and_carriage_returns_count_as_beginnings_of_formulas(text: str) -> None:
    assert export.harmless(text) == (text if text == "x" else f"'{text}")


def test_an_export_is_kept_in_the_audit_with_its_filter_and_how_many_leads(door: Door) -> None:
    door.lead("a@acme.com", "qualified")
    door.lead("b@acme.com")

    door.exported(status="qualified", q="")

    entry = AuditEntry.objects.get(event="leads_exported")
    assert (entry.account, entry.content_type.model, entry.object_id) == (door.account, "account", door.account.pk)
    assert entry.additional_data == {"filter": {"status": "qualified"}, "leads": 1}
    assert (entry.actor_email, entry.door, entry.request_path) == (
        "admin@platform.test", "platform", f"{LEADS}/export",
    )  # fmt: skip


def test_asking_for_the_heads_of_an_export_takes_nothing_out(door: Door) -> None:
    door.lead()

    answer: Any = door.client.head(f"{LEADS}/export", headers=door.headers)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert b"".join(answer.streaming_content) == b""
    assert not AuditEntry.objects.filter(event="leads_exported").exists()


@pytest.mark.parametrize("query", [{"limit": "1"}, {"cursor": "x"}, {"status": "lost"}, {"page": "1"}])
def test_an_export_takes_the_lists_filters_and_nothing_else(door: Door, query: dict[str, str]) -> None:
    status, body = door.send("GET", "/export", query=query)

    assert (status, body["code"], list(body["details"]["fields"])) == (400, "INVALID_INPUT", list(query))
    assert not AuditEntry.objects.filter(event="leads_exported").exists()


# --- who may ---

CALLS = [("GET", ""), ("GET", "/export"), ("GET", "/{id}"), ("PATCH", "/{id}"), ("POST", "/{id}/convert"), ("POST", "")]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_only_a_platform_administrators_key_opens_the_door(door: Door, places: Town, method: str, path: str) -> None:
    made = door.lead(status="qualified", company="Globex")
    admin = platform_admin("was@platform.test")
    _, of_a_former_one = ApiKey.objects.issue(KeyKind.PLATFORM, user=admin)
    User.objects.filter(pk=admin.pk).update(is_platform_admin=False)
    before = [Account.objects.count(), list(Lead.objects.values())]

    answers = {}
    for name, secret in {
        "nobody": "", "account": places.acme.key, "user": places.acme.user_key, "session": places.acme.token,
        "former": of_a_former_one,
    }.items():  # fmt: skip
        door.headers = bearer(secret) if secret else {}
        status, body = door.send(method, path.format(id=made.uuid), None if method == "GET" else {})
        answers[name] = (status, body["code"])

    assert answers.pop("nobody") == (401, "UNAUTHORIZED")
    assert set(answers.values()) == {(403, "FORBIDDEN")}
    assert [Account.objects.count(), list(Lead.objects.values())] == before


@pytest.mark.parametrize(("method", "path"), [
    ("PUT", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/export"), ("PATCH", "/export"), ("DELETE", "/{id}"),
    ("PUT", "/{id}"), ("GET", "/{id}/convert"),
])  # fmt: skip
def test_another_method_is_refused_in_the_doors_words(door: Door, method: str, path: str) -> None:
    made = door.lead()

    status, body = door.send(method, path.format(id=made.uuid))

    assert (status, body["code"]) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(("policy", "company_after"), [("update", "Globex"), ("skip", None)])
def test_a_known_person_is_answered_with_the_lead_that_is_there(
    door: Door, policy: str, company_after: str | None
) -> None:
    Account.objects.filter(pk=door.account.pk).update(duplicate_policy=policy)
    body = {"email": "jane@acme.com", "first_name": "Jane", "last_name": "Doe"}
    _, first = door.send("POST", "", body)

    status, again = door.send("POST", "", body | {"company": "Globex"})

    assert (status, again["id"], again["company"]) == (200, first["id"], company_after)
    assert Lead.objects.count() == 1

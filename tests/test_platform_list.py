"""The platform's leads at its door: listed and read."""

from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actors import NOBODY
from intake.doors.platform import wire
from leads import lifecycle
from leads.models import Lead
from tests.doors import Town
from tests.people import lead
from tests.platformdoor import WORDS, Door, door

pytestmark = pytest.mark.django_db
__all__ = ["door"]

MISSING = {"code": "NOT_FOUND", "message": "lead not found", "http_status": 404}


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

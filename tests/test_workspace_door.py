"""The workspace's leads at its door: changed, deleted, known, and by whom."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.roles import Role
from intake.doors.workspace import deleting, wire
from intake.problems import problem_of
from leads.models import Lead
from leads.outcomes import DuplicateLead
from tests.doors import Town, bearer, state
from tests.people import lead, person
from tests.workspacedoor import LEADS, MISSING, NOWHERE, Door, door, key_of, refused

pytestmark = pytest.mark.django_db
__all__ = ["door"]


# --- a change ---


FULL = {
    "first_name": "Jane", "last_name": "Doe", "company": "Acme", "title": "CEO", "phone": "+1 206 555 0142",
    "linkedin_url": "https://linkedin.com/in/jane", "city": "Seattle", "state": "WA", "country": "US",
    "tags": ["vip"], "custom_fields": {"a": 1, "b": "two"},
}  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), [
    ({"firstName": " Eve "}, {"firstName": "Eve"}),
    ({"firstName": None}, {"firstName": None}),
    ({"lastName": "", "companyName": "", "jobTitle": None}, {"lastName": None, "companyName": None, "jobTitle": None}),
    ({"linkedinUrl": None, "city": "", "state": None, "country": None},
     {"linkedinUrl": None, "city": None, "state": None, "country": None}),
    ({"phone": "+1 206 555 0199"}, {"phoneNumber": "+1 206 555 0199"}),
    ({"phoneNumber": "+1 206 555 0199"}, {"phoneNumber": "+1 206 555 0199"}),
    ({"phone": "+1 206 555 0199", "phoneNumber": "+1 206 555 0142"}, {"phoneNumber": "+1 206 555 0199"}),
    ({"phone": None}, {"phoneNumber": None}),
    ({"tags": ["new", " new ", ""]}, {"tags": ["new"]}),
    ({"tags": []}, {"tags": []}),
    ({"tags": None}, {"tags": []}),
    ({"customFields": {"c": [3]}}, {"customFields": {"a": 1, "b": "two", "c": [3]}}),
    ({"customFields": {"a": None, "b": ""}}, {"customFields": {"b": ""}}),
    ({"customFields": {}}, {}),
    ({"customFields": None}, {"customFields": {}}),
    ({"email": "jane@acme.com"}, {}),
    ({"email": " JANE@ACME.com "}, {}),
    ({"_id": "x", "emailVerified": True, "userId": "x", "workspaceId": "x", "createdAt": 1, "updatedAt": 1}, {}),
    ({}, {}),
])  # fmt: skip
def test_a_change_changes_what_it_names_and_the_rest_stays(
    door: Door, body: dict[str, Any], expected: dict[str, Any]
) -> None:
    row = lead(door.account, "jane@acme.com", **FULL)
    before = door.send("GET", f"/{row.hex_id}")[1]["data"]

    after = door.changed(row, **body)

    assert after | {"updatedAt": ""} == before | expected | {"updatedAt": ""}
    assert (after["updatedAt"] != before["updatedAt"]) == bool(expected)
    assert door.send("GET", f"/{row.hex_id}")[1]["data"] == after


def test_a_lead_may_be_sent_back_as_it_was_answered(door: Door) -> None:
    row = lead(door.account, "Jane@acme.com", linkedin_url="linkedin.com/in/jane", **{
        name: value for name, value in FULL.items() if name != "linkedin_url"
    })  # fmt: skip
    before = door.send("GET", f"/{row.hex_id}")[1]["data"]

    assert door.changed(row, **before) == before
    assert AuditEntry.objects.filter(object_id=row.pk, event="lead_updated").count() == 0


def test_what_a_change_says_that_nobody_knows_is_kept(door: Door) -> None:
    row = lead(door.account, "jane@acme.com")

    door.changed(row, colour="red", firstName="Eve")

    assert Lead.objects.get(pk=row.pk).extra["fields"] == {"colour": "red"}


@pytest.mark.parametrize(("body", "message"), [
    ({"email": "other@acme.com", "firstName": "Eve"}, "The e-mail of a lead cannot be changed."),
    ({"email": None}, "The e-mail of a lead cannot be changed."),
    ({"email": ""}, "The e-mail of a lead cannot be changed."),
    ({"email": ["jane@acme.com"]}, "The e-mail of a lead cannot be changed."),
    ({"firstName": 5}, "firstName: Not a valid string."),
    ({"firstName": "x" * 2001}, "firstName: Ensure this field has no more than 2000 characters."),
    ({"linkedinUrl": "javascript:x"}, "linkedinUrl: Enter a valid URL, beginning with http:// or https://."),
    ({"tags": "vip"}, 'tags: Expected a list of items but got type "str".'),
    ({"tags": [str(n) for n in range(51)]}, "tags: At most 50 tags."),
    ({"customFields": "x"}, 'customFields: Expected a dictionary of items but got type "str".'),
    ({"customFields": {str(n): 1 for n in range(100)}}, "At most 100 custom fields and 65536 bytes in all."),
])  # fmt: skip
def test_a_change_that_cannot_be_made_is_refused_whole(door: Door, body: dict[str, Any], message: str) -> None:
    row = lead(door.account, "jane@acme.com", **FULL)
    before = door.send("GET", f"/{row.hex_id}"), AuditEntry.objects.count()

    answer = door.send("PATCH", f"/{row.hex_id}", body)

    assert answer == refused(message)
    assert (door.send("GET", f"/{row.hex_id}"), AuditEntry.objects.count()) == before


def test_a_change_is_recorded_as_the_callers(door: Door, places: Town) -> None:
    row = lead(door.account, "jane@acme.com", first_name="Jane")

    door.changed(row, firstName="Eve")

    entry = AuditEntry.objects.filter(object_id=row.pk).latest("pk")
    assert (entry.event, entry.door, entry.actor_email) == ("lead_updated", "workspace", "owner@acme.test")
    assert entry.changes == {"first_name": ["Jane", "Eve"]}


def test_a_change_with_an_idempotency_key_is_made_once(door: Door) -> None:
    row = lead(door.account, "jane@acme.com", first_name="Jane")
    first = door.send("PATCH", f"/{row.hex_id}", {"firstName": "Eve"}, Idempotency_Key="k")
    door.changed(row, firstName="Ada")

    again = door.send("PATCH", f"/{row.hex_id}", {"firstName": "Eve"}, Idempotency_Key="k")

    assert (again, Lead.objects.get(pk=row.pk).first_name) == (first, "Ada")


# --- deletion ---


def three(door: Door) -> list[Lead]:
    return [lead(door.account, f"{name}@acme.com", tags=[name]) for name in ("ada", "bob", "cid")]


def test_leads_are_deleted_by_their_ids_and_what_is_none_is_not_counted(door: Door, places: Town) -> None:
    ada, bob, cid = three(door)
    theirs = lead(places.initech.account, "theirs@initech.com", team_id=places.team.pk)
    ids = [ada.hex_id, cid.hex_id.upper(), ada.hex_id, theirs.hex_id, f"00000001{bob.hex_id[8:]}", NOWHERE, "x", ""]

    assert door.deleted(leadIds=ids) == 2
    assert door.deleted(leadIds=ids) == 0

    assert door.left() == ["bob@acme.com"]
    assert Lead.objects.get(pk=theirs.pk).deleted_at is None
    entry = AuditEntry.objects.filter(event="lead_deleted").latest("pk")
    assert (entry.object_id, entry.door, entry.actor_email) == (cid.pk, "workspace", "owner@acme.test")


@pytest.mark.parametrize(("body", "left"), [
    ({}, []),
    ({"leadIds": None, "filters": None, "excludeIds": None}, []),
    ({"excludeIds": []}, []),
    ({"excludeIds": ["<bob>", NOWHERE]}, ["bob@acme.com"]),
    ({"filters": {"search": "ada"}}, ["bob@acme.com", "cid@acme.com"]),
    ({"filters": {"tags": ["ada", "bob"], "hasPhone": False}, "excludeIds": ["<bob>"]},
     ["bob@acme.com", "cid@acme.com"]),
    ({"filters": {"search": "ada", "hasPhone": None, "tags": []}}, ["bob@acme.com", "cid@acme.com"]),
    ({"filters": {"emailVerified": True}}, ["ada@acme.com", "bob@acme.com", "cid@acme.com"]),
    ({"filters": {"hasCompany": False}}, []),
])  # fmt: skip
def test_all_leads_that_are_meant_are_deleted(
    door: Door, places: Town, body: dict[str, Any], left: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleting, "CHUNK", 2)
    bob = three(door)[1]
    theirs = lead(places.initech.account, "ada@initech.com", team_id=places.team.pk)
    if "<bob>" in (body.get("excludeIds") or []):
        body = body | {"excludeIds": [bob.hex_id, NOWHERE]}

    assert door.deleted(deleteAll=True, **body) == 3 - len(left)

    assert door.left() == left
    assert Lead.objects.get(pk=theirs.pk).deleted_at is None


EITHER = "Give either leadIds, or deleteAll as true."
WITH = "filters and excludeIds go with deleteAll."
NO_FILTER = "filters: Give at least one filter, or leave the filters out."


@pytest.mark.parametrize(("body", "message"), [
    (None, EITHER),
    ({}, EITHER),
    ({"deleteAll": False}, EITHER),
    ({"leadIds": None}, EITHER),
    ({"leadIds": ["<ada>"], "deleteAll": True}, EITHER),
    ({"leadIds": [], "deleteAll": True}, EITHER),
    ({"leadIds": ["<ada>"], "filters": {"search": "ada"}}, WITH),
    ({"leadIds": ["<ada>"], "excludeIds": [NOWHERE]}, WITH),
    ({"leadIds": "<ada>"}, 'leadIds: Expected a list of items but got type "str".'),
    ({"leadIds": [{}]}, "leadIds.0: Not a valid string."),
    ({"leadIds": [NOWHERE, 1, 2]}, "leadIds.1: Not a valid string."),
    ({"deleteAll": True, "excludeIds": [NOWHERE, "lead_1"]}, "excludeIds.1: This is no id: 24 hex digits."),
    ({"deleteAll": True, "excludeIds": ["", ""]}, "excludeIds.0: This is no id: 24 hex digits."),
    ({"deleteAll": True, "excludeIds": [1]}, "excludeIds.0: Not a valid string."),
    ({"leadIds": [NOWHERE] * 10_001}, "leadIds: At most 10000 ids."),
    ({"deleteAll": "true"}, "deleteAll: Must be true or false."),
    ({"deleteAll": 1}, "deleteAll: Must be true or false."),
    ({"deleteAll": True, "filter": {"search": "ada"}}, "filter: There is no such field."),
    ({"deleteAll": True, "filters": {"q": "ada"}}, "filters.q: There is no such field."),
    ({"deleteAll": True, "filters": {}}, NO_FILTER),
    ({"deleteAll": True, "filters": {"search": "", "tags": []}}, NO_FILTER),
    ({"deleteAll": True, "filters": {"search": "  "}}, "filters.search: This field may not be blank."),
    ({"deleteAll": True, "filters": {"hasPhone": "no"}}, "filters.hasPhone: Must be true or false."),
    ({"deleteAll": True, "filters": {"tags": "ada"}}, 'filters.tags: Expected a list of items but got type "str".'),
    ({"deleteAll": True, "filters": ["ada"]}, "filters: Must be an object."),
])  # fmt: skip
def test_a_deletion_that_is_not_clear_is_refused_and_deletes_nothing(door: Door, body: Any, message: str) -> None:
    ada = three(door)[0]
    if body and body.get("leadIds") == ["<ada>"]:
        body = body | {"leadIds": [ada.hex_id]}

    assert door.send("DELETE", body=body) == refused(message)
    assert len(door.left()) == 3


def test_more_than_can_be_deleted_at_once_is_refused_whole(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deleting, "MOST", 2)
    ada = three(door)[0]

    refusal = door.send("DELETE", body={"deleteAll": True})

    assert refusal == refused("More than 2 leads would be deleted. Narrow the filters.")
    assert len(door.left()) == 3
    assert door.deleted(deleteAll=True, excludeIds=[ada.hex_id]) == 2


def test_a_deleted_person_may_come_again(door: Door) -> None:
    ada = three(door)[0]
    door.deleted(leadIds=[ada.hex_id])

    assert door.send("POST", body={"email": "ada@acme.com"})[0] == 201
    assert door.send("GET", f"/{ada.hex_id}") == MISSING


# --- who may ---


WORKING = {Role.OWNER, Role.ADMIN, Role.MANAGER, Role.AGENT}
MANAGING = {Role.OWNER, Role.ADMIN, Role.MANAGER}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("method", "path", "body", "allowed", "status"), [
    ("GET", "", None, set(Role), 200),
    ("POST", "", {"email": "new@acme.com"}, WORKING, 201),
    ("DELETE", "", {"leadIds": ["<id>"]}, MANAGING, 200),
    ("DELETE", "", {"deleteAll": True}, MANAGING, 200),
    ("GET", "/<id>", None, set(Role), 200),
    ("PATCH", "/<id>", {"firstName": "Eve"}, WORKING, 200),
])  # fmt: skip
def test_each_role_may_what_the_table_says_and_a_refusal_changes_nothing(
    door: Door, role: Role, method: str, path: str, body: Any, allowed: set[Role], status: int
) -> None:
    user = person(f"one-{role}@acme.test", door.account, role)
    row = lead(door.account, "own@acme.com", assignee_email=user.email)
    door.headers = key_of(door.town, user)
    before = facts()
    if body and "leadIds" in body:
        body = {"leadIds": [row.hex_id]}

    answer = door.send(method, path.replace("<id>", row.hex_id), body)

    if role in allowed:
        assert answer[0] == status
    else:
        assert answer == refused("You do not have permission to do this.", 403, "Forbidden")
        assert facts() == before


def facts() -> list[Any]:
    return [list(Lead.objects.order_by("pk").values()), AuditEntry.objects.count(), *state()]


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("DELETE", {"deleteAll": True})])
def test_a_users_key_says_which_workspace_is_meant(door: Door, places: Town, method: str, body: Any) -> None:
    three(door)
    door.headers = bearer(places.acme.user_key)

    answers = [door.send(method, body=body), door.send(method, body=body, X_Workspace_Id=places.initech.account.hex_id)]

    assert [status for status, _ in answers] == [400, 403]
    assert len(door.left()) == 3


# --- known people ---


@pytest.mark.parametrize(("key", "what"), [("jane@acme.com", "email"), (None, "phone number")])
def test_the_conflict_says_by_what_the_person_is_known(key: str | None, what: str) -> None:
    problem = problem_of(DuplicateLead())
    problem.lead = Lead(pk=7, created_at=timezone.now(), email_key=key)

    status, body = wire.error(problem, path=LEADS, request_id="")

    assert (status, body["message"]) == (409, f"A lead with this {what} already exists in the workspace.")

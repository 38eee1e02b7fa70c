"""The platform's leads at its door: changed, made tenants of, and by whom."""

from typing import Any

import pytest

from accounts.actors import NOBODY
from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, AuditEntry, Membership, User
from accounts.roles import Role
from intake.doors.platform import wire
from leads import lifecycle
from leads.models import Lead
from tests.doors import Town, bearer, state
from tests.people import platform_admin
from tests.platformdoor import WORDS, Door, door

pytestmark = pytest.mark.django_db
__all__ = ["door"]

OTHERS = {"company": "Globex", "title": "CEO", "industry": "oil"}


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

"""One lead at the account door: read, changed, archived, converted, deleted, and what is told of it."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actors import NOBODY
from accounts.erasure import erase_entries
from accounts.models import AuditEntry
from accounts.roles import Role
from intake.models import IdempotentAnswer
from leads import lifecycle
from leads.assigning import assign
from leads.drafts import LeadDraft
from leads.models import Lead
from leads.trail import entries_of
from teams.models import Team
from tests.consoles import member
from tests.people import Company, arrive, lead, rotation, source
from tests.setup_calls import as_owner, ask, said

NOT_FOUND = (404, {"error": "lead not found"})
REFUSED = (403, {"error": "You do not have permission to do this."})
# Each verb with a body it takes.
VERBS: dict[str, tuple[str, str, Any]] = {
    "list": ("GET", "/leads", None),
    "retrieve": ("GET", "/leads/{id}", None),
    "create": ("POST", "/leads", {"firstName": "Ann", "lastName": "Roe"}),
    "change": ("PATCH", "/leads/{id}", {"company": "Globex"}),
    "archive": ("POST", "/leads/{id}/archive", None),
    "unarchive": ("DELETE", "/leads/{id}/archive", None),
    "convert": ("POST", "/leads/{id}/convert", {}),
    "delete": ("DELETE", "/leads/{id}", None),
    "give away": ("PATCH", "/leads/{id}", {"assignedTo": "rep2@acme.test"}),
    "give up": ("PATCH", "/leads/{id}", {"assignedTo": None}),
}
OF_ONE = [name for name, (_, path, _) in VERBS.items() if "{id}" in path]
AGENTS = {"list", "retrieve", "create", "change", "archive", "unarchive", "convert"}
ALLOWED: dict[Role, set[str]] = {
    Role.OWNER: set(VERBS), Role.ADMIN: set(VERBS), Role.MANAGER: set(VERBS), Role.AGENT: AGENTS,
    Role.VIEWER: {"list", "retrieve"},
}  # fmt: skip

pytestmark = pytest.mark.django_db


def created(company: Company, /, **fields: Any) -> Any:
    """A lead made at the door by the company's owner: it goes to the first rep."""
    status, made = said(as_owner(company, "POST", "/leads", {"firstName": "Jane", "lastName": "Doe"} | fields))
    assert status == 201, made
    return made


def changed(company: Company, id: int, body: Any) -> Any:
    status, answer = said(as_owner(company, "PATCH", f"/leads/{id}", body))
    assert status == 200, answer
    return answer


def log(answer: Any) -> list[tuple[str, Any]]:
    """Events and data, without why an owner was chosen."""
    quiet = {"routing", "cause", "note"}
    return [
        (each["event"], {name: value for name, value in each["data"].items() if name not in quiet})
        for each in answer["auditLog"]
    ]


def state() -> list[Any]:
    tables: list[Any] = [Lead, AuditEntry, IdempotentAnswer]
    return [list(table.objects.order_by("pk").values()) for table in tables]


# --- changing ---


def test_a_lead_sent_back_as_it_was_answered_changes_nothing(acme: Company) -> None:
    team = Team.objects.create(account=acme.account, name="West")
    rotation(acme.account, acme.reps[:1], team=team)
    vendor, _ = source(acme.account, acme.owner)
    whole = {"notes": " a\n", "lastContacted": "2026-01-31T12:00:00Z", "interestedInSwitching": False}
    made = created(acme, teamId=team.pk, leadSourceId=vendor.pk, **whole)
    lifecycle.contact(acme.account, [made["id"]], actor=NOBODY)
    assign(acme.account, [made["id"]], owner_id=acme.reps[1].pk, actor=NOBODY)
    Lead.objects.update(first_name="", number_of_employees=5)
    Team.objects.update(is_active=False)
    acme.reps[1].memberships.update(is_active=False)
    _, shown = said(as_owner(acme, "GET", f"/leads/{made['id']}"))
    before = state()

    assert changed(acme, made["id"], shown) == shown
    assert state() == before


@pytest.mark.parametrize("empty", [None, ""])
def test_null_and_empty_clear_what_is_optional(acme: Company, empty: Any) -> None:
    texts = ["phone", "company", "jobTitle", "branch", "source", "position", "location", "productsServicesSold",
             "currentPaymentProcessor", "processStage", "buyingRole", "notes", "imgSrc"]  # fmt: skip
    vendor, _ = source(acme.account, acme.owner)
    numbers = {"numberOfEmployees": 1, "monthlyTransactionVolume": 2, "interestedInSwitching": True}
    rest = {"email": "j@x.test", "leadSourceId": vendor.pk, "lastContacted": "2026-01-31T12:00:00Z", "archived": True}
    named = {"assignedTo": "rep3@acme.test", "createdBy": "a@x.test"}
    given = dict.fromkeys(texts, "x") | numbers | rest | named
    made = created(acme, **given)
    assert all(made[name] for name in given)

    answer = changed(acme, made["id"], dict.fromkeys(given, empty))

    assert {answer[name] for name in given} == {None, False}
    assert {name for name in given if answer[name] is False} == {"archived"}
    assert {event for event, _ in log(answer)} == {
        "lead_created", "lead_updated", "lead_unarchived", "lead_assigned",
    }  # fmt: skip


@pytest.mark.parametrize(("body", "message"), [
    ({"firstName": ""}, "firstName: This field may not be blank."),
    ({"lastName": None}, "lastName: This field may not be null."),
    ({"lastName": " \t"}, "lastName: This field may not be blank."),
    ({"numberOfEmployees": "5"}, "numberOfEmployees: A valid integer is required."),
    ({"numberOfEmployees": -1}, "numberOfEmployees: Ensure this value is greater than or equal to 0."),
    ({"archived": "true"}, "archived: Must be true or false."),
    ({"company": {}}, "company: Not a valid string."),
    ({"imgSrc": "javascript:alert(1)"}, "imgSrc: Must be an http or https URL, or a path."),
    ({"teamId": 10**15}, "team not found in this account"),
    ({"leadSourceId": 10**15}, "lead source not found in this account"),
    ({"assignedTo": "owner@globex.test"}, "assigned user is not an active member of this account"),
])  # fmt: skip
def test_a_change_that_cannot_be_is_refused_whole(acme: Company, globex: Company, body: Any, message: str) -> None:
    made = created(acme, company="Acme")
    before = state()

    answer = as_owner(acme, "PATCH", f"/leads/{made['id']}", {"jobTitle": "CEO"} | body)

    assert said(answer) == (400, {"error": message})
    assert state() == before


@pytest.mark.parametrize("places", ["teamId", "leadSourceId"])
def test_what_belongs_to_another_account_is_unknown(acme: Company, globex: Company, places: str) -> None:
    made = created(acme)
    theirs = {
        "teamId": Team.objects.create(account=globex.account, name="Theirs"),
        "leadSourceId": source(globex.account, globex.owner)[0],
    }

    status, _ = said(as_owner(acme, "PATCH", f"/leads/{made['id']}", {places: theirs[places].pk}))

    assert status == 400


def test_what_cannot_be_written_is_ignored_and_what_nobody_knows_is_kept(acme: Company) -> None:
    made = created(acme, shoeSize=44)
    read_only = {"id": 1, "accountId": "1", "createdAt": "x", "updatedAt": None, "auditLog": [], "applicationId": "a"}

    answer = changed(acme, made["id"], read_only | {"email": "j@x.test", "hat": {"size": 7}, "shoeSize": 45})

    assert {name: answer[name] for name in ("id", "accountId", "applicationId", "createdAt")} == {
        name: made[name] for name in ("id", "accountId", "applicationId", "createdAt")
    }
    assert log(answer)[1:] == [("lead_updated", {"email": [None, "j@x.test"]})]
    assert Lead.objects.get().extra == {"fields": {"shoeSize": 45, "hat": {"size": 7}}}


def test_each_thing_a_change_does_has_an_entry_in_the_doors_words(acme: Company) -> None:
    made = created(acme, company="Acme", lastContacted="2026-01-31T12:00:00Z")

    answer = changed(
        acme,
        made["id"],
        {"company": None, "jobTitle": "CEO", "archived": True, "assignedTo": "Rep2@acme.test"},
    )

    assert log(answer)[1:] == [
        ("lead_updated", {"company": ["Acme", None], "jobTitle": [None, "CEO"]}),
        ("lead_archived", {"archived": [False, True]}),
        ("lead_assigned", {"assignedTo": ["rep1@acme.test", "rep2@acme.test"]}),
    ]
    assert (answer["assignedTo"], answer["archived"], answer["company"]) == ("rep2@acme.test", True, None)
    assert answer["updatedAt"] > made["updatedAt"]


# --- archive, convert, delete ---


def test_to_archive_twice_is_to_archive_once(acme: Company) -> None:
    path = f"/leads/{created(acme)['id']}/archive"

    archived = [said(as_owner(acme, "POST", path)) for _ in range(2)]
    back = [said(as_owner(acme, "DELETE", path)) for _ in range(2)]

    assert archived[0] == archived[1]
    assert back[0] == back[1]
    assert [event for event, _ in log(back[1][1])] == ["lead_created", "lead_archived", "lead_unarchived"]
    assert (archived[0][1]["archived"], back[0][1]["archived"]) == (True, False)


@pytest.mark.parametrize(("body", "expected"), [
    ({"applicationId": " app-1 "}, "app-1"), ({"applicationId": ""}, None), ({"applicationId": None}, None),
    ({}, None), (None, None),
])  # fmt: skip
def test_a_lead_is_converted_once(acme: Company, body: Any, expected: str | None) -> None:
    path = f"/leads/{created(acme)['id']}/convert"

    status, answer = said(as_owner(acme, "POST", path, body))

    application = expected or str(Lead.objects.get().uuid)
    assert (status, answer["applicationId"]) == (200, application)
    assert log(answer)[-1] == (
        "lead_converted", {"status": ["new", "converted"], "applicationId": [None, application]},
    )  # fmt: skip
    assert said(as_owner(acme, "POST", path, body)) == (409, {"error": "the lead has been converted already"})
    assert Lead.objects.get().application_id == application


@pytest.mark.parametrize(("body", "message"), [
    ({"applicationId": 1}, "applicationId: Not a valid string."),
    ({"applicationId": "x" * 2001}, "applicationId: Ensure this field has no more than 2000 characters."),
])  # fmt: skip
def test_an_application_has_a_text_for_an_id(acme: Company, body: Any, message: str) -> None:
    path = f"/leads/{created(acme)['id']}/convert"

    assert said(as_owner(acme, "POST", path, body)) == (400, {"error": message})


@pytest.mark.parametrize(("method", "verb"), [("POST", "archive"), ("POST", "convert"), ("DELETE", "archive")])
def test_a_repeat_with_its_key_is_given_the_first_answer(acme: Company, method: str, verb: str) -> None:
    path = f"/leads/{created(acme)['id']}/{verb}"

    first, again = (as_owner(acme, method, path, Idempotency_Key="once") for _ in range(2))

    assert (first.status_code, again.content) == (200, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = as_owner(acme, method, path, {"applicationId": "x"}, Idempotency_Key="once")
    assert other.status_code == 422


def test_a_deleted_lead_is_answered_once_more_and_is_gone(acme: Company) -> None:
    made = created(acme)

    status, answer = said(as_owner(acme, "DELETE", f"/leads/{made['id']}"))

    assert (status, answer["id"], [event for event, _ in log(answer)]) == (
        200, made["id"], ["lead_created", "lead_deleted"],
    )  # fmt: skip
    for name in OF_ONE:
        method, path, body = VERBS[name]
        assert said(as_owner(acme, method, path.format(id=made["id"]), body)) == NOT_FOUND


# --- the audit log ---


def test_the_audit_log_tells_all_of_it_oldest_first(acme: Company) -> None:
    made = created(acme, email="j@x.test")
    arrive(acme.account, LeadDraft(email="j@x.test"))
    lifecycle.contact(acme.account, [made["id"]], actor=NOBODY)
    changed(acme, made["id"], {"company": "Globex"})

    _, shown = said(as_owner(acme, "GET", f"/leads/{made['id']}"))

    events = [entry["event"] for entry in shown["auditLog"]]
    assert events == ["lead_created", "lead_seen_again", "lead_contacted", "lead_updated"]
    assert shown["auditLog"][0] == made["auditLog"][0]
    assert [entry["id"] for entry in shown["auditLog"]] == sorted(entry["id"] for entry in shown["auditLog"])
    assert [entry["user"] for entry in shown["auditLog"]] == ["owner@acme.test", None, None, "owner@acme.test"]


def test_a_key_is_told_by_its_public_id(acme: Company) -> None:
    made = created(acme)
    changed_by_key = ask("PATCH", f"/leads/{made['id']}", {"notes": "x"}, by=acme.user_key, account=acme.account)

    _, shown = said(as_owner(acme, "GET", f"/leads/{made['id']}"))

    assert shown == said(changed_by_key)[1]
    assert [entry["apiKey"] for entry in shown["auditLog"]] == [None, acme.user_key[:16]]


def test_of_very_many_entries_the_latest_are_told(acme: Company) -> None:
    row = Lead.objects.get(pk=created(acme)["id"])
    for company in ("A", "B"):
        changed(acme, row.pk, {"company": company})

    assert [entry.event for entry in entries_of(row, most=2)] == ["lead_updated", "lead_updated"]
    assert [entry.changes["company"][1] for entry in entries_of(row, most=2)] == ["A", "B"]


def test_erased_entries_are_told_without_their_values(acme: Company) -> None:
    row = Lead.objects.get(pk=created(acme)["id"])
    erase_entries(row, actor=NOBODY)

    _, shown = said(as_owner(acme, "GET", f"/leads/{row.pk}"))

    assert (shown["auditLog"][0]["data"], shown["auditLog"][0]["requestHeaders"]) == ({}, {})


def test_where_others_asked_from_only_those_see_who_see_the_audit(acme: Company) -> None:
    made, [rep, *_] = created(acme), acme.reps
    path = f"/leads/{made['id']}"

    _, own = said(ask("PATCH", path, {"notes": "x"}, by=rep, account=acme.account))
    _, all_of_it = said(as_owner(acme, "GET", path))

    def origins(answer: Any) -> list[Any]:
        return [(bool(each["requestHeaders"]), each["requestIpAddress"]) for each in answer["auditLog"]]

    assert origins(own) == [(False, None), (True, "127.0.0.1")]
    assert origins(all_of_it) == [(True, "127.0.0.1"), (True, "127.0.0.1")]


def test_a_long_audit_log_costs_no_more_queries(acme: Company) -> None:
    made = created(acme)

    def queries() -> int:
        with CaptureQueriesContext(connection) as ran:
            as_owner(acme, "GET", f"/leads/{made['id']}")
        return len(ran)

    few = queries()
    for number in range(10):
        changed(acme, made["id"], {"company": str(number)})

    assert queries() == few <= 6


# --- who may ---


@pytest.mark.parametrize("name", VERBS)
@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_what_the_table_says_and_a_refusal_changes_nothing(acme: Company, role: Role, name: str) -> None:
    user = member(acme, role)
    made = lead(acme.account, "jane@example.com", assignee_email=user.email)
    method, path, body = VERBS[name]
    before = state()

    answer = ask(method, path.format(id=made.pk), body, by=user, account=acme.account)

    if name in ALLOWED[role]:
        assert answer.status_code == (201 if name == "create" else 200)
    else:
        assert said(answer) == REFUSED
        assert state() == before


@pytest.mark.parametrize("name", OF_ONE)
def test_a_lead_that_is_not_ones_own_is_not_there(acme: Company, globex: Company, name: str) -> None:
    made = lead(acme.account)
    theirs = lead(globex.account)
    method, path, body = VERBS[name]
    agent, owner = acme.reps[1], acme.token
    tried = {made.pk: (agent, acme), theirs.pk: (owner, acme), theirs.pk + 1000: (owner, acme)}
    before = state()

    for pk, (by, company) in tried.items():
        if name == "delete" and by is agent:
            continue
        assert said(ask(method, path.format(id=pk), body, by=by, account=company.account)) == NOT_FOUND
    assert state() == before


@pytest.mark.parametrize("id", ["0", "x", "-1", "1.0", "01", "9" * 20, str(2**63), "%D9%A1", "1%00", "intakes"])
def test_what_is_no_id_names_no_lead(acme: Company, id: str) -> None:
    for name in OF_ONE:
        method, path, body = VERBS[name]
        assert said(as_owner(acme, method, path.format(id=id), body)) == NOT_FOUND


def test_an_agent_may_name_himself_and_nobody_else(acme: Company) -> None:
    made, [rep, *_] = created(acme), acme.reps
    before = state()

    for email in ("rep2@acme.test", "nobody@x.test", "", None):
        answer = ask("PATCH", f"/leads/{made['id']}", {"assignedTo": email}, by=rep, account=acme.account)
        assert said(answer) == REFUSED
    assert state() == before
    for email in ("rep1@acme.test", "REP1@acme.test"):
        answer = ask("PATCH", f"/leads/{made['id']}", {"assignedTo": email}, by=rep, account=acme.account)
        assert (answer.status_code, log(said(answer)[1])[1:]) == (200, [])


def test_another_method_is_told_which_are_served(acme: Company) -> None:
    answer = as_owner(acme, "PUT", f"/leads/{created(acme)['id']}", {})

    assert said(answer) == (405, {"error": "This method is not served here."})
    assert set(answer.headers["Allow"].split(", ")) == {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH"}

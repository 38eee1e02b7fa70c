"""The account door's teams and lead sources."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, Membership
from accounts.roles import Role
from intake.models import IdempotentAnswer
from leads.models import Lead
from teams.models import LeadSource, LeadSourceTeam, Team, TeamMember
from tests.consoles import member
from tests.people import Company, source
from tests.setup_calls import as_owner, ask, entries, said

pytestmark = pytest.mark.django_db

REFUSED = {"error": "You do not have permission to do this."}


def team(company: Company, name: str = "Sales", **fields: Any) -> Team:
    return Team.objects.create(account=company.account, name=name, **fields)


def state() -> list[Any]:
    tables: list[Any] = [Team, TeamMember, LeadSource, LeadSourceTeam, AuditEntry, IdempotentAnswer]
    return [list(table.objects.order_by("pk").values()) for table in tables]


def emails(answer: dict[str, Any]) -> list[str]:
    return [person["email"] for person in answer["members"]]


# --- making and changing ---


def test_a_team_is_made_with_its_members(acme: Company) -> None:
    body = {"name": " Sales ", "members": ["Rep2@acme.test", "rep1@acme.test"], "unknown": 1, "active": None}

    status, made = said(as_owner(acme, "POST", "/teams", body))

    assert (status, made["name"], made["active"], made["createdBy"]) == (201, "Sales", True, "owner@acme.test")
    assert made["members"] == [
        {"userId": rep.pk, "email": rep.email, "name": rep.name} for rep in (acme.reps[1], acme.reps[0])
    ]
    assert said(as_owner(acme, "GET", f"/teams/{made['id']}")) == (200, made)
    assert entries(acme.account, "team") == [("created", "owner@acme.test", "account")]


def test_what_a_change_leaves_out_or_gives_as_null_stays(acme: Company) -> None:
    made = team(acme)
    TeamMember.objects.create(account=acme.account, team=made, user=acme.reps[0])

    status, changed = said(as_owner(acme, "PATCH", f"/teams/{made.pk}", {"active": False, "name": None}))

    assert (status, changed["name"], changed["active"]) == (200, "Sales", False)
    assert (emails(changed), changed["updatedBy"]) == (["rep1@acme.test"], "owner@acme.test")


def test_an_empty_change_writes_nothing(acme: Company) -> None:
    made = team(acme)
    before = state()

    status, answer = said(as_owner(acme, "PATCH", f"/teams/{made.pk}", {"createdAt": "2020-01-01T00:00:00Z"}))

    assert (status, answer["updatedBy"]) == (200, None)
    assert state() == before


def test_members_are_replaced_and_may_be_given_as_an_answer_shows_them(acme: Company) -> None:
    made = said(as_owner(acme, "POST", "/teams", {"name": "Sales", "members": ["rep1@acme.test", "rep2@acme.test"]}))[1]
    people = [made["members"][1], {"email": "rep3@acme.test"}]

    status, changed = said(as_owner(acme, "PATCH", f"/teams/{made['id']}", {"members": people}))

    assert (status, emails(changed)) == (200, ["rep2@acme.test", "rep3@acme.test"])
    assert said(as_owner(acme, "PATCH", f"/teams/{made['id']}", {"members": []}))[1]["members"] == []


def test_a_member_who_left_the_account_may_stay_and_not_be_added(acme: Company) -> None:
    made = said(as_owner(acme, "POST", "/teams", {"name": "Sales", "members": ["rep1@acme.test"]}))[1]
    Membership.objects.filter(user=acme.reps[0]).update(is_active=False)
    people = {"members": ["rep1@acme.test", "rep2@acme.test"]}

    assert emails(said(as_owner(acme, "PATCH", f"/teams/{made['id']}", people))[1]) == people["members"]
    assert said(as_owner(acme, "POST", "/teams", {"name": "Other"} | people)) == (
        400, {"error": "not an active member of this account: rep1@acme.test"},
    )  # fmt: skip


@pytest.mark.parametrize("path", ["/teams", "/lead-sources"])
def test_the_row_to_change_may_be_named_in_the_body(acme: Company, path: str) -> None:
    made = said(as_owner(acme, "POST", path, {"name": "One"}))[1]

    status, changed = said(as_owner(acme, "PATCH", path, {"id": made["id"], "name": "Two"}))

    assert (status, changed["id"], changed["name"]) == (200, made["id"], "Two")
    assert said(as_owner(acme, "PATCH", path, {"name": "Two"})) == (400, {"error": "id: This field is required."})


def test_a_source_is_for_some_teams_or_for_all(acme: Company) -> None:
    first, second = team(acme), team(acme, "Other", is_active=False)

    status, made = said(as_owner(acme, "POST", "/lead-sources", {"name": "Fair", "teamIds": [second.pk, first.pk]}))
    path = f"/lead-sources/{made['id']}"
    kept = said(as_owner(acme, "PATCH", path, {"teamIds": [second.pk]}))[1]
    freed = said(as_owner(acme, "PATCH", path, {"teamIds": [], "active": False}))[1]

    assert (status, made["teamIds"], made["accountId"]) == (201, [first.pk, second.pk], str(acme.account.pk))
    assert (kept["teamIds"], freed["teamIds"], freed["active"]) == ([second.pk], [], False)
    assert said(as_owner(acme, "GET", path)) == (200, freed)


# --- lists ---


@pytest.mark.parametrize(("query", "teams", "sources"), [
    ("", ["Now"], ["Now", "Once"]),
    ("?active=", ["Now"], ["Now", "Once"]),
    ("?active=true", ["Now"], ["Now"]),
    ("?active=false", ["Once"], ["Once"]),
    ("?active=False", ["Once"], ["Once"]),
    ("?active=all", ["Now", "Once"], ["Now", "Once"]),
])  # fmt: skip
def test_lists_show_the_accounts_own_by_activity(
    acme: Company, globex: Company, query: str, teams: list[str], sources: list[str]
) -> None:
    for account in (acme, globex):
        team(account, "Now")
        team(account, "Once", is_active=False)
        LeadSource.objects.create(account=account.account, name="Now")
        LeadSource.objects.create(account=account.account, name="Once", is_active=False)

    for path, expected in (("/teams", teams), ("/lead-sources", sources)):
        status, rows = said(as_owner(acme, "GET", path + query))
        assert (status, [row["name"] for row in rows]) == (200, expected)
        assert {row["accountId"] for row in rows} == {str(acme.account.pk)}


@pytest.mark.parametrize("path", ["/teams", "/lead-sources", "/lead-rotations"])
def test_a_list_asks_as_much_for_many_as_for_one(acme: Company, path: str) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert (
                as_owner(acme, "GET", f"{path}?{'status' if 'rotations' in path else 'active'}=all").status_code == 200
            )
        return len(queries)

    def more(number: int) -> None:
        made = said(as_owner(acme, "POST", "/teams", {"name": f"T{number}", "members": ["rep1@acme.test"]}))[1]
        as_owner(acme, "POST", "/lead-sources", {"name": "S", "teamIds": [made["id"]]})
        as_owner(acme, "POST", "/lead-rotations", {"teamId": made["id"], "userRotationArray": ["rep1@acme.test"]})

    more(1)
    one = asked()
    for number in range(2, 6):
        more(number)

    assert asked() == one


# --- what it means for leads ---


def test_a_lead_may_not_name_a_team_that_was_deactivated(acme: Company) -> None:
    made = said(as_owner(acme, "POST", "/teams", {"name": "Sales"}))[1]
    body = {"firstName": "Jane", "lastName": "Doe", "teamId": made["id"]}
    assert as_owner(acme, "POST", "/leads", body).status_code == 201

    as_owner(acme, "PATCH", f"/teams/{made['id']}", {"active": False})

    assert said(as_owner(acme, "POST", "/leads", body)) == (400, {"error": "team not found in this account"})
    assert Lead.objects.get().team_id == made["id"]


# --- refusals ---


@pytest.mark.parametrize(("method", "path", "body", "error"), [
    ("POST", "/teams", {}, "name: This field is required."),
    ("POST", "/teams", {"name": " "}, "name: This field may not be blank."),
    ("POST", "/teams", {"name": 1}, "name: Not a valid string."),
    ("POST", "/teams", {"name": "x" * 201}, "name: Ensure this field has no more than 200 characters."),
    ("POST", "/teams", {"name": "x", "active": "yes"}, "active: Must be true or false."),
    ("POST", "/teams", {"name": "x", "members": "rep1@acme.test"},
     'members: Expected a list of items but got type "str".'),
    ("POST", "/teams", {"name": "x", "members": [1]}, "members.0: Not a valid string."),
    ("POST", "/teams", {"name": "x", "members": [{}]}, "members.0: Not a valid string."),
    ("POST", "/teams", {"name": "x", "members": ["a@b.c", "A@b.c"]}, "members: a@b.c is named twice."),
    ("POST", "/teams", {"name": "x", "members": ["a"] * 1001}, "members: At most 1000."),
    ("POST", "/teams", {"name": "x", "members": ["owner@globex.test"]},
     "not an active member of this account: owner@globex.test"),
    ("PATCH", "/teams/<team>", {"name": " "}, "name: This field may not be blank."),
    ("PATCH", "/teams/<team>", {"members": ["x"], "active": False}, "not an active member of this account: x"),
    ("PATCH", "/teams", {"id": "1"}, "id: A valid integer is required."),
    ("POST", "/lead-sources", {"name": "x", "teamIds": 1}, 'teamIds: Expected a list of items but got type "int".'),
    ("POST", "/lead-sources", {"name": "x", "teamIds": [0]},
     "teamIds.0: Ensure this value is greater than or equal to 1."),
    ("POST", "/lead-sources", {"name": "x", "teamIds": ["<strange team>"]}, "team not found in this account"),
    ("PATCH", "/lead-sources/<source>", {"teamIds": [987654321]}, "team not found in this account"),
    ("GET", "/teams?active=yes", None, "active: This must be one of: true, false, all."),
    ("GET", "/teams?page=1", None, "page: There is no such parameter."),
    ("GET", "/teams/<team>?x=1", None, "x: There is no such parameter."),
])  # fmt: skip
def test_what_cannot_be_used_is_refused_and_changes_nothing(
    acme: Company, globex: Company, method: str, path: str, body: Any, error: str
) -> None:
    own, strange, made = team(acme), team(globex), source(acme.account, acme.owner)[0]
    path = path.replace("<team>", str(own.pk)).replace("<source>", str(made.pk))
    if body and body.get("teamIds") == ["<strange team>"]:
        body = body | {"teamIds": [strange.pk]}
    before = state()

    assert said(as_owner(acme, method, path, body)) == (400, {"error": error})
    assert state() == before


@pytest.mark.parametrize("id", ["<strange>", "0", "-1", "x", "01", "1.0", "9" * 19, "9" * 30, "\u0661"])
@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PATCH", {"name": "Mine"})])
@pytest.mark.parametrize(("path", "error"), [
    ("/teams", "team not found"), ("/lead-sources", "lead source not found"),
    ("/lead-rotations", "rotation not found"),
])  # fmt: skip
def test_what_is_not_the_accounts_is_not_found(
    acme: Company, globex: Company, id: str, method: str, body: Any, path: str, error: str
) -> None:
    strange = {
        "/teams": team(globex).pk,
        "/lead-sources": source(globex.account, globex.owner)[0].pk,
        "/lead-rotations": globex.account.rotations.get().pk,
    }
    before = state()

    assert said(as_owner(acme, method, f"{path}/{id.replace('<strange>', str(strange[path]))}", body)) == (
        404, {"error": error},
    )  # fmt: skip
    assert state() == before


VIEW = {Role.OWNER: 200, Role.ADMIN: 200, Role.MANAGER: 200, Role.AGENT: 200, Role.VIEWER: 200}
MAKE = {Role.OWNER: 201, Role.ADMIN: 201, Role.MANAGER: 201, Role.AGENT: 403, Role.VIEWER: 403}
CHANGE = {Role.OWNER: 200, Role.ADMIN: 200, Role.MANAGER: 200, Role.AGENT: 403, Role.VIEWER: 403}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("method", "path", "body", "statuses"), [
    ("GET", "/teams", None, VIEW),
    ("GET", "/teams/<team>", None, VIEW),
    ("POST", "/teams", {"name": "New"}, MAKE),
    ("PATCH", "/teams", {"id": "<team>", "name": "New"}, CHANGE),
    ("PATCH", "/teams/<team>", {"name": "New"}, CHANGE),
    ("GET", "/lead-sources", None, VIEW),
    ("GET", "/lead-sources/<source>", None, VIEW),
    ("POST", "/lead-sources", {"name": "New"}, MAKE),
    ("PATCH", "/lead-sources", {"id": "<source>", "name": "New"}, CHANGE),
    ("PATCH", "/lead-sources/<source>", {"name": "New"}, CHANGE),
])  # fmt: skip
def test_who_may(acme: Company, role: Role, method: str, path: str, body: Any, statuses: dict[Role, int]) -> None:
    ids = {"<team>": team(acme).pk, "<source>": source(acme.account, acme.owner)[0].pk}
    for mark, pk in ids.items():
        path = path.replace(mark, str(pk))
        body = body and {name: pk if value == mark else value for name, value in body.items()}
    user = member(acme, role)
    before = state()

    answer = ask(method, path, body, by=user, account=acme.account)

    assert answer.status_code == statuses[role]
    assert (state() == before) == (method == "GET" or statuses[role] == 403)
    if answer.status_code == 403:
        assert said(answer) == (403, REFUSED)


@pytest.mark.parametrize(("method", "path"), [("PUT", "/teams"), ("DELETE", "/teams"), ("POST", "/teams/1"),
                                              ("DELETE", "/lead-sources/1")])  # fmt: skip
def test_another_method_is_refused(acme: Company, method: str, path: str) -> None:
    assert said(as_owner(acme, method, path, {})) == (405, {"error": "This method is not served here."})


@pytest.mark.parametrize("path", ["/teams", "/lead-sources"])
def test_a_create_sent_twice_with_one_key_is_made_once(acme: Company, path: str) -> None:
    answers = [as_owner(acme, "POST", path, {"name": "One"}, Idempotency_Key="k") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    assert Team.objects.count() + LeadSource.objects.count() == 1
    assert as_owner(acme, "POST", path, {"name": "Two"}, Idempotency_Key="k").status_code == 422

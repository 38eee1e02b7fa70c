"""The account door's rotations."""

from typing import Any

import pytest

from accounts.models import AuditEntry, Membership
from accounts.roles import Role
from teams.models import Rotation, RotationMember, Team
from tests.consoles import member
from tests.people import Company, lead, rotation
from tests.setup_calls import as_owner, ask, entries, said

pytestmark = pytest.mark.django_db

R1, R2, R3 = (f"rep{number}@acme.test" for number in (1, 2, 3))


@pytest.fixture
def bare(acme: Company) -> Company:
    """Acme without a rotation."""
    RotationMember.objects.all().delete()
    Rotation.objects.all().delete()
    return acme


def team(company: Company, name: str = "Sales", **fields: Any) -> Team:
    return Team.objects.create(account=company.account, name=name, **fields)


def state() -> list[Any]:
    tables: list[Any] = [Rotation, RotationMember, Team, AuditEntry]
    return [list(table.objects.order_by("pk").values()) for table in tables]


def made_by(company: Company, **body: Any) -> dict[str, Any]:
    status, made = said(as_owner(company, "POST", "/lead-rotations", body))
    assert status == 201, made
    return dict(made)


# --- making and changing ---


def test_the_first_default_rotation_is_active_and_gives_leads_in_its_order(bare: Company) -> None:
    made = made_by(bare, userRotationArray=[R3, R1.upper()])

    assert (made["name"], made["status"], made["teamId"], made["team"]) == ("default", "active", None, None)
    assert (made["userRotationArray"], made["currentPosition"]) == ([R3, R1], 0)
    assert [lead(bare.account, f"{n}@x.test").owner for n in range(3)] == [bare.reps[2], bare.reps[0], bare.reps[2]]
    assert entries(bare.account, "rotation")[-1:] == [("created", "owner@acme.test", "account")]


def test_a_teams_rotation_has_its_name_and_shows_it(bare: Company) -> None:
    sales = team(bare)

    made = made_by(bare, teamId=sales.pk, userRotationArray=[R1])
    named = made_by(bare, teamId=sales.pk, name="Night")

    assert (made["name"], made["teamId"], made["status"]) == ("Sales", sales.pk, "active")
    assert made["team"] == said(as_owner(bare, "GET", f"/teams/{sales.pk}"))[1]
    assert (named["name"], named["status"], named["userRotationArray"]) == ("Night", "queued", [])


def test_the_position_is_of_whom_the_next_lead_goes_to(acme: Company) -> None:
    path = f"/lead-rotations/{acme.account.rotations.get().pk}"

    for number in range(7):
        shown = said(as_owner(acme, "GET", path))[1]
        owner = lead(acme.account, f"{number}@x.test").owner
        assert owner is not None
        assert shown["userRotationArray"][shown["currentPosition"]] == owner.email


def test_to_look_at_the_position_takes_no_turn(acme: Company) -> None:
    before = state()

    as_owner(acme, "GET", "/lead-rotations")

    assert state() == before


@pytest.mark.parametrize(("unable", "position"), [((), 0), ((0,), 1), ((0, 1), 2), ((0, 1, 2), 0)])
def test_the_position_leaves_out_who_cannot_unless_that_is_everybody(
    acme: Company, unable: tuple[int, ...], position: int
) -> None:
    for number in unable:
        RotationMember.objects.filter(user=acme.reps[number]).update(is_paused=True)

    assert said(as_owner(acme, "GET", "/lead-rotations"))[1][0]["currentPosition"] == position


def test_a_resting_rotation_keeps_its_position(acme: Company) -> None:
    path = f"/lead-rotations/{acme.account.rotations.get().pk}"
    lead(acme.account)

    answer = said(as_owner(acme, "PATCH", f"{path}/status", {"status": "archived"}))[1]

    assert (answer["status"], answer["currentPosition"]) == ("archived", 1)


def test_a_rotation_without_members_begins_at_0(bare: Company) -> None:
    assert made_by(bare)["currentPosition"] == 0


def test_who_stays_keeps_his_weight_and_his_turns(acme: Company) -> None:
    own = acme.account.rotations.get()
    RotationMember.objects.filter(user=acme.reps[1]).update(weight=3)
    lead(acme.account)
    passes = Rotation.objects.get().state["passes"]

    changed = said(as_owner(acme, "PATCH", f"/lead-rotations/{own.pk}", {"userRotationArray": [R2, R1]}))[1]

    assert (changed["userRotationArray"], changed["currentPosition"]) == ([R2, R1], 0)
    assert RotationMember.objects.get(user=acme.reps[1]).weight == 3
    assert Rotation.objects.get().state["passes"] == passes
    assert changed["updatedBy"] == "owner@acme.test"


def test_a_member_who_left_the_account_may_stay_and_not_be_added(acme: Company) -> None:
    path = f"/lead-rotations/{acme.account.rotations.get().pk}"
    Membership.objects.filter(user=acme.reps[0]).update(is_active=False)

    kept = as_owner(acme, "PATCH", path, {"userRotationArray": [R3, R1]})
    as_owner(acme, "PATCH", path, {"userRotationArray": [R3]})
    added = as_owner(acme, "PATCH", path, {"userRotationArray": [R3, R1]})

    assert said(kept)[1]["userRotationArray"] == [R3, R1]
    assert said(added) == (400, {"error": f"not an active member of this account: {R1}"})


def test_a_rotation_is_moved_to_another_team(bare: Company) -> None:
    made, sales = made_by(bare), team(bare)

    moved = said(as_owner(bare, "PATCH", f"/lead-rotations/{made['id']}", {"teamId": sales.pk, "name": "West"}))[1]

    assert (moved["teamId"], moved["name"], moved["team"]["name"]) == (sales.pk, "West", "Sales")


def test_one_that_was_renamed_elsewhere_is_the_default_on_this_wire(acme: Company) -> None:
    Rotation.objects.update(name="Everybody")

    assert said(as_owner(acme, "GET", "/lead-rotations"))[1][0]["name"] == "default"


# --- status ---


def test_an_archived_rotation_gives_way_to_the_one_queued_first(acme: Company) -> None:
    first = acme.account.rotations.get()
    second, third = made_by(acme, userRotationArray=[R2]), made_by(acme)
    assert (second["status"], third["status"]) == ("queued", "queued")

    status, answer = said(as_owner(acme, "PATCH", f"/lead-rotations/{first.pk}/status", {"status": "archived"}))

    assert (status, answer["status"]) == (200, "archived")
    stored = dict(Rotation.objects.values_list("pk", "status"))
    assert stored == {first.pk: "archived", second["id"]: "active", third["id"]: "queued"}
    assert lead(acme.account).owner == acme.reps[1]


@pytest.mark.parametrize("how", ["status", "change", "create"])
def test_a_second_active_one_is_a_conflict(acme: Company, how: str) -> None:
    second = made_by(acme)
    before = state()
    method, path = {
        "status": ("PATCH", f"/lead-rotations/{second['id']}/status"),
        "change": ("PATCH", f"/lead-rotations/{second['id']}"),
        "create": ("POST", "/lead-rotations"),
    }[how]

    answer = as_owner(acme, method, path, {"status": "active"})

    message = "The account has an active rotation already: default. Archive that one first, or queue this."
    assert said(answer) == (409, {"error": message})
    assert state() == before


@pytest.mark.parametrize(("query", "names"), [
    ("", ["A"]), ("?status=active", ["A"]), ("?status=queued", ["Q"]), ("?status=archived", ["X"]),
    ("?status=all", ["A", "Q", "X"]), ("?status=", ["A"]),
])  # fmt: skip
def test_the_list_shows_the_active_ones_unless_asked(
    bare: Company, globex: Company, query: str, names: list[str]
) -> None:
    sales = team(bare)
    for name, status in (("A", "active"), ("Q", "queued"), ("X", "archived")):
        made_by(bare, teamId=sales.pk, name=name, status=status)

    status, rows = said(as_owner(bare, "GET", f"/lead-rotations{query}"))

    assert (status, [row["name"] for row in rows]) == (200, names)


# --- refusals ---


@pytest.mark.parametrize(("method", "path", "body", "error"), [
    ("POST", "", {"name": "Night"}, "a rotation without a team is named default; another name needs a teamId"),
    ("PATCH", "/<own>", {"name": "Night"}, "a rotation without a team is named default; another name needs a teamId"),
    ("POST", "", {"teamId": "<strange team>"}, "team not found in this account"),
    ("POST", "", {"teamId": "<idle team>"}, "team not found in this account"),
    ("PATCH", "/<own>", {"teamId": "<idle team>"}, "team not found in this account"),
    ("POST", "", {"userRotationArray": ["owner@globex.test"]},
     "not an active member of this account: owner@globex.test"),
    ("POST", "", {"userRotationArray": [R1, R1]}, f"userRotationArray: {R1} is named twice."),
    ("PATCH", "/<own>", {"userRotationArray": [R1, "x"], "status": "archived"},
     "not an active member of this account: x"),
    ("PATCH", "/<own>/status", {"status": "on"}, "status: Must be one of: active, queued, archived."),
    ("PATCH", "/<own>/status", {}, "status: This field is required."),
    ("POST", "", {"status": 1}, "status: Must be one of: active, queued, archived."),
    ("GET", "?status=on", None, "status: This must be one of: active, queued, archived, all."),
])  # fmt: skip
def test_what_cannot_be_used_is_refused_and_changes_nothing(
    acme: Company, globex: Company, method: str, path: str, body: Any, error: str
) -> None:
    idle, strange = team(acme, is_active=False), team(globex)
    marks = {"<idle team>": idle.pk, "<strange team>": strange.pk}
    body = body and {name: marks.get(str(value), value) for name, value in body.items()}
    path = path.replace("<own>", str(acme.account.rotations.get().pk))
    before = state()

    assert said(as_owner(acme, method, f"/lead-rotations{path}", body)) == (400, {"error": error})
    assert state() == before


def test_another_accounts_rotation_is_not_found(acme: Company, globex: Company) -> None:
    strange = rotation(globex.account, [], team=team(globex))
    before = state()

    answer = as_owner(acme, "PATCH", f"/lead-rotations/{strange.pk}/status", {"status": "archived"})

    assert said(answer) == (404, {"error": "rotation not found"})
    assert state() == before


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("method", "path", "body", "allowed"), [
    ("GET", "", None, 200),
    ("GET", "/<own>", None, 200),
    ("POST", "", {}, 201),
    ("PATCH", "/<own>", {"userRotationArray": []}, 200),
    ("PATCH", "/<own>/status", {"status": "archived"}, 200),
])  # fmt: skip
def test_who_may(acme: Company, role: Role, method: str, path: str, body: Any, allowed: int) -> None:
    path = path.replace("<own>", str(acme.account.rotations.get().pk))
    user = member(acme, role)
    before = state()
    may = method == "GET" or role in (Role.OWNER, Role.ADMIN, Role.MANAGER)

    answer = ask(method, f"/lead-rotations{path}", body, by=user, account=acme.account)

    assert answer.status_code == (allowed if may else 403)
    assert (state() == before) == (method == "GET" or not may)


def test_a_create_sent_twice_with_one_key_is_made_once(bare: Company) -> None:
    answers = [as_owner(bare, "POST", "/lead-rotations", {}, Idempotency_Key="k") for _ in range(2)]

    assert answers[0].content == answers[1].content
    assert Rotation.objects.count() == 1

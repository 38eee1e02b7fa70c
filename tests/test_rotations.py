"""Rotations made and changed: one active for each team, the next in line, and members who keep what is theirs."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, Event
from teams.models import Rotation, RotationMember, RotationStatus, Team
from teams.rotations import (
    AnotherIsActive,
    NotAMember,
    create_rotation,
    members_by_email,
    save_rotation,
    set_members,
)
from tests.people import Company, lead
from tests.routings import fresh

pytestmark = pytest.mark.django_db
ACTIVE, QUEUED, ARCHIVED = RotationStatus.ACTIVE, RotationStatus.QUEUED, RotationStatus.ARCHIVED


@pytest.fixture
def west(acme: Company) -> Team:
    return Team.objects.create(account=acme.account, name="West")


def made(acme: Company, name: str, team: Team | None, **fields: object) -> Rotation:
    return create_rotation(acme.account, name=name, team=team, user_ids=[], by=acme.owner, **fields)


def set_status(rotation: Rotation, status: str) -> None:
    rotation.status = status
    with transaction.atomic():
        save_rotation(rotation, fields=["status"])


def statuses(acme: Company) -> dict[str, str]:
    return dict(Rotation.objects.for_account(acme.account).exclude(name="default").values_list("name", "status"))


# --- made ---


def test_the_first_of_a_team_is_active_and_the_next_are_queued(acme: Company, globex: Company, west: Team) -> None:
    for name in ("A", "B", "C"):
        made(acme, name, west)
    theirs = create_rotation(
        globex.account, name="T", team=None, user_ids=[globex.reps[0].pk], by=globex.owner, contact_minutes=5
    )

    assert statuses(acme) == {"A": ACTIVE, "B": QUEUED, "C": QUEUED}
    assert (theirs.status, theirs.contact_minutes, theirs.created_by) == (QUEUED, 5, globex.owner)


def test_its_members_take_turns_in_the_order_given(acme: Company, west: Team) -> None:
    ids = [acme.reps[2].pk, acme.owner.pk, acme.reps[2].pk]
    create_rotation(acme.account, name="A", team=west, user_ids=ids, by=acme.owner)

    leads = [lead(acme.account, f"p{number}@example.com", team_id=west.pk) for number in range(3)]

    assert [fresh(each).owner for each in leads] == [acme.reps[2], acme.owner, acme.reps[2]]


def test_a_second_active_one_is_refused(acme: Company, west: Team) -> None:
    made(acme, "A", west)

    with (
        pytest.raises(AnotherIsActive, match="The team West has an active rotation already: A") as refused,
        transaction.atomic(),
    ):
        made(acme, "B", west, status=ACTIVE)
    assert (refused.value.code, refused.value.field) == ("another_is_active", "status")
    with (
        pytest.raises(AnotherIsActive, match="The account has an active rotation already: default"),
        transaction.atomic(),
    ):
        made(acme, "D", None, status=ACTIVE)

    assert statuses(acme) == {"A": ACTIVE}


# --- taking over ---


@pytest.mark.parametrize("status", [ARCHIVED, QUEUED])
def test_the_one_queued_first_takes_over(acme: Company, west: Team, status: str) -> None:
    first = made(acme, "A", west)
    for name in ("B", "C"):
        made(acme, name, west)
    made(acme, "other", None)

    set_status(first, status)

    assert statuses(acme) == {"A": status, "B": ACTIVE, "C": QUEUED, "other": QUEUED}
    heir = Rotation.objects.get(name="B")
    entry = AuditEntry.objects.for_account(acme.account).filter(object_id=heir.pk, event=Event.UPDATED).latest("pk")
    assert entry.changes == {"status": ["queued", "active"]}


def test_one_that_goes_to_another_team_leaves_its_place_to_the_next(acme: Company, west: Team) -> None:
    east = Team.objects.create(account=acme.account, name="East")
    first = made(acme, "A", west)
    made(acme, "B", west)
    first.team = east

    save_rotation(first, fields=["team"])

    assert statuses(acme) == {"A": ACTIVE, "B": ACTIVE}
    assert {each.name: each.team for each in Rotation.objects.for_account(acme.account).active()} == {
        "default": None,
        "A": east,
        "B": west,
    }


def test_one_cannot_join_a_team_that_has_an_active_one(acme: Company, west: Team) -> None:
    east = Team.objects.create(account=acme.account, name="East")
    first = made(acme, "A", west)
    made(acme, "B", east)
    first.team = east

    with pytest.raises(AnotherIsActive), transaction.atomic():
        save_rotation(first, fields=["team"])

    assert Rotation.objects.get(name="A").team == west


def test_activating_a_second_is_refused_and_changes_nothing(acme: Company, west: Team) -> None:
    made(acme, "A", west)
    second = made(acme, "B", west)

    with pytest.raises(AnotherIsActive):
        set_status(second, ACTIVE)

    assert statuses(acme) == {"A": ACTIVE, "B": QUEUED}


def test_an_archived_one_comes_back_where_none_is_active(acme: Company, west: Team) -> None:
    first = made(acme, "A", west)
    set_status(first, ARCHIVED)

    set_status(first, ACTIVE)

    assert statuses(acme) == {"A": ACTIVE}


def test_one_that_changes_its_team_is_locked_with_all_it_concerns_by_one_statement(acme: Company, west: Team) -> None:
    """In the order of the intake, which may give leads by several of them at once."""
    east = Team.objects.create(account=acme.account, name="East")
    first, second = made(acme, "A", east), made(acme, "B", west)
    second.team = east
    second.status = QUEUED

    with CaptureQueriesContext(connection) as asked:
        save_rotation(second, fields=["team", "status"])

    assert [query["sql"].count("FOR NO KEY UPDATE") for query in asked if "FOR " in query["sql"]] == [1]
    assert statuses(acme) == {"A": ACTIVE, "B": QUEUED}
    assert set(Rotation.objects.filter(team=east)) == {first, second}


def test_other_fields_are_saved_without_touching_the_turns(acme: Company) -> None:
    default = Rotation.objects.get(account=acme.account)
    lead(acme.account)
    state = Rotation.objects.get(pk=default.pk).state
    default.name, default.state = "Sales", {}

    save_rotation(default, fields=["name", "state"])

    default.refresh_from_db()
    assert (default.name, default.state) == ("Sales", state)
    assert state["passes"] == {str(acme.reps[0].pk): 2**32}


# --- members ---


def test_who_stays_keeps_weight_cap_and_pause(acme: Company) -> None:
    default = Rotation.objects.get(account=acme.account)
    RotationMember.objects.filter(user=acme.reps[1]).update(weight=7, daily_cap=3, is_paused=True)
    before = RotationMember.objects.get(user=acme.reps[1]).pk

    set_members(default, [acme.owner.pk, acme.reps[1].pk, acme.owner.pk])

    places = [(each.user, each.position, each.weight, each.daily_cap, each.is_paused) for each in default.members.all()]
    assert places == [(acme.owner, 0, 1, None, False), (acme.reps[1], 1, 7, 3, True)]
    assert RotationMember.objects.get(user=acme.reps[1]).pk == before


def test_who_is_removed_and_added_again_gains_no_turn(acme: Company) -> None:
    default, ids = Rotation.objects.get(account=acme.account), [rep.pk for rep in acme.reps]
    first = lead(acme.account, "a@example.com")
    set_members(default, ids[1:])
    set_members(default, ids)

    later = [lead(acme.account, f"p{number}@example.com") for number in range(3)]

    assert fresh(first).owner == acme.reps[0]
    assert [fresh(each).owner for each in later] == [acme.reps[1], acme.reps[2], acme.reps[0]]


def test_members_are_named_by_email_in_order(acme: Company, globex: Company) -> None:
    named = members_by_email(acme.account, [" REP2@acme.test", "owner@acme.test"])

    assert named == [acme.reps[1].pk, acme.owner.pk]
    acme.reps[0].memberships.update(is_active=False)
    with pytest.raises(NotAMember, match=r"account: nobody@acme\.test, rep1@acme\.test, rep1@globex\.test$"):
        members_by_email(acme.account, ["rep1@acme.test", "rep1@globex.test", "nobody@acme.test", "rep2@acme.test"])

"""Rotations locked, and all that is read to choose from them: members, hours, days off, caps, fallback, deadline."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from accounts.models import Account, DayOff, Holiday
from leadhub.lib.errors import Unavailable
from leadhub.lib.transactions import TryAgain, run
from leads.drafts import LeadDraft
from teams import turns
from teams.members import set_membership, set_user_active
from teams.models import Rotation, RotationMember, Team
from teams.turns import LockedRotation, lock_rotations
from tests.people import Company, arrive, lead, rotation
from tests.routings import fresh, pause, reasons, routing, works

pytestmark = pytest.mark.django_db
# A Monday.
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OFFICE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def default_of(account: Account, at: datetime = NOON) -> LockedRotation:
    found = lock_rotations(account, teams=[None], at=at).by_team[None]
    assert found is not None
    return found


def left_out(account: Account, at: datetime = NOON) -> list[str]:
    return [member.left_out for member in default_of(account, at).members]


# --- which ---


def test_a_team_has_its_own_rotation_or_the_default_one(acme: Company) -> None:
    west, east = (Team.objects.create(account=acme.account, name=name) for name in ("West", "East"))
    default, own = Rotation.objects.get(account=acme.account), rotation(acme.account, acme.reps[:1], team=west)

    found = lock_rotations(acme.account, teams=[west.pk, east.pk, None])

    assert {team: each.id for team, each in found.by_team.items()} == {
        west.pk: own.pk,
        east.pk: default.pk,
        None: default.pk,
    }
    assert set(found.by_id) == {own.pk, default.pk}


def test_rotations_are_found_by_id_beside_those_of_teams(acme: Company, globex: Company) -> None:
    west = Team.objects.create(account=acme.account, name="West")
    default, own = Rotation.objects.get(account=acme.account), rotation(acme.account, acme.reps[:1], team=west)
    theirs = Rotation.objects.get(account=globex.account)
    old = Rotation.objects.create(account=acme.account, name="Old", status="archived")

    found = lock_rotations(acme.account, teams=[None], rotations=[own.pk, theirs.pk, old.pk])

    assert found.by_team.keys() == {None}
    assert found.by_id.keys() == {default.pk, own.pk}
    assert [[member.email for member in each.members] for each in found.by_id.values()] == [
        ["rep1@acme.test", "rep2@acme.test", "rep3@acme.test"],
        ["rep1@acme.test"],
    ]


def test_without_an_active_rotation_there_is_none(acme: Company) -> None:
    Rotation.objects.for_account(acme.account).update(status="queued")

    assert lock_rotations(acme.account, teams=[None, 1]).by_team == {}
    assert lock_rotations(acme.account).by_id == {}


def test_leads_that_no_rotation_gives_come_in_beside_those_of_a_team_that_has_one(acme: Company) -> None:
    Rotation.objects.update(status="archived")
    west = Team.objects.create(account=acme.account, name="West")
    east = Team.objects.create(account=acme.account, name="East")
    rotation(acme.account, acme.reps[:1], team=west)
    drafts = [LeadDraft(email=f"{team}@example.com", team_id=team) for team in (west.pk, east.pk, None)]

    outcomes = arrive(acme.account, *drafts)

    assert [outcome.owner_email for outcome in outcomes] == ["rep1@acme.test", None, None]


def test_a_rotation_that_was_exchanged_while_we_waited_is_asked_for_again(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the lock returns then is no row: the one that was waited for is no longer active."""
    monkeypatch.setattr(turns, "LOCK", turns.LOCK.replace("WHERE", "WHERE false AND", 1))

    with pytest.raises(TryAgain):
        lock_rotations(acme.account, teams=[None])


@pytest.mark.parametrize("count", [0, 1])
def test_a_team_s_new_rotation_is_not_passed_over_for_the_default_one(
    acme: Company, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """As when the team's rotation was exchanged while we waited, in a batch that needs the default one too."""
    west = Team.objects.create(account=acme.account, name="West")
    own = rotation(acme.account, acme.reps[:count], team=west)
    monkeypatch.setattr(turns, "LOCK", turns.LOCK.replace("WHERE", f"WHERE id <> {own.pk} AND", 1))

    with pytest.raises(TryAgain):
        lock_rotations(acme.account, teams=[west.pk, None])

    assert lock_rotations(acme.account, teams=[None]).by_team.keys() == {None}


# --- who may ---


def test_each_member_is_left_out_for_his_own_reason(acme: Company) -> None:
    pause(acme.reps[0])
    set_membership(acme.reps[1].memberships.get(), role="agent", is_active=False)
    set_user_active(acme.reps[2], False)

    held = lead(acme.account)

    assert reasons(held) == {"rep1": "paused", "rep2": "inactive", "rep3": "inactive"}
    assert routing(held)["reason"] == "nobody_eligible"


def test_who_is_back_in_his_team_takes_turns_again(acme: Company) -> None:
    membership = acme.reps[0].memberships.get()
    set_membership(membership, role="agent", is_active=False)
    set_membership(membership, role="agent", is_active=True)

    assert left_out(acme.account) == ["", "", ""]


def test_hours_are_those_of_the_account_s_zone_or_the_member_s_own(acme: Company) -> None:
    Account.objects.filter(pk=acme.account.pk).update(time_zone="America/New_York")
    works(acme.reps[0], OFFICE)
    works(acme.reps[1], OFFICE, time_zone="Europe/Berlin")
    works(acme.reps[2], OFFICE, time_zone="Asia/Tokyo")

    # New York 7:00, Berlin 13:00, Tokyo 21:00; then 10:00, 16:00, 0:00 on Tuesday.
    assert left_out(acme.account, NOON) == ["off hours", "", "off hours"]
    assert left_out(acme.account, NOON.replace(hour=15)) == ["", "", "off hours"]


def test_days_off_and_holidays_are_days_in_the_member_s_zone(acme: Company) -> None:
    works(acme.reps[0], None, time_zone="Pacific/Kiritimati")
    works(acme.reps[1], None, time_zone="Pacific/Niue")
    day = {"first_date": date(2026, 3, 3), "last_date": date(2026, 3, 3)}
    for user in acme.reps:
        DayOff.objects.create(account=acme.account, user=user, **day)
    Holiday.objects.create(account=acme.account, date=date(2026, 3, 4), name="Founders' day")

    # 14 hours ahead, 11 behind, and UTC.
    assert left_out(acme.account, datetime(2026, 3, 2, 10, tzinfo=UTC)) == ["day off", "", ""]
    assert left_out(acme.account, datetime(2026, 3, 3, 10, tzinfo=UTC)) == ["holiday", "", "day off"]
    assert left_out(acme.account, datetime(2026, 3, 4, 10, tzinfo=UTC)) == ["", "day off", "holiday"]
    assert left_out(acme.account, datetime(2026, 3, 5, 10, 59, tzinfo=UTC)) == ["", "holiday", ""]


def test_days_off_are_one_account_s_alone(acme: Company, globex: Company) -> None:
    Holiday.objects.create(account=globex.account, date=NOON.date(), name="Elsewhere")
    DayOff.objects.create(
        account=globex.account, user=globex.reps[0], first_date=date(2026, 1, 1), last_date=date(2026, 12, 31)
    )

    assert left_out(acme.account) == ["", "", ""]
    assert left_out(globex.account) == ["holiday"]


@pytest.mark.parametrize(
    ("at", "why"),
    [
        # New York's clocks go from 2:00 to 3:00 on 8 March 2026: 9:00 there is 14:00 UTC the day before, 13:00 then.
        (datetime(2026, 3, 7, 13, 30, tzinfo=UTC), "off hours"),
        (datetime(2026, 3, 7, 14, 0, tzinfo=UTC), ""),
        (datetime(2026, 3, 8, 12, 59, tzinfo=UTC), "off hours"),
        (datetime(2026, 3, 8, 13, 0, tzinfo=UTC), ""),
        (datetime(2026, 3, 8, 21, 0, tzinfo=UTC), "off hours"),
    ],
)
def test_hours_follow_the_clock_on_the_wall_when_it_is_changed(acme: Company, at: datetime, why: str) -> None:
    works(acme.reps[0], {"sat": [["09:00", "17:00"]], "sun": [["09:00", "17:00"]]}, time_zone="America/New_York")

    assert left_out(acme.account, at)[0] == why


def test_a_cap_counts_the_day_where_the_rep_is(acme: Company) -> None:
    RotationMember.objects.filter(user__in=acme.reps[1:]).delete()
    RotationMember.objects.filter(user=acme.reps[0]).update(daily_cap=2)
    works(acme.reps[0], None, time_zone="Asia/Tokyo")

    with time_machine.travel(datetime(2026, 3, 2, 14, 59, tzinfo=UTC), tick=False):
        today = arrive(acme.account, *(LeadDraft(email=f"{n}@example.com") for n in range(3)))
    with time_machine.travel(datetime(2026, 3, 2, 15, 0, tzinfo=UTC), tick=False):
        tomorrow = lead(acme.account)

    assert [outcome.owner_email for outcome in today] == ["rep1@acme.test", "rep1@acme.test", None]
    assert reasons(today[2].lead) == {"rep1": "cap 2/2"}  # type: ignore[arg-type]
    assert fresh(tomorrow).owner == acme.reps[0]


# --- fallback and deadline ---


def test_a_rotation_without_members_has_its_fallback_all_the_same(acme: Company) -> None:
    RotationMember.objects.for_account(acme.account).delete()
    Rotation.objects.for_account(acme.account).update(fallback=acme.owner)

    first = lead(acme.account)

    assert (routing(first)["reason"], fresh(first).owner) == ("fallback", acme.owner)


def test_the_fallback_gets_what_nobody_can_take_while_he_is_active(acme: Company) -> None:
    Rotation.objects.for_account(acme.account).update(fallback=acme.owner)
    for rep in acme.reps:
        pause(rep)
    boss, second = acme.owner.memberships.get(), lead(acme.account, "first@example.com")
    boss.user.memberships.update(is_active=False)

    held = lead(acme.account, "second@example.com")

    assert (routing(second)["reason"], fresh(second).owner) == ("fallback", acme.owner)
    assert (routing(held)["reason"], fresh(held).owner) == ("nobody_eligible", None)
    assert fresh(held).rotation == Rotation.objects.get(account=acme.account)


@time_machine.travel(datetime(2026, 3, 6, 16, 30, tzinfo=UTC), tick=False)
def test_the_time_to_first_contact_is_working_time(acme: Company) -> None:
    """Friday, half an hour before he goes home: 100 minutes end on Monday at 10:10, 70 of them at 9:40."""
    Rotation.objects.for_account(acme.account).update(contact_minutes=100)
    works(acme.reps[0], OFFICE)

    mine, other = lead(acme.account, "a@example.com"), lead(acme.account, "b@example.com")

    assert fresh(mine).remind_at == datetime(2026, 3, 9, 9, 40, tzinfo=UTC)
    assert fresh(mine).contact_due_at == datetime(2026, 3, 9, 10, 10, tzinfo=UTC)
    assert fresh(other).contact_due_at == datetime(2026, 3, 6, 18, 10, tzinfo=UTC)
    assert fresh(other).assigned_at == datetime(2026, 3, 6, 16, 30, tzinfo=UTC)


def test_without_minutes_or_a_turn_there_is_no_deadline(acme: Company) -> None:
    without = lead(acme.account, "a@example.com")
    Rotation.objects.for_account(acme.account).update(contact_minutes=100)
    named = lead(acme.account, "b@example.com", assignee_email="rep3@acme.test")

    assert (fresh(without).contact_due_at, fresh(without).remind_at) == (None, None)
    assert (fresh(named).contact_due_at, fresh(named).rotation) == (None, None)


# --- locks ---


def test_a_rotation_that_is_always_exchanged_says_that_it_is_busy(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LOCK", turns.LOCK.replace("WHERE", "WHERE false AND", 1))

    with pytest.raises(Unavailable):
        run_outermost(lambda: lock_rotations(acme.account, teams=[None]))


def run_outermost(work: Any) -> Any:
    return run(work)

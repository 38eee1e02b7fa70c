"""Leads that nobody could take: held with the reason, and given to the first who can, the oldest first."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.actors import NOBODY
from accounts.models import Account
from leadhub.lib.transactions import run
from leads import held as module
from leads.assigning import assign
from leads.drafts import LeadDraft
from leads.held import release, release_held
from leads.lifecycle import archive, delete, restore, set_status, unarchive
from leads.models import Lead
from teams.members import set_membership, set_user_active, set_working_time
from teams.models import Rotation, RotationMember, Team
from teams.places import Place, set_places
from teams.rotations import create_rotation, save_rotation, set_members
from tests.people import Company, arrive, lead, rotation
from tests.routings import fresh, given, pause, reasons, routing, sweeps, told, works

pytestmark = pytest.mark.django_db
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def default(acme: Company) -> Rotation:
    return Rotation.objects.get(account=acme.account)


def held(acme: Company, count: int = 1, **fields: Any) -> list[Lead]:
    """So many leads that come while everybody is paused."""
    for rep in acme.reps:
        pause(rep)
    leads = [lead(acme.account, f"p{number}@example.com", **fields) for number in range(count)]
    for rep in acme.reps:
        pause(rep, False)
    return leads


def owners(leads: list[Lead]) -> list[str | None]:
    found = [fresh(each).owner for each in leads]
    return [owner.email.partition("@")[0] if owner else None for owner in found]


# --- held ---


@pytest.mark.parametrize("status", ["lost", "converted"])
def test_a_lead_that_is_over_goes_to_nobody_and_is_held_again_when_it_is_taken_up(acme: Company, status: str) -> None:
    [spam, waiting] = held(acme, 2)
    set_status(acme.account, [spam.pk], status, actor=NOBODY)

    assert [fresh(each).is_held for each in (spam, waiting)] == [False, True]
    assert list(Lead.objects.for_account(acme.account).held()) == [waiting]
    assert release_held() == 1
    assert owners([spam, waiting]) == [None, "rep1"]

    set_status(acme.account, [spam.pk], "contacted", actor=NOBODY)
    assert release_held() == 1


def test_a_lead_nobody_can_take_is_held_with_the_reason(acme: Company, default: Rotation) -> None:
    [waiting] = held(acme)

    assert (fresh(waiting).owner, fresh(waiting).rotation, fresh(waiting).assigned_at) == (None, default, None)
    assert (routing(waiting)["reason"], routing(waiting)["owner"]) == ("nobody_eligible", None)
    assert reasons(waiting) == {"rep1": "paused", "rep2": "paused", "rep3": "paused"}
    assert list(Lead.objects.for_account(acme.account).held()) == [waiting]
    assert given(waiting) == []


def test_while_nobody_can_take_them_they_stay_as_they_are(acme: Company) -> None:
    leads = held(acme, 2)
    for rep in acme.reps:
        pause(rep)
    before = [fresh(each).updated_at for each in leads]

    assert release_held() == 0
    assert [fresh(each).updated_at for each in leads] == before
    assert [given(each) for each in leads] == [[], []]


# --- released ---


def test_they_are_released_oldest_first_and_in_turn(acme: Company, default: Rotation) -> None:
    leads = held(acme, 5)

    with time_machine.travel(MIDNIGHT, tick=False):
        assert release_held() == 5

    assert owners(leads) == ["rep1", "rep2", "rep3", "rep1", "rep2"]
    assert fresh(leads[0]).assigned_at == MIDNIGHT
    [entry] = given(leads[0])
    assert (entry.changes, entry.door, entry.actor) == ({"owner_email": [None, "rep1@acme.test"]}, "sweep", None)
    assert entry.additional_data["cause"] == "released"
    assert entry.additional_data["routing"]["rotation"] == {"id": default.pk, "name": "default"}
    assert told(acme.reps[0]) == [(leads[0].pk, "new_lead"), (leads[3].pk, "new_lead")]
    assert release_held() == 0


def test_the_turns_of_released_leads_count(acme: Company) -> None:
    held(acme, 2)
    release_held()

    assert owners([lead(acme.account)]) == ["rep3"]


def test_who_has_room_for_one_gets_the_oldest(acme: Company) -> None:
    leads = held(acme, 3)
    RotationMember.objects.filter(user=acme.reps[0]).update(daily_cap=1)
    pause(acme.reps[1])
    pause(acme.reps[2])

    assert release_held() == 1
    assert owners(leads) == ["rep1", None, None]


def test_they_are_released_batch_by_batch(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    leads = held(acme, 5)

    assert release_held() == 5
    assert owners(leads) == ["rep1", "rep2", "rep3", "rep1", "rep2"]


def test_the_clock_of_first_contact_starts_at_the_release(acme: Company) -> None:
    Rotation.objects.update(contact_minutes=10)
    [waiting] = held(acme)
    assert fresh(waiting).contact_due_at is None

    with time_machine.travel(MIDNIGHT, tick=False):
        release_held()

    assert fresh(waiting).remind_at == MIDNIGHT.replace(minute=7)
    assert fresh(waiting).contact_due_at == MIDNIGHT.replace(minute=10)


def test_twins_are_released_to_one_rep_and_spend_one_turn(acme: Company) -> None:
    [first] = held(acme)
    for rep in acme.reps:
        pause(rep)
    twin, other = lead(acme.account, "p0@example.com"), lead(acme.account, "other@example.com")
    for rep in acme.reps:
        pause(rep, False)

    release_held()

    assert owners([first, twin, other]) == ["rep1", "rep1", "rep2"]
    assert routing(twin)["reason"] == "known_person"


def test_a_held_duplicate_goes_to_the_rep_who_got_its_primary_by_hand(acme: Company) -> None:
    [first] = held(acme)
    for rep in acme.reps:
        pause(rep)
    twin = lead(acme.account, "p0@example.com")
    assign(acme.account, [first.pk], owner_id=acme.owner.pk, actor=NOBODY)

    release_held()

    assert owners([first, twin]) == ["owner", "owner"]


def test_the_fallback_gets_them_once_there_is_one(acme: Company, default: Rotation) -> None:
    leads = held(acme, 2)
    for rep in acme.reps:
        pause(rep)
    default.fallback = acme.owner
    save_rotation(default, fields=["fallback"])

    assert release_held() == 2
    assert owners(leads) == ["owner", "owner"]
    assert routing(leads[0])["reason"] == "fallback"


@pytest.mark.parametrize("verb", [archive, delete])
def test_what_is_archived_or_deleted_is_not_released_until_it_is_back(acme: Company, verb: Any) -> None:
    [waiting] = held(acme)
    verb(acme.account, [waiting.pk], actor=NOBODY)

    assert release_held() == 0
    assert owners([waiting]) == [None]

    back = unarchive if verb is archive else restore
    back(acme.account, [waiting.pk], actor=NOBODY)
    assert release_held() == 1


def test_a_suspended_account_s_leads_wait(acme: Company) -> None:
    leads = held(acme)
    Account.objects.update(suspended_at=timezone.now())

    assert release_held() == 0

    Account.objects.update(suspended_at=None)
    assert release_held() == 1
    assert owners(leads) == ["rep1"]


def test_one_account_s_can_be_released_alone(acme: Company, globex: Company) -> None:
    mine, theirs = held(acme), held(globex)

    assert release_held(acme.account) == 1
    assert (owners(mine), owners(theirs)) == (["rep1"], [None])


def test_what_was_taken_off_somebody_by_hand_is_not_held(acme: Company) -> None:
    [waiting] = held(acme)
    assign(acme.account, [waiting.pk], owner_id=None, actor=NOBODY, note="Not ours")

    assert release_held() == 0
    assert (fresh(waiting).owner, fresh(waiting).rotation) == (None, None)


# --- a rotation that is no longer active ---


def test_a_rotation_that_takes_over_takes_the_held_leads(acme: Company, default: Rotation) -> None:
    leads = held(acme, 2)
    heir = create_rotation(
        acme.account, name="Next", team=None, user_ids=[acme.reps[2].pk, acme.owner.pk], by=acme.owner
    )
    default.status = "archived"
    save_rotation(default, fields=["status"])

    assert release_held() == 2
    assert owners(leads) == ["rep3", "owner"]
    assert [fresh(each).rotation for each in leads] == [heir, heir]


def test_held_leads_wait_until_there_is_a_rotation_again(acme: Company, default: Rotation) -> None:
    """Archived first, then replaced: between the two nothing may be lost."""
    leads = held(acme, 2)
    default.status = "archived"
    save_rotation(default, fields=["status"])

    assert release_held() == 0
    assert [fresh(each).rotation for each in leads] == [default, default]

    create_rotation(acme.account, name="New", team=None, user_ids=[acme.reps[1].pk], by=acme.owner)
    assert release_held() == 2
    assert owners(leads) == ["rep2", "rep2"]


def test_held_leads_of_teams_that_have_a_rotation_do_not_wait_for_the_others(
    acme: Company, default: Rotation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 1)
    west = Team.objects.create(account=acme.account, name="West")
    [first, second] = held(acme, 2)
    Lead.objects.filter(pk=second.pk).update(team=west)
    default.status = "archived"
    save_rotation(default, fields=["status"])
    own = rotation(acme.account, [acme.reps[2]], team=west)

    assert release_held() == 1
    assert owners([first, second]) == [None, "rep3"]
    assert (fresh(first).rotation, fresh(second).rotation) == (default, own)


def test_a_rotation_archived_after_we_looked_keeps_its_leads(acme: Company, default: Rotation) -> None:
    [waiting] = held(acme)
    Rotation.objects.update(status="archived")

    assert run_here(lambda: release(acme.account, [waiting.pk], via=default.pk, actor=NOBODY)) == 0
    assert fresh(waiting).rotation == default


def run_here(work: Any) -> Any:
    return run(work)


# --- the change itself asks for the sweep ---


def unpause(acme: Company) -> None:
    places = [Place(rep.pk, is_paused=rep != acme.reps[0]) for rep in acme.reps]
    set_places(Rotation.objects.get(account=acme.account), places)


def activate(acme: Company) -> None:
    default = Rotation.objects.get(account=acme.account)
    default.status = "active"
    save_rotation(default, fields=["status"])


def add_a_member(acme: Company) -> None:
    ids = [rep.pk for rep in acme.reps]
    set_members(Rotation.objects.get(account=acme.account), [*ids, acme.owner.pk])


def change_hours(acme: Company) -> None:
    set_working_time(acme.reps[0].memberships.get(), time_zone="Europe/Berlin", working_hours={})


def set_a_fallback(acme: Company) -> None:
    default = Rotation.objects.get(account=acme.account)
    default.fallback = acme.owner
    save_rotation(default, fields=["fallback"])


def bring_back(acme: Company) -> None:
    set_membership(acme.reps[0].memberships.get(), role="agent", is_active=True)


def let_in(acme: Company) -> None:
    set_user_active(acme.reps[0], True)


def bring_back_the_fallback(acme: Company) -> None:
    Rotation.objects.update(fallback=acme.owner)
    set_membership(acme.owner.memberships.get(), role="owner", is_active=True)


def make_the_first(acme: Company) -> None:
    team = Team.objects.create(account=acme.account, name="New")
    create_rotation(acme.account, name="New", team=team, user_ids=[], by=acme.owner)


CHANGES = [
    unpause,
    activate,
    add_a_member,
    change_hours,
    set_a_fallback,
    bring_back,
    let_in,
    bring_back_the_fallback,
    make_the_first,
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_may_make_somebody_eligible_asks_for_the_sweep_once(
    acme: Company, change: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        change(acme)
        change_hours(acme)
        assert sweeps() == []

    assert sweeps() == ["sweep:release_held"]


def test_an_arrival_asks_for_no_sweep(acme: Company) -> None:
    works(acme.reps[0], None)
    arrive(acme.account, LeadDraft(email="jane@example.com"))

    assert sweeps() == []

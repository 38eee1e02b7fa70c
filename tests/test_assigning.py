"""Stored leads given to others: by hand, or by the rules and rotations again."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import transaction

from accounts.actors import NOBODY, Actor
from accounts.models import Event
from leads.assigning import NoSuchMember, assign, route
from leads.drafts import LeadDraft
from leads.lifecycle import archive, delete, restore
from leads.models import Lead
from teams.members import set_membership, set_user_active
from teams.models import Rotation, Team
from tests.people import Company, arrive, lead, rotation
from tests.routings import entries, fresh, given, pause, reasons, routing, told

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def actor(company: Company) -> Actor:
    return Actor(user_id=company.owner.pk, email=company.owner.email, door="console")


# --- by hand ---


def test_a_lead_given_by_hand_says_who_gave_it_and_why(acme: Company) -> None:
    made = lead(acme.account)

    moved = assign(acme.account, [made.pk], owner_id=acme.reps[1].pk, actor=actor(acme), note="Speaks German")

    assert moved == [made]
    assert fresh(made).owner == acme.reps[1]
    [entry] = given(made)
    assert (entry.actor, entry.door) == (acme.owner, "console")
    assert entry.changes == {"owner_email": ["rep1@acme.test", "rep2@acme.test"]}
    assert (entry.additional_data["cause"], entry.additional_data["note"]) == ("hand", "Speaks German")
    assert entry.additional_data["routing"] == {
        "reason": "hand",
        "owner": "rep2@acme.test",
        "rule": None,
        "rotation": None,
        "candidates": [],
    }
    assert told(acme.reps[1]) == [(made.pk, "new_lead")]


def test_many_are_given_at_once_but_those_he_has(acme: Company) -> None:
    leads = [lead(acme.account, f"p{number}@example.com") for number in range(4)]

    moved = assign(acme.account, [each.pk for each in leads], owner_id=acme.reps[0].pk, actor=NOBODY)

    assert [each.pk for each in moved] == [leads[1].pk, leads[2].pk]
    assert {fresh(each).owner for each in leads} == {acme.reps[0]}
    assert [len(given(each)) for each in leads] == [0, 1, 1, 0]


def test_a_lead_he_has_stays_in_its_rotation_s_care(acme: Company) -> None:
    Rotation.objects.update(contact_minutes=10)
    made = lead(acme.account)
    before = fresh(made)

    assert assign(acme.account, [made.pk], owner_id=acme.reps[0].pk, actor=NOBODY) == []
    assert (fresh(made).rotation, fresh(made).contact_due_at) == (before.rotation, before.contact_due_at)


def test_by_hand_ends_the_clock_and_the_rotation_s_care(acme: Company) -> None:
    Rotation.objects.update(contact_minutes=10)
    made = lead(acme.account)
    Lead.objects.filter(pk=made.pk).update(had_by=[acme.reps[2].pk])

    assign(acme.account, [made.pk], owner_id=acme.reps[1].pk, actor=NOBODY)

    kept = fresh(made)
    assert (kept.rotation, kept.remind_at, kept.contact_due_at, kept.had_by) == (None, None, None, [])


def test_by_hand_spends_no_turn(acme: Company) -> None:
    made = lead(acme.account, "a@example.com")
    assign(acme.account, [made.pk], owner_id=acme.reps[1].pk, actor=NOBODY)

    assert fresh(lead(acme.account, "b@example.com")).owner == acme.reps[1]


def test_a_lead_is_taken_off_its_owner(acme: Company) -> None:
    made = lead(acme.account)

    with time_machine.travel(NOON, tick=False):
        assign(acme.account, [made.pk], owner_id=None, actor=NOBODY, note="Left the company")

    kept = fresh(made)
    assert (kept.owner, kept.rotation, kept.assigned_at) == (None, None, None)
    assert given(made)[0].changes == {"owner_email": ["rep1@acme.test", None]}
    assert list(Lead.objects.for_account(acme.account).held()) == []
    assert assign(acme.account, [made.pk], owner_id=None, actor=NOBODY) == []


def out(company: Company, stranger: Company) -> int:
    set_membership(company.reps[2].memberships.get(), role="agent", is_active=False)
    return company.reps[2].pk


def shut_out(company: Company, stranger: Company) -> int:
    set_user_active(company.reps[2], False)
    return company.reps[2].pk


def elsewhere(company: Company, stranger: Company) -> int:
    return stranger.reps[0].pk


def nobody(company: Company, stranger: Company) -> int:
    return 987654321


@pytest.mark.parametrize("whom", [out, shut_out, elsewhere, nobody])
def test_who_is_no_active_member_gets_nothing_and_nothing_changes(acme: Company, globex: Company, whom: Any) -> None:
    leads = [lead(acme.account, f"p{number}@example.com") for number in range(2)]
    before = [fresh(each).owner for each in leads]

    with pytest.raises(NoSuchMember), transaction.atomic():
        assign(acme.account, [each.pk for each in leads], owner_id=whom(acme, globex), actor=NOBODY)

    assert [fresh(each).owner for each in leads] == before
    assert [given(each) for each in leads] == [[], []]


def test_other_accounts_leads_and_deleted_ones_stay_where_they_are(acme: Company, globex: Company) -> None:
    gone, theirs = lead(acme.account), lead(globex.account)
    delete(acme.account, [gone.pk], actor=NOBODY)

    assert assign(acme.account, [gone.pk, theirs.pk], owner_id=acme.owner.pk, actor=NOBODY) == []
    assert route(acme.account, [gone.pk, theirs.pk], actor=NOBODY) == []
    assert fresh(theirs).owner == globex.reps[0]


# --- by the rotation again ---


def test_a_lead_routed_again_goes_to_the_next_but_not_to_who_has_it(acme: Company) -> None:
    pause(acme.reps[1])
    pause(acme.reps[2])
    made = lead(acme.account)
    pause(acme.reps[2], False)

    moved = route(acme.account, [made.pk], actor=actor(acme), note="On holiday")

    assert moved == [made]
    assert fresh(made).owner == acme.reps[2]
    assert reasons(made) == {"rep1": "had it already", "rep2": "paused", "rep3": None}
    [entry] = given(made)
    assert (entry.additional_data["cause"], entry.additional_data["note"]) == ("routed", "On holiday")
    assert told(acme.reps[2]) == [(made.pk, "new_lead")]


def test_a_lead_only_its_owner_could_take_is_held(acme: Company) -> None:
    pause(acme.reps[1])
    pause(acme.reps[2])
    made = lead(acme.account)

    route(acme.account, [made.pk], actor=NOBODY)

    assert fresh(made).owner is None
    assert list(Lead.objects.for_account(acme.account).held()) == [made]
    assert given(made)[0].changes == {"owner_email": ["rep1@acme.test", None]}


def test_the_clock_starts_again_with_the_new_rep(acme: Company) -> None:
    Rotation.objects.update(contact_minutes=100)
    with time_machine.travel(NOON, tick=False):
        made = lead(acme.account)
    Lead.objects.filter(pk=made.pk).update(had_by=[acme.reps[2].pk])

    with time_machine.travel(NOON.replace(hour=13), tick=False):
        route(acme.account, [made.pk], actor=NOBODY)

    kept = fresh(made)
    assert kept.assigned_at == NOON.replace(hour=13)
    assert (kept.remind_at, kept.contact_due_at) == (
        NOON.replace(hour=14, minute=10),
        NOON.replace(hour=14, minute=40),
    )
    assert kept.had_by == []


def test_many_are_routed_in_turn(acme: Company) -> None:
    leads = [lead(acme.account, f"p{number}@example.com", assignee_email="owner@acme.test") for number in range(5)]

    route(acme.account, [each.pk for each in reversed(leads)], actor=NOBODY)

    emails = [fresh(each).owner.email for each in leads]  # type: ignore[union-attr]
    assert emails == [f"rep{number}@acme.test" for number in (1, 2, 3, 1, 2)]


def test_a_lead_goes_by_its_team_s_rotation(acme: Company) -> None:
    west = Team.objects.create(account=acme.account, name="West")
    made = lead(acme.account, team_id=west.pk)
    own = rotation(acme.account, [acme.owner], team=west)

    route(acme.account, [made.pk], actor=NOBODY)

    assert (fresh(made).owner, fresh(made).rotation) == (acme.owner, own)


def test_an_archived_lead_stays_with_its_owner(acme: Company) -> None:
    made = lead(acme.account)
    archive(acme.account, [made.pk], actor=NOBODY)

    assert route(acme.account, [made.pk], actor=NOBODY) == []
    assert fresh(made).owner == acme.reps[0]
    assert len(entries(made, Event.LEAD_CREATED, Event.LEAD_ASSIGNED)) == 1


# --- duplicates ---


def test_duplicates_routed_with_their_primary_follow_it(acme: Company) -> None:
    first, twin, other = arrive(
        acme.account, *(LeadDraft(email=f"{name}@example.com") for name in ("jane", "jane", "joe"))
    )
    leads = [outcome.lead for outcome in (first, twin, other) if outcome.lead]

    route(acme.account, [each.pk for each in leads], actor=NOBODY)

    owners = [fresh(each).owner for each in leads]
    assert owners == [acme.reps[2], acme.reps[2], acme.reps[0]]
    assert routing(leads[1])["reason"] == "known_person"


def test_a_duplicate_that_is_older_than_its_primary_follows_it_too(acme: Company) -> None:
    old = lead(acme.account)
    delete(acme.account, [old.pk], actor=NOBODY)
    new = lead(acme.account)
    restore(acme.account, [old.pk], actor=NOBODY)
    assign(acme.account, [old.pk, new.pk], owner_id=acme.owner.pk, actor=NOBODY)

    route(acme.account, [old.pk, new.pk], actor=NOBODY)

    assert fresh(old).duplicate_of == new
    assert [fresh(each).owner for each in (old, new)] == [acme.reps[2], acme.reps[2]]
    assert (routing(new)["reason"], routing(old)["reason"]) == ("rotation", "known_person")


def test_a_duplicate_routed_alone_goes_where_its_primary_is(acme: Company) -> None:
    first, twin = lead(acme.account), lead(acme.account)
    assign(acme.account, [twin.pk], owner_id=acme.owner.pk, actor=NOBODY)

    route(acme.account, [twin.pk], actor=NOBODY)

    assert fresh(twin).owner == fresh(first).owner == acme.reps[0]


def test_a_duplicate_that_is_to_leave_its_primary_s_rep_takes_a_turn(acme: Company) -> None:
    first, twin = lead(acme.account), lead(acme.account)

    route(acme.account, [twin.pk], actor=NOBODY)

    assert (fresh(first).owner, fresh(twin).owner) == (acme.reps[0], acme.reps[1])

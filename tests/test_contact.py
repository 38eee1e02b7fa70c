"""The clock of the first contact: reminders, leads passed on, and what stops it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.actors import NOBODY
from accounts.models import Account, Event
from leads import contact as module
from leads.assigning import assign, route
from leads.contact import pass_on_overdue, remind
from leads.drafts import LeadDraft
from leads.editing import edit
from leads.lifecycle import archive, contact, convert, delete, set_status, unarchive
from leads.models import Lead
from teams.members import set_membership
from teams.models import Rotation, RotationMember
from tests.people import Company, arrive, lead
from tests.routings import entries, fresh, given, pause, reasons, routing, told, works

pytestmark = pytest.mark.django_db
# A Monday; with 100 minutes, the reminder is due at 13:10 and the contact at 13:40.
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
REMINDED, OVER = NOON + timedelta(minutes=70), NOON + timedelta(minutes=100)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def rotation(acme: Company) -> Rotation:
    Rotation.objects.update(contact_minutes=100)
    return Rotation.objects.get(account=acme.account)


@pytest.fixture
def jane(acme: Company, rotation: Rotation) -> Lead:
    """A lead that the first rep got at noon."""
    return lead(acme.account)


def owner_of(waiting: Lead) -> str | None:
    owner = fresh(waiting).owner
    return owner.email.partition("@")[0] if owner else None


# --- reminded ---


def test_the_rep_is_reminded_once_when_most_of_the_time_is_over(acme: Company, jane: Lead, clock: Any) -> None:
    clock.move_to(REMINDED - timedelta(seconds=1))
    assert remind() == 0

    clock.move_to(REMINDED)
    assert [remind(), remind()] == [1, 0]

    assert told(acme.reps[0]) == [(jane.pk, "new_lead"), (jane.pk, "reminder")]
    [entry] = entries(jane, Event.LEAD_REMINDED)
    assert (entry.door, entry.actor, entry.changes) == ("sweep", None, None)
    assert (fresh(jane).remind_at, fresh(jane).contact_due_at) == (None, OVER)


def test_a_lead_that_went_to_somebody_else_meanwhile_is_not_reminded_of_too_early(
    acme: Company, jane: Lead, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found due, and passed on before it is locked: its new rep has all his time before him."""
    clock.move_to(REMINDED)
    later = REMINDED + timedelta(minutes=70)
    found = list(module.due("remind_at", REMINDED))
    monkeypatch.setattr(module, "due", lambda *_: found)
    Lead.objects.filter(pk=jane.pk).update(owner=acme.reps[1], remind_at=later)

    assert remind() == 0
    assert fresh(jane).remind_at == later


# --- passed on ---


def test_an_uncontacted_lead_goes_to_the_next_rep_when_the_time_is_over(
    acme: Company, jane: Lead, rotation: Rotation, clock: Any
) -> None:
    clock.move_to(OVER - timedelta(seconds=1))
    assert pass_on_overdue() == 0

    clock.move_to(OVER)
    assert [pass_on_overdue(), pass_on_overdue()] == [1, 0]

    kept = fresh(jane)
    assert (kept.owner, kept.rotation, kept.had_by) == (acme.reps[1], rotation, [acme.reps[0].pk])
    assert (kept.assigned_at, kept.remind_at) == (OVER, OVER + timedelta(minutes=70))
    assert kept.contact_due_at == OVER + timedelta(minutes=100)
    [entry] = given(jane)
    assert entry.changes == {"owner_email": ["rep1@acme.test", "rep2@acme.test"]}
    assert (entry.additional_data["cause"], entry.door) == ("contact_overdue", "sweep")
    assert reasons(jane) == {"rep1": "had it already", "rep2": None, "rep3": None}
    assert told(acme.reps[0]) == [(jane.pk, "new_lead"), (jane.pk, "taken")]
    assert told(acme.reps[1]) == [(jane.pk, "new_lead")]


def test_only_working_time_counts(acme: Company, rotation: Rotation, clock: Any) -> None:
    """Given at noon to one who works from one to two: an hour today, and 40 minutes tomorrow."""
    works(acme.reps[0], {day: [["12:00", "13:00"]] for day in ("mon", "tue")})
    waiting = lead(acme.account)
    tomorrow = NOON + timedelta(days=1)

    assert fresh(waiting).remind_at == tomorrow + timedelta(minutes=10)
    clock.move_to(tomorrow + timedelta(minutes=39))
    assert pass_on_overdue() == 0
    clock.move_to(tomorrow + timedelta(minutes=40))
    assert pass_on_overdue() == 1


def hop(clock: Any, waiting: Lead) -> str | None:
    due = fresh(waiting).contact_due_at
    if due:
        clock.move_to(due)
    pass_on_overdue()
    return owner_of(waiting)


def test_it_is_passed_on_so_often_and_then_goes_to_the_fallback(acme: Company, jane: Lead, clock: Any) -> None:
    Rotation.objects.update(max_hops=1, fallback=acme.owner)

    assert [hop(clock, jane) for _ in range(3)] == ["rep2", "owner", "owner"]

    kept = fresh(jane)
    assert (kept.remind_at, kept.contact_due_at) == (None, None)
    assert kept.had_by == [acme.reps[0].pk, acme.reps[1].pk]
    assert (routing(jane)["reason"], len(given(jane))) == ("fallback", 2)


def test_without_a_fallback_it_stays_with_the_last_rep(acme: Company, jane: Lead, clock: Any) -> None:
    Rotation.objects.update(max_hops=1)

    assert [hop(clock, jane) for _ in range(3)] == ["rep2", "rep2", "rep2"]
    assert fresh(jane).contact_due_at is None
    assert len(given(jane)) == 1


def test_a_fallback_who_let_the_time_pass_does_not_get_it_back(acme: Company, jane: Lead, clock: Any) -> None:
    Rotation.objects.update(max_hops=0, fallback=acme.reps[0])

    assert hop(clock, jane) == "rep1"
    assert (fresh(jane).contact_due_at, given(jane)) == (None, [])


def test_nobody_gets_it_twice(acme: Company, jane: Lead, clock: Any) -> None:
    Rotation.objects.update(max_hops=20, fallback=acme.owner)

    assert [hop(clock, jane) for _ in range(4)] == ["rep2", "rep3", "owner", "owner"]


def test_while_nobody_else_can_take_it_it_stays_and_is_looked_at_later(acme: Company, jane: Lead, clock: Any) -> None:
    pause(acme.reps[1])
    pause(acme.reps[2])
    clock.move_to(OVER)

    assert pass_on_overdue() == 0
    assert (owner_of(jane), fresh(jane).contact_due_at) == ("rep1", OVER + timedelta(minutes=15))
    assert (fresh(jane).had_by, given(jane)) == ([], [])

    pause(acme.reps[2], False)
    assert pass_on_overdue() == 0
    clock.move_to(OVER + timedelta(minutes=15))
    assert pass_on_overdue() == 1
    assert (owner_of(jane), fresh(jane).had_by) == ("rep3", [acme.reps[0].pk])


def test_a_lead_whose_rep_left_is_passed_on_too(acme: Company, jane: Lead, clock: Any) -> None:
    set_membership(acme.reps[0].memberships.get(), role="agent", is_active=False)
    clock.move_to(OVER)

    assert pass_on_overdue() == 1
    assert owner_of(jane) == "rep2"


def test_passing_on_takes_turns(acme: Company, jane: Lead, clock: Any) -> None:
    clock.move_to(OVER)
    pass_on_overdue()

    assert owner_of(lead(acme.account, "next@example.com")) == "rep3"


def test_a_rotation_that_is_archived_lets_its_leads_be(acme: Company, jane: Lead, clock: Any) -> None:
    Rotation.objects.update(status="archived")
    clock.move_to(OVER)

    assert pass_on_overdue() == 0
    assert (owner_of(jane), fresh(jane).contact_due_at) == ("rep1", None)


def test_a_suspended_account_s_clocks_wait(acme: Company, jane: Lead, clock: Any) -> None:
    Account.objects.update(suspended_at=NOON)
    clock.move_to(OVER)
    assert [remind(), pass_on_overdue()] == [0, 0]

    Account.objects.update(suspended_at=None)
    assert [remind(), pass_on_overdue()] == [1, 1]


def test_accounts_are_passed_on_each_by_its_own(acme: Company, globex: Company, clock: Any) -> None:
    Rotation.objects.update(contact_minutes=100)
    RotationMember.objects.create(
        account=globex.account, rotation=Rotation.objects.get(account=globex.account), user=globex.owner, position=1
    )
    mine, theirs = lead(acme.account), lead(globex.account)
    clock.move_to(OVER)

    assert pass_on_overdue() == 2
    assert [owner_of(mine), owner_of(theirs)] == ["rep2", "owner"]


def test_one_round_deals_with_all_that_are_due_whatever_fails(
    acme: Company, jane: Lead, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(account: Account, ids: list[int], **options: Any) -> int:
        assert ids != [jane.pk]
        return pass_on(account, ids, **options)

    pass_on = module.pass_on
    monkeypatch.setattr(module, "BATCH", 1)
    others = [lead(acme.account, f"{number}@example.com") for number in range(3)]
    clock.move_to(OVER)

    assert remind() == 4
    monkeypatch.setattr(module, "pass_on", failing)
    with pytest.raises(AssertionError):
        pass_on_overdue()

    assert [len(fresh(each).had_by) for each in (jane, *others)] == [0, 1, 1, 1]


# --- stopped ---


def say_so(acme: Company, waiting: Lead) -> None:
    contact(acme.account, [waiting.pk], actor=NOBODY)


def move_on(acme: Company, waiting: Lead) -> None:
    set_status(acme.account, [waiting.pk], "qualified", actor=NOBODY)


def win(acme: Company, waiting: Lead) -> None:
    convert(acme.account, waiting.pk, application_id="A-1", actor=NOBODY)


def fill_in(acme: Company, waiting: Lead) -> None:
    edit(acme.account, waiting.pk, {"last_contacted_at": NOON}, actor=NOBODY)


def edit_status(acme: Company, waiting: Lead) -> None:
    edit(acme.account, waiting.pk, {"status": "contacted"}, actor=NOBODY)


def say_so_by_coming_again(acme: Company, waiting: Lead) -> None:
    acme.account.duplicate_policy = "update"
    arrive(acme.account, LeadDraft(email=waiting.email, last_contacted_at=NOON))


@pytest.mark.parametrize("do", [say_so, move_on, win, fill_in, edit_status, say_so_by_coming_again])
def test_any_contact_stops_the_clock(acme: Company, jane: Lead, clock: Any, do: Any) -> None:
    do(acme, jane)

    kept = fresh(jane)
    assert (kept.first_contacted_at is None, kept.remind_at, kept.contact_due_at) == (False, None, None)
    clock.move_to(OVER)
    assert [remind(), pass_on_overdue()] == [0, 0]
    assert owner_of(jane) == "rep1"


def test_no_clock_begins_for_the_next_rep_of_a_lead_that_was_contacted(acme: Company, jane: Lead) -> None:
    contact(acme.account, [jane.pk], actor=NOBODY)

    route(acme.account, [jane.pk], actor=NOBODY)

    assert (owner_of(jane), fresh(jane).remind_at, fresh(jane).contact_due_at) == ("rep2", None, None)


@pytest.mark.usefixtures("rotation")
def test_no_clock_begins_for_a_lead_that_comes_with_its_last_contact(acme: Company, clock: Any) -> None:
    spoken_to = lead(acme.account, last_contacted_at=NOON - timedelta(days=1))

    assert (owner_of(spoken_to), fresh(spoken_to).remind_at, fresh(spoken_to).contact_due_at) == ("rep1", None, None)
    clock.move_to(OVER)
    assert [remind(), pass_on_overdue()] == [0, 0]


@pytest.mark.usefixtures("rotation")
def test_no_clock_begins_for_the_next_rep_of_a_lead_that_came_with_its_last_contact(acme: Company) -> None:
    spoken_to = lead(acme.account, last_contacted_at=NOON - timedelta(days=1))

    route(acme.account, [spoken_to.pk], actor=NOBODY)

    assert (owner_of(spoken_to), fresh(spoken_to).remind_at, fresh(spoken_to).contact_due_at) == ("rep2", None, None)


def put_away(acme: Company, waiting: Lead) -> None:
    archive(acme.account, [waiting.pk], actor=NOBODY)


def throw_away(acme: Company, waiting: Lead) -> None:
    delete(acme.account, [waiting.pk], actor=NOBODY)


def hand_on(acme: Company, waiting: Lead) -> None:
    assign(acme.account, [waiting.pk], owner_id=acme.owner.pk, actor=NOBODY)


@pytest.mark.parametrize("do", [put_away, throw_away, hand_on])
def test_what_takes_it_from_the_rotation_stops_the_clock_without_a_contact(
    acme: Company, jane: Lead, clock: Any, do: Any
) -> None:
    do(acme, jane)

    kept = fresh(jane)
    assert (kept.first_contacted_at, kept.remind_at, kept.contact_due_at) == (None, None, None)
    clock.move_to(OVER)
    assert [remind(), pass_on_overdue()] == [0, 0]


def test_a_status_that_is_new_again_is_no_contact(acme: Company, jane: Lead) -> None:
    set_status(acme.account, [jane.pk], "new", actor=NOBODY)

    assert (fresh(jane).first_contacted_at, fresh(jane).contact_due_at) == (None, OVER)


def test_the_first_contact_stays_the_first(acme: Company, jane: Lead, clock: Any) -> None:
    say_so(acme, jane)
    clock.move_to(REMINDED)
    say_so(acme, jane)

    kept = fresh(jane)
    assert (kept.first_contacted_at, kept.last_contacted_at) == (NOON, REMINDED)
    assert [entry.event for entry in entries(jane, Event.LEAD_CONTACTED)] == [Event.LEAD_CONTACTED] * 2


def test_out_of_the_archive_no_clock_runs(acme: Company, jane: Lead) -> None:
    put_away(acme, jane)
    unarchive(acme.account, [jane.pk], actor=NOBODY)

    assert fresh(jane).contact_due_at is None

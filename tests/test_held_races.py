"""Two sweeps at once: what is held goes to one rep, and a lead is reminded of and passed on once.

Each guard's test was seen to fail without it.
"""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Event
from leads import contact, held
from leads.contact import pass_on_overdue, remind
from leads.held import release_held
from leads.models import Lead, LeadQuerySet
from teams.members import set_membership
from teams.models import Rotation
from tests.people import Company, company, lead
from tests.races import at_once, read_together, together, wait_for_others
from tests.routings import pause
from tests.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)
COUNT = 40


@pytest.fixture
def acme(transactional_db: None) -> Company:
    return company("Acme", reps=3)


@pytest.fixture
def waiting(acme: Company) -> list[Lead]:
    """Leads that are held, and that somebody can take now."""
    for rep in acme.reps:
        pause(rep)
    leads = [lead(acme.account, f"p{number}@example.com") for number in range(COUNT)]
    for rep in acme.reps:
        pause(rep, False)
    return leads


@pytest.fixture
def overdue(acme: Company) -> list[Lead]:
    """Leads whose reps have been reminded too late, and are late."""
    Rotation.objects.update(contact_minutes=10)
    leads = [lead(acme.account, f"p{number}@example.com") for number in range(COUNT)]
    past = timezone.now() - timedelta(minutes=1)
    Lead.objects.update(remind_at=past, contact_due_at=past)
    return leads


def unlocked(leads: LeadQuerySet) -> list[Lead]:
    return list(leads.select_related("owner").order_by("pk"))


def moves(event: Event) -> Counter[int]:
    """How often each lead met this event."""
    return Counter(Counter(AuditEntry.objects.filter(event=event).values_list("object_id", flat=True)).values())


# --- held ---


def test_two_sweeps_release_each_lead_once(acme: Company, waiting: list[Lead], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "held_by", together(held.held_by))

    answers = at_once(lambda _: release_held(), range(2))

    assert sum(answers) == COUNT
    assert moves(Event.LEAD_ASSIGNED) == {1: COUNT}
    owners = Counter(Lead.objects.values_list("owner__email", flat=True))
    assert max(owners.values()) - min(owners.values()) == 1


def test_without_its_lock_two_sweeps_release_leads_twice(
    acme: Company, waiting: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above."""
    monkeypatch.setattr(held, "lock", read_together(unlocked))

    at_once(lambda _: release_held(), range(2))

    assert moves(Event.LEAD_ASSIGNED)[2] > 0


def test_leads_that_arrive_meanwhile_take_their_turns_with_the_released(acme: Company, waiting: list[Lead]) -> None:
    def act(task: int) -> None:
        if task == 0:
            release_held()
            return
        for number in range(5):
            lead(acme.account, f"new{task}.{number}@example.com")

    at_once(act, range(4))

    owners = Counter(Lead.objects.values_list("owner__email", flat=True))
    assert owners.total() == COUNT + 15
    assert max(owners.values()) - min(owners.values()) <= 1


def test_who_leaves_while_leads_are_released_gets_none_afterwards(
    acme: Company, waiting: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    give, held_by, his = held.give, held.held_by, Lead.objects.filter(owner=acme.reps[0])
    chosen, left = threading.Event(), threading.Event()

    def slow_give(*args: Any, **options: Any) -> list[Lead]:
        if not chosen.is_set():
            chosen.set()
            wait_for_others(1, unless=left)  # between the choice and the commit
        return give(*args, **options)

    def held_once_he_left(*args: Any, **options: Any) -> list[int]:
        if chosen.is_set():
            left.wait(timeout=PATIENCE)
        return held_by(*args, **options)

    monkeypatch.setattr(held, "BATCH", 10)
    monkeypatch.setattr(held, "give", slow_give)
    monkeypatch.setattr(held, "held_by", held_once_he_left)

    def act(task: int) -> int:
        if task:
            return release_held()
        chosen.wait(timeout=PATIENCE)
        set_membership(acme.reps[0].memberships.get(), role="agent", is_active=False)
        given = his.count()
        left.set()
        return given

    at_his_leave, released = at_once(act, range(2))

    assert released == COUNT
    assert 0 < at_his_leave == his.count() < COUNT // 3


# --- the clock of first contact ---


def test_two_sweeps_pass_each_lead_on_once(acme: Company, overdue: list[Lead], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact, "lock_leads", together(contact.lock_leads))

    answers = at_once(lambda _: pass_on_overdue(), range(2))

    assert sum(answers) == COUNT
    assert moves(Event.LEAD_ASSIGNED) == {1: COUNT}


def test_without_its_lock_two_sweeps_pass_leads_on_twice(
    acme: Company, overdue: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above."""
    read = read_together(lambda account, ids: unlocked(Lead.objects.for_account(account).filter(pk__in=ids)))
    monkeypatch.setattr(contact, "lock_leads", read)

    at_once(lambda _: pass_on_overdue(), range(2))

    assert moves(Event.LEAD_ASSIGNED)[2] > 0


def test_two_sweeps_remind_of_each_lead_once(
    acme: Company, overdue: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact, "lock_leads", together(contact.lock_leads))

    answers = at_once(lambda _: remind(), range(2))

    assert sum(answers) == COUNT
    assert moves(Event.LEAD_REMINDED) == {1: COUNT}


def test_without_its_lock_two_sweeps_remind_twice(
    acme: Company, overdue: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above."""
    read = read_together(lambda account, ids: unlocked(Lead.objects.for_account(account).filter(pk__in=ids)))
    monkeypatch.setattr(contact, "lock_leads", read)

    at_once(lambda _: remind(), range(2))

    assert moves(Event.LEAD_REMINDED)[2] > 0

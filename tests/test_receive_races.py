"""What must hold when many leads arrive at the same moment. Each guard's test was seen to fail without it."""

import threading
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.actors import NOBODY
from accounts.models import AuditEntry, Event
from accounts.roles import Role
from leads import receive
from leads.drafts import LeadDraft
from leads.models import Lead
from leads.outcomes import Context, Verdict
from teams import turns
from teams.members import set_membership
from teams.models import Rotation, RotationMember
from tests.people import Company, arrive, company, person
from tests.races import at_once, deadlocks, wait_for_others
from tests.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme(transactional_db: None) -> Company:
    return company("Acme", reps=3)


def test_two_simultaneous_posts_of_one_person_make_one_primary(acme: Company) -> None:
    outcomes = at_once(lambda _: arrive(acme.account, LeadDraft(email="jane@example.com"))[0], range(2))

    first, second = sorted(outcomes, key=lambda outcome: outcome.verdict)
    assert (first.verdict, second.verdict) == (Verdict.CREATED, Verdict.LINKED)
    assert second.lead.duplicate_of_id == first.lead.pk
    assert Lead.objects.for_account(acme.account).primaries().count() == 1


def test_simultaneous_posts_of_one_phone_without_an_email_make_one_primary(acme: Company) -> None:
    outcomes = at_once(lambda _: arrive(acme.account, LeadDraft(phone="+1 206 555 0142"))[0], range(8))

    assert Counter(outcome.verdict for outcome in outcomes) == {Verdict.CREATED: 1, Verdict.LINKED: 7}


def test_fifty_simultaneous_posts_of_one_person_at_the_workspace_door_get_one_201(acme: Company) -> None:
    def post(_: int) -> int:
        body = {"email": "jane@example.com"}
        return Client(headers={"X-Api-Key": acme.key}).post("/v1/leads", body, "application/json").status_code

    statuses = at_once(post, range(50))

    assert Counter(statuses) == {201: 1, 409: 49}
    assert Lead.objects.for_account(acme.account).count() == 1


def test_batches_that_name_the_same_people_in_other_orders_do_not_deadlock(acme: Company) -> None:
    people = [f"person{number}@example.com" for number in range(40)]
    orders = [people, people[::-1], people[20:] + people[:20], people[::-2] + people[::2]]

    batches = at_once(lambda order: arrive(acme.account, *(LeadDraft(email=email) for email in order)), orders)

    verdicts = Counter(outcome.verdict for batch in batches for outcome in batch)
    assert verdicts == {Verdict.CREATED: 40, Verdict.LINKED: 120}


def flood(acme: Company) -> None:
    """16 threads with 50 leads each, every tenth a person that another thread posts too."""

    def post(thread: int) -> None:
        for number in range(50):
            email = f"twin{number}@example.com" if number % 10 == 0 else f"p{thread}.{number}@example.com"
            arrive(acme.account, LeadDraft(email=email))

    at_once(post, range(16))


def running_difference(acme: Company) -> int:
    """By how many turns two reps ever differed, after each commit.

    Leads get their ids while the rotation is locked, so the order of ids is the order of commits.
    """
    entries = AuditEntry.objects.for_account(acme.account).filter(event=Event.LEAD_CREATED).order_by("object_id")
    routings = (entry.additional_data["routing"] for entry in entries)
    counts = {rep.email: 0 for rep in acme.reps}
    worst = 0
    for routing in routings:
        if routing["reason"] == "rotation":
            counts[routing["owner"]] += 1
            worst = max(worst, max(counts.values()) - min(counts.values()))
    return worst


@pytest.fixture
def seven(transactional_db: None) -> Company:
    return company("Seven", reps=7)


def test_a_rotation_stays_fair_after_every_commit_of_a_flood(seven: Company) -> None:
    flood(seven)

    assert running_difference(seven) <= 1
    assert Lead.objects.for_account(seven.account).count() == 800
    assert Lead.objects.for_account(seven.account).primaries().count() == 16 * 45 + 5
    created = AuditEntry.objects.for_account(seven.account).filter(event=Event.LEAD_CREATED)
    assert Counter(created.values_list("object_id", flat=True)) == dict.fromkeys(
        Lead.objects.for_account(seven.account).values_list("pk", flat=True), 1
    )


def test_the_flood_shows_a_rotation_whose_state_is_not_read_from_the_locked_row(
    seven: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above: the same flood, with the state read from other rows than the locked one."""
    unlocked = turns.LOCK.replace(
        "name, state, contact",
        "name, (SELECT copy.state FROM teams_rotation copy WHERE copy.id = teams_rotation.id), contact",
    )  # fmt: skip
    assert unlocked != turns.LOCK
    monkeypatch.setattr(turns, "LOCK", unlocked)

    flood(seven)

    assert running_difference(seven) > 1


@pytest.mark.usefixtures("transactional_db")
def test_a_rep_gets_no_lead_after_the_moment_he_is_deactivated(monkeypatch: pytest.MonkeyPatch) -> None:
    acme = company("Acme", reps=1)
    [rep] = acme.reps
    membership = rep.memberships.get()
    his = Lead.objects.for_account(acme.account).filter(owner=rep)
    store, chosen, gone = receive.store, threading.Event(), threading.Event()

    def slow_store(*args: Any, **options: Any) -> None:
        if not chosen.is_set():
            chosen.set()
            wait_for_others(3, unless=gone)  # between the choice and the commit
        store(*args, **options)

    monkeypatch.setattr(receive, "store", slow_store)

    def act(task: int) -> int:
        if task == 0:
            chosen.wait(timeout=PATIENCE)
            set_membership(membership, role=membership.role, is_active=False)
            gone.set()
            return his.count()
        arrive(acme.account, LeadDraft(email=f"p{task}.before@example.com"))
        gone.wait(timeout=PATIENCE)
        arrive(acme.account, LeadDraft(email=f"p{task}.after@example.com"))
        return -1

    [at_deactivation, *_] = at_once(act, range(4))

    assert 0 < at_deactivation <= 3
    assert his.count() == at_deactivation
    assert Lead.objects.for_account(acme.account).count() == 6


def test_an_owner_who_takes_turns_leaves_without_a_deadlock(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    RotationMember.objects.for_account(acme.account).delete()
    place = Rotation.objects.for_account(acme.account).get()
    other = person("second@acme.test", acme.account, Role.OWNER)
    for position, user in enumerate([acme.owner, other]):
        RotationMember.objects.create(account=acme.account, rotation=place, user=user, position=position)
    store, chosen = receive.store, threading.Event()

    def slow_store(*args: Any, **options: Any) -> None:
        if not chosen.is_set():
            chosen.set()
            wait_for_others(2)  # the rotation is held, and the owner's row is about to be referred to
        store(*args, **options)

    monkeypatch.setattr(receive, "store", slow_store)
    before = deadlocks()

    def act(task: int) -> None:
        if task == 0:
            chosen.wait(timeout=PATIENCE)
            set_membership(acme.owner.memberships.get(), role=Role.OWNER, is_active=False)
        else:
            arrive(acme.account, LeadDraft(email=f"p{task}@example.com"))

    at_once(act, range(3))

    assert deadlocks() == before
    assert Lead.objects.for_account(acme.account).count() == 2


def test_ids_rise_in_the_order_of_turns(seven: Company) -> None:
    flood(seven)

    entries = AuditEntry.objects.for_account(seven.account).filter(event=Event.LEAD_CREATED).order_by("object_id")
    clocks = [
        min(candidate["pass"] for candidate in entry.additional_data["routing"]["candidates"])
        for entry in entries
        if entry.additional_data["routing"]["reason"] == "rotation"
    ]
    assert all(earlier <= later for earlier, later in pairwise(clocks))


def test_receive_outside_a_transaction_is_refused() -> None:
    account = company("Acme").account

    with pytest.raises(transaction.TransactionManagementError, match="call it in run"):
        receive.receive(account, [LeadDraft()], context=Context(door="workspace", actor=NOBODY))

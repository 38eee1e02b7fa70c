"""Leads of one person deleted, restored and edited while others arrive: always one of them stands for the person.

Each guard's test was seen to fail without it.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.actors import NOBODY
from leadhub.lib.errors import Unavailable
from leadhub.lib.transactions import run
from leads import lifecycle, persons
from leads.assigning import assign
from leads.drafts import LeadDraft
from leads.editing import edit
from leads.lifecycle import delete, restore
from leads.locking import NoSuchLead
from leads.models import Lead, LeadQuerySet
from leads.recognising import NO_LOCK
from tests.apis import api_as
from tests.consoles import console, list_url
from tests.people import Company, arrive, company, lead
from tests.races import at_once, wait_for_others
from tests.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)
JANE = "jane@example.com"


@pytest.fixture
def acme(transactional_db: None) -> Company:
    return company("Acme", reps=3)


def everybody_stands(acme: Company) -> bool:
    """Whether every live lead is a primary or linked to one that is live and of the same person."""
    live = {each.pk: each for each in Lead.objects.for_account(acme.account).live()}
    persons_of: dict[str | None, int] = {}
    for each in live.values():
        if each.duplicate_of_id is None:
            persons_of[each.email_key] = persons_of.get(each.email_key, 0) + 1
        elif each.duplicate_of_id not in live or live[each.duplicate_of_id].duplicate_of_id is not None:
            return False
    return all(persons_of.get(each.email_key) == 1 for each in live.values())


def test_deletes_restores_edits_and_arrivals_leave_one_primary_for_each_person(acme: Company) -> None:
    ids = [lead(acme.account, f"p{number % 3}@example.com").pk for number in range(12)]

    def act(task: int) -> None:
        for step in range(10):
            insist(acme, task % 4, ids[(task * 5 + step) % len(ids)], f"p{(task + step) % 3}@example.com")

    at_once(act, range(8))

    assert everybody_stands(acme)


def insist(acme: Company, what: int, pk: int, email: str) -> None:
    """One of the four, tried again for as long as it loses every race."""
    verbs: list[Callable[[], Any]] = [
        lambda: run(lambda: delete(acme.account, [pk], actor=NOBODY)),
        lambda: run(lambda: restore(acme.account, [pk], actor=NOBODY)),
        lambda: arrive(acme.account, LeadDraft(email=email)),
        lambda: run(lambda: edit(acme.account, pk, {"email": email}, actor=NOBODY)),
    ]
    for _ in range(20):
        with suppress(Unavailable):
            with suppress(NoSuchLead):
                verbs[what]()
            return
    raise AssertionError("Twenty times in a row another was first.")


def two_deletions(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """A primary is deleted while the oldest of its duplicates is, in a transaction that began before."""
    first, heir, later = (lead(acme.account, JANE) for _ in range(3))
    assert later.duplicate_of_id == first.pk
    write, deleted = lifecycle.write, threading.Event()

    def slow_write(account: Any, leads: Any, *args: Any, **columns: Any) -> Any:
        answer = write(account, leads, *args, **columns)
        if [each.pk for each in leads] == [heir.pk]:
            deleted.set()
            wait_for_others(1)  # the heir is gone, as nobody else can see yet
        return answer

    monkeypatch.setattr(lifecycle, "write", slow_write)

    def act(task: int) -> None:
        if task:
            deleted.wait(timeout=PATIENCE)
        run(lambda: delete(acme.account, [first.pk if task else heir.pk], actor=NOBODY))

    at_once(act, range(2))


def test_an_heir_that_is_being_deleted_inherits_nothing(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    two_deletions(acme, monkeypatch)

    assert everybody_stands(acme)
    assert Lead.objects.for_account(acme.account).live().get().duplicate_of is None


def unlocked(leads: LeadQuerySet) -> list[Lead]:
    return list(leads.order_by("pk"))


def test_without_its_lock_a_deleted_heir_keeps_the_place(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above."""
    monkeypatch.setattr(persons, "lock", unlocked)

    two_deletions(acme, monkeypatch)

    assert not everybody_stands(acme)


def a_restore_and_a_deletion(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lead is brought back beside the primary of its person, which is deleted in that moment."""
    old = lead(acme.account, JANE)
    run(lambda: delete(acme.account, [old.pk], actor=NOBODY))
    new = lead(acme.account, JANE)
    places_of, found, gone = lifecycle.places_of, threading.Event(), threading.Event()

    def slow_places_of(*args: Any) -> dict[int, int | None]:
        answer = places_of(*args)
        found.set()
        wait_for_others(1, unless=gone)  # the primary is known, and the lead is not linked to it yet
        return answer

    monkeypatch.setattr(lifecycle, "places_of", slow_places_of)

    def act(task: int) -> None:
        if task:
            found.wait(timeout=PATIENCE)
            run(lambda: delete(acme.account, [new.pk], actor=NOBODY))
            gone.set()
        else:
            run(lambda: restore(acme.account, [old.pk], actor=NOBODY))

    at_once(act, range(2))


def test_a_lead_restored_beside_a_primary_that_goes_takes_its_place(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_restore_and_a_deletion(acme, monkeypatch)

    assert everybody_stands(acme)
    assert Lead.objects.for_account(acme.account).live().get().duplicate_of is None


def test_without_its_lock_a_restored_lead_is_linked_to_a_deleted_one(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above."""
    monkeypatch.setattr(persons, "CHANGE", NO_LOCK)

    a_restore_and_a_deletion(acme, monkeypatch)

    assert not everybody_stands(acme)


def test_two_leads_that_become_one_new_person_at_once_have_one_primary(acme: Company) -> None:
    ids = [lead(acme.account, f"p{number}@example.com").pk for number in range(4)]

    at_once(lambda pk: run(lambda: edit(acme.account, pk, {"email": JANE}, actor=NOBODY)), ids)

    assert Lead.objects.for_account(acme.account).primaries().count() == 1
    assert everybody_stands(acme)


def test_a_person_deleted_while_he_comes_again_is_there_once(acme: Company) -> None:
    for number in range(10):
        email = f"p{number}@example.com"
        pk = lead(acme.account, email).pk

        def act(task: int, email: str = email, pk: int = pk) -> None:
            if task:
                arrive(acme.account, LeadDraft(email=email))
            else:
                run(lambda: delete(acme.account, [pk], actor=NOBODY))

        at_once(act, range(3))

    assert everybody_stands(acme)
    assert Lead.objects.for_account(acme.account).live().count() == 20
    assert Lead.objects.for_account(acme.account).primaries().count() == 10


def told_while_given_away(acme: Company, mine: list[int], ask: Callable[[int], Any], *, times: int) -> list[Any]:
    """What each asking is told that waits for leads of the first rep while they become the second's."""
    given = threading.Event()

    def give_away() -> None:
        assign(acme.account, mine, owner_id=acme.reps[1].pk, actor=NOBODY)
        given.set()
        wait_for_others(times)  # they are another's, as nobody else can see yet

    def act(task: int) -> Any:
        if task == times:
            return run(give_away)
        given.wait(timeout=PATIENCE)
        return ask(task)

    *told, _ = at_once(act, range(times + 1))
    return told


def test_an_agent_changes_by_the_api_no_lead_that_is_just_being_given_to_another(acme: Company) -> None:
    mine = [lead(acme.account, f"p{number}@example.com", assignee_email="rep1@acme.test").pk for number in range(4)]
    agent = api_as(acme.reps[0], acme.account)
    changed, archived, won, several = mine
    assert agent.get("leads") and agent.status == 200  # what is loaded by a first request is loaded
    asked = [
        ("PATCH", f"leads/{changed}", {"company": "Mine"}), ("POST", f"leads/{archived}/archive", {}),
        ("POST", f"leads/{won}/convert", {}), ("POST", "leads/archive", {"ids": [several]}),
    ]  # fmt: skip

    def ask(task: int) -> Any:
        answer = replace(agent, client=Client()).send(*asked[task])
        return answer.get("code") or answer["results"][0]["result"]

    told = told_while_given_away(acme, mine, ask, times=len(asked))

    assert told == ["unknown_lead", "unknown_lead", "unknown_lead", "not_found"]
    after = Lead.objects.for_account(acme.account).filter(company="", archived_at=None, status="new")
    assert after.filter(owner=acme.reps[1]).count() == 4


def test_an_agent_changes_in_the_console_no_lead_that_is_just_being_given_to_another(acme: Company) -> None:
    mine = [lead(acme.account, f"p{number}@example.com", assignee_email="rep1@acme.test").pk for number in range(2)]
    tabs = [console(acme.reps[0]), console(acme.reps[0])]
    asked = [
        (reverse("admin:leads_lead_archive", args=[mine[0]]), {}),
        (list_url(Lead), {"action": "archive", "index": "0", "_selected_action": [mine[1]]}),
    ]
    for tab in tabs:
        assert tab.get(list_url(Lead)).status_code == 200  # what is loaded by a first request is loaded

    def ask(task: int) -> Any:
        answer = tabs[task].post(*asked[task])
        return [str(message) for message in get_messages(answer.wsgi_request)]

    told = told_while_given_away(acme, mine, ask, times=len(asked))

    nothing = "No leads archived. 1 lead not found among those shown to you here."
    assert told == [[nothing], [nothing]]
    assert Lead.objects.for_account(acme.account).filter(archived_at=None, owner=acme.reps[1]).count() == 2

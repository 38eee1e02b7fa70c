"""What is promised of routing, on the running system: web processes, a worker, many clients, and reps who come and go.

LEADHUB_FLOOD=10000 pours as many leads by 64 clients; without it, and with every run of the tests, fewer.
"""

import os
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing

import pytest

from accounts.models import AuditEntry, Event
from leadhub.lib.wireids import hex_id
from leads.held import release_held
from leads.models import Lead
from tests.flood import (
    Client,
    Coming,
    Mishap,
    Place,
    Receipt,
    Turn,
    by_one_hand,
    coming_and_going,
    faulty,
    given_while_away,
    missed,
    place,
    posts,
    pour,
    running_difference,
    turns,
)
from tests.races import at_once, deadlocks
from tests.system import System, running_system

pytestmark = pytest.mark.django_db(transaction=True)

FULL = 10_000
LEADS = int(os.environ.get("LEADHUB_FLOOD") or 600)
CLIENTS = 64 if LEADS >= FULL else 24
SAMPLED = 50


@pytest.fixture
def seven(transactional_db: None) -> Place:
    return place()


def test_a_flood_through_two_doors_is_routed_as_if_by_one_hand(seven: Place) -> None:
    before = deadlocks()
    with running_system() as system:
        coming, receipts = flood(seven, system)
        assert_repeats_are_answered_alike(system, receipts)

    assert_all_is_as_promised(seven, coming, receipts)
    assert deadlocks() == before


def test_nothing_is_lost_given_twice_or_unfair_when_a_web_process_and_a_worker_are_killed(seven: Place) -> None:
    before = deadlocks()
    killed: list[int] = []
    with running_system() as system:
        coming, receipts = flood(
            seven,
            system,
            mishaps=[
                (0.4, lambda: killed.append(system.kill_a_web_process())),
                (0.6, lambda: killed.append(system.kill_the_worker())),
            ],
        )
        system.wait_for_another_worker(than=killed[1])
        cut_off = [receipt for receipt in receipts if receipt.repeats]
        assert_repeats_are_answered_alike(system, cut_off)
        assert_repeats_are_answered_alike(system, receipts)

    assert cut_off
    assert_all_is_as_promised(seven, coming, receipts)
    assert deadlocks() == before


def flood(seven: Place, system: System, mishaps: Sequence[Mishap] = ()) -> tuple[Coming, list[Receipt]]:
    begin = time.monotonic()
    with coming_and_going(seven) as coming:
        receipts = pour(system.port, posts(seven, LEADS), clients=CLIENTS, mishaps=mishaps)
    seconds = time.monotonic() - begin
    # Two hands at once, and the worker beside them.
    at_once(lambda _: release_held(), range(2))
    repeats = Counter(why for receipt in receipts for why in receipt.repeats)
    print(f"{len(receipts)} leads by {CLIENTS} clients in {seconds:.1f} s, {len(coming.changes)} changes, {repeats}")
    return coming, receipts


def assert_repeats_are_answered_alike(system: System, receipts: Sequence[Receipt]) -> None:
    with closing(Client(system.port)) as client:
        for receipt in receipts[:: max(1, len(receipts) // SAMPLED)]:
            again = client.send(receipt.post)
            assert (again.body, again.is_replayed) == (receipt.body, True)


def assert_all_is_as_promised(seven: Place, coming: Coming, receipts: Sequence[Receipt]) -> None:
    leads = Lead.objects.for_account(seven.company.account)
    assert sorted(receipt.lead for receipt in receipts) == sorted((lead.email, id_on_the_wire(lead)) for lead in leads)
    assert not leads.held().exists()
    assert faulty(seven) == []
    taken = turns(seven, coming.changes)
    assert len(taken) == LEADS
    assert running_difference(seven, taken) <= 1
    assert given_while_away(seven, taken) == []
    assert [(turn.told["owner"], turn.told["candidates"]) for turn in taken] == by_one_hand(seven, taken)
    assert_it_was_a_test(seven, taken)


def id_on_the_wire(lead: Lead) -> str:
    return hex_id(lead.created_at, lead.pk) if lead.door == "workspace" else str(lead.uuid)


def assert_it_was_a_test(seven: Place, taken: Sequence[Turn]) -> None:
    """Everyone took turns, those who come and go were away meanwhile, and leads were held and released."""
    given = Counter(turn.told["owner"] for turn in taken)
    away = missed(seven, taken)
    released = AuditEntry.objects.for_account(seven.company.account).filter(event=Event.LEAD_ASSIGNED).count()
    print(f"running difference {running_difference(seven, taken)}, {released} released, given {given}, missed {away}")
    assert set(given) == {rep.email for rep in seven.company.reps}
    assert set(away) == {rep.email for rep in seven.company.reps} - {rep.email for rep in seven.steady}
    assert released

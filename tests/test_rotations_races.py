"""Rotations changed by two at once, and locked by one while another looks."""

import threading
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from accounts.models import Membership
from accounts.roles import Role
from leadhub.lib.transactions import run
from leads.models import Lead
from teams import rotations
from teams.members import set_membership, set_user_active
from teams.models import Rotation, RotationMember, RotationStatus, Team
from teams.rotations import AnotherIsActive, create_rotation, save_rotation, set_members
from teams.standing import standing_of
from teams.turns import lock_rotations
from tests.people import Company, company, lead
from tests.races import at_once, meanwhile, wait_for_others
from tests.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme(transactional_db: None) -> Company:
    return company("Acme", reps=3)


def statuses(acme: Company) -> list[str]:
    made = Rotation.objects.for_account(acme.account).exclude(name="default")
    return list(made.order_by("pk").values_list("status", flat=True))


def save(acme: Company, pk: int, status: str) -> str:
    """As from a form that was opened a while ago."""
    rotation = Rotation.objects.for_account(acme.account).get(pk=pk)
    rotation.status = status
    try:
        run(lambda: save_rotation(rotation, fields=["status"]))
    except AnotherIsActive:
        return "refused"
    return status


def queued(acme: Company, count: int, **fields: Any) -> list[int]:
    team = Team.objects.create(account=acme.account, name="West")
    return [
        create_rotation(acme.account, name=f"R{number}", team=team, user_ids=[], by=None, **fields).pk
        for number in range(count)
    ]


@pytest.mark.parametrize("before", [RotationStatus.QUEUED, RotationStatus.ARCHIVED])
def test_of_two_activated_at_once_one_is_active(acme: Company, before: str) -> None:
    ids = queued(acme, 4, status=before)

    answers = at_once(lambda pk: save(acme, pk, "active"), ids)

    assert sorted(answers) == ["active", "refused", "refused", "refused"]
    assert sorted(statuses(acme)) == ["active", *[before] * 3]


def test_of_two_made_at_once_for_a_team_without_one_is_active(acme: Company) -> None:
    team = Team.objects.create(account=acme.account, name="West")

    def make(number: int) -> None:
        run(lambda: create_rotation(acme.account, name=f"R{number}", team=team, user_ids=[], by=None))

    at_once(make, range(4))

    assert sorted(statuses(acme)) == ["active", "queued", "queued", "queued"]


def test_one_archived_twice_at_once_has_one_heir(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both forms showed it active; the second finds the first's heir in place, in its first try."""
    first, *_ = queued(acme, 3)
    promote, promoted, tries = rotations.promote_next, threading.Event(), []

    def slow_promote(*args: Any, **options: Any) -> None:
        promote(*args, **options)
        if not promoted.is_set():
            promoted.set()
            wait_for_others(1)  # the heir is in place, as nobody else can see yet

    def archive(rotation: Rotation) -> None:
        tries.append(rotation.pk)
        save_rotation(rotation, fields=["status"])

    monkeypatch.setattr(rotations, "promote_next", slow_promote)

    def act(task: int) -> None:
        rotation = Rotation.objects.get(pk=first)
        rotation.status = RotationStatus.ARCHIVED
        if task:
            promoted.wait(timeout=PATIENCE)
        run(lambda: archive(rotation))

    at_once(act, range(2))

    assert statuses(acme) == ["archived", "active", "queued"]
    assert tries == [first, first]


def is_free(pk: int) -> bool:
    """Whether another connection can lock the rotation at once."""

    def attempt(_: int) -> bool:
        try:
            with transaction.atomic():
                Rotation.objects.select_for_update(nowait=True).get(pk=pk)
        except OperationalError:
            return False
        return True

    return at_once(attempt, [0])[0]


@pytest.mark.parametrize(("hold", "free"), [(True, False), (False, True)])
def test_a_rotation_is_locked_only_to_be_turned(acme: Company, hold: bool, free: bool) -> None:
    default = Rotation.objects.get(account=acme.account)

    with transaction.atomic():
        lock_rotations(acme.account, teams=[None], hold=hold)
        assert is_free(default.pk) is free

    assert is_free(default.pk)
    connection.close()


@pytest.mark.parametrize("ended", ["membership", "user"])
def test_who_is_deactivated_waits_for_the_lead_that_is_being_given(ended: str, acme: Company) -> None:
    rep = acme.reps[0]
    given, done = threading.Event(), threading.Event()

    def deactivate() -> None:
        given.wait(PATIENCE)
        if ended == "user":
            set_user_active(rep, False)
        else:
            set_membership(Membership.objects.get(user=rep), role=Role.AGENT, is_active=False)
        done.set()

    with meanwhile(deactivate) as raised, transaction.atomic():
        locked = lock_rotations(acme.account, teams=[None]).by_team
        given.set()
        wait_for_others(1, unless=done)
        assert not done.is_set()
        assert [member.left_out for member in locked[None].members] == ["", "", ""]

    assert raised == []
    assert lead(acme.account, "jane@example.com").owner_id == acme.reps[1].pk
    assert Lead.objects.count() == 1
    assert RotationMember.objects.filter(user=rep).exists()


def test_how_a_rotation_stands_is_told_while_it_is_activated_and_queued(acme: Company) -> None:
    [pk] = queued(acme, 1)
    set_members(Rotation.objects.get(pk=pk), [rep.pk for rep in acme.reps])
    looked = threading.Event()

    def act(task: int) -> int:
        if task:
            while not looked.is_set():
                for status in (RotationStatus.ACTIVE, RotationStatus.QUEUED):
                    Rotation.objects.filter(pk=pk).update(status=status)
            return 0
        try:
            return sum(standing_of(Rotation.objects.get(pk=pk)) is not None for _ in range(500))
        finally:
            looked.set()

    told, _ = at_once(act, range(2))

    assert 0 < told < 500

"""The steps of a lead's life: what each changes and records, and who stands for a person after them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.actors import NOBODY, Actor
from accounts.erasure import erase_entries
from accounts.models import AuditEntry, Event
from leadhub.lib.errors import Invalid
from leads import purging
from leads.drafts import LeadDraft
from leads.lifecycle import (
    AlreadyConverted,
    archive,
    contact,
    convert,
    delete,
    restore,
    set_status,
    unarchive,
)
from leads.locking import NoSuchLead
from leads.models import Lead, Notice
from leads.purging import purge_deleted
from leads.sourceids import IdTaken
from tests.people import Company, arrive, lead, source
from tests.routings import entries, fresh

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOON = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def actor(company: Company) -> Actor:
    return Actor(user_id=company.owner.pk, email=company.owner.email, door="api")


def changes(made: Lead, event: Event) -> list[dict[str, Any]]:
    return [entry.changes for entry in entries(made, event)]


# --- each verb, its event, and who was so already ---


def test_a_status_is_moved_and_recorded_once(acme: Company) -> None:
    made, already = lead(acme.account, "a@example.com"), lead(acme.account, "b@example.com")
    set_status(acme.account, [already.pk], "lost", actor=NOBODY)

    moved = set_status(acme.account, [made.pk, already.pk], "lost", actor=actor(acme))

    assert moved == [made]
    assert (fresh(made).status, fresh(made).first_contacted_at is None) == ("lost", False)
    [entry] = entries(made, Event.LEAD_UPDATED)
    assert (entry.changes, entry.actor, entry.door) == ({"status": ["new", "lost"]}, acme.owner, "api")
    assert len(entries(already, Event.LEAD_UPDATED)) == 1


@pytest.mark.parametrize("moves", [["contacted", "new"], ["lost", "qualified"], ["converted", "new", "contacted"]])
def test_any_move_is_allowed(acme: Company, moves: list[str]) -> None:
    made = lead(acme.account)

    for status in moves:
        set_status(acme.account, [made.pk], status, actor=NOBODY)

    before = ["new", *moves]
    assert changes(made, Event.LEAD_UPDATED) == [{"status": list(pair)} for pair in zip(before, moves, strict=False)]
    assert fresh(made).status == moves[-1]


def test_an_unknown_status_is_refused(acme: Company) -> None:
    made = lead(acme.account)

    with pytest.raises(Invalid, match="status is one of new, contacted, qualified, converted, lost"):
        set_status(acme.account, [made.pk], "won", actor=NOBODY)


def test_a_contact_is_recorded_each_time(acme: Company, clock: Any) -> None:
    made = lead(acme.account)
    contact(acme.account, [made.pk], actor=NOBODY)
    clock.move_to(SOON)

    assert contact(acme.account, [made.pk], actor=NOBODY) == [made]

    assert changes(made, Event.LEAD_CONTACTED) == [
        {"last_contacted_at": [None, "2026-03-02T12:00:00Z"]},
        {"last_contacted_at": ["2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z"]},
    ]
    assert (fresh(made).first_contacted_at, fresh(made).last_contacted_at) == (NOON, SOON)


def test_into_the_archive_and_out_of_it(acme: Company, clock: Any) -> None:
    made = lead(acme.account)

    assert archive(acme.account, [made.pk], actor=NOBODY) == [made]
    assert archive(acme.account, [made.pk], actor=NOBODY) == []
    clock.move_to(SOON)
    assert unarchive(acme.account, [made.pk], actor=NOBODY) == [made]
    assert unarchive(acme.account, [made.pk], actor=NOBODY) == []

    assert changes(made, Event.LEAD_ARCHIVED) == [{"archived_at": [None, "2026-03-02T12:00:00Z"]}]
    assert changes(made, Event.LEAD_UNARCHIVED) == [{"archived_at": ["2026-03-02T12:00:00Z", None]}]
    assert (fresh(made).archived_at, fresh(made).updated_at > fresh(made).created_at) == (None, True)


def test_a_conversion_keeps_what_it_became(acme: Company) -> None:
    made = lead(acme.account)

    convert(acme.account, made.pk, application_id="A-17", actor=NOBODY)

    assert (fresh(made).status, fresh(made).application_id) == ("converted", "A-17")
    assert changes(made, Event.LEAD_CONVERTED) == [{"status": ["new", "converted"], "application_id": [None, "A-17"]}]
    with pytest.raises(AlreadyConverted), transaction.atomic():
        convert(acme.account, made.pk, application_id="A-18", actor=NOBODY)
    assert fresh(made).application_id == "A-17"


def test_what_is_won_again_after_it_was_taken_back_is_what_it_became(acme: Company) -> None:
    made = lead(acme.account)
    convert(acme.account, made.pk, application_id="A-17", actor=NOBODY)
    set_status(acme.account, [made.pk], "qualified", actor=NOBODY)

    convert(acme.account, made.pk, application_id="", actor=NOBODY)

    assert (fresh(made).status, fresh(made).application_id) == ("converted", "A-17")


def test_other_accounts_leads_and_deleted_ones_are_not_there(acme: Company, globex: Company) -> None:
    gone, theirs = lead(acme.account), lead(globex.account)
    delete(acme.account, [gone.pk], actor=NOBODY)
    ids = [gone.pk, theirs.pk]

    for verb in (archive, unarchive, contact, delete):
        assert verb(acme.account, ids, actor=NOBODY) == []
    assert set_status(acme.account, ids, "lost", actor=NOBODY) == []
    assert restore(acme.account, [theirs.pk], actor=NOBODY) == []
    for pk in ids:
        with pytest.raises(NoSuchLead), transaction.atomic():
            convert(acme.account, pk, application_id="", actor=NOBODY)


# --- deleted and restored ---


def test_a_deleted_lead_is_no_longer_known_and_comes_back_as_it_was(acme: Company, clock: Any) -> None:
    made = lead(acme.account)

    assert delete(acme.account, [made.pk], actor=NOBODY) == [made]
    assert list(Lead.objects.for_account(acme.account).live()) == []
    clock.move_to(SOON)
    assert restore(acme.account, [made.pk], actor=NOBODY) == [made]
    assert restore(acme.account, [made.pk], actor=NOBODY) == []

    assert (fresh(made).deleted_at, fresh(made).duplicate_of, fresh(made).owner) == (None, None, acme.reps[0])
    assert changes(made, Event.LEAD_DELETED) == [{"deleted_at": [None, "2026-03-02T12:00:00Z"]}]
    assert changes(made, Event.LEAD_RESTORED) == [{"deleted_at": ["2026-03-02T12:00:00Z", None]}]


def test_the_oldest_live_duplicate_stands_for_the_person_of_a_deleted_primary(acme: Company) -> None:
    first, gone, heir, later = (lead(acme.account) for _ in range(4))
    delete(acme.account, [gone.pk], actor=NOBODY)

    delete(acme.account, [first.pk], actor=NOBODY)

    assert fresh(heir).duplicate_of is None
    assert fresh(later).duplicate_of == heir
    assert fresh(gone).duplicate_of == first
    assert changes(heir, Event.LEAD_UPDATED) == [{"duplicate_of_id": [first.pk, None]}]
    assert changes(later, Event.LEAD_UPDATED) == [{"duplicate_of_id": [first.pk, heir.pk]}]
    assert lead(acme.account).duplicate_of_id == heir.pk


def test_all_of_a_person_s_leads_are_deleted_at_once(acme: Company) -> None:
    leads = [lead(acme.account) for _ in range(3)]

    delete(acme.account, [each.pk for each in leads], actor=NOBODY)

    assert Lead.objects.for_account(acme.account).live().count() == 0
    assert lead(acme.account).duplicate_of_id is None


def test_a_lead_whose_place_is_taken_comes_back_as_a_duplicate(acme: Company) -> None:
    old = lead(acme.account)
    delete(acme.account, [old.pk], actor=NOBODY)
    new = lead(acme.account)

    restore(acme.account, [old.pk], actor=NOBODY)

    assert (fresh(old).duplicate_of, fresh(new).duplicate_of) == (new, None)
    [told] = changes(old, Event.LEAD_RESTORED)
    assert told == {"deleted_at": ["2026-03-02T12:00:00Z", None], "duplicate_of_id": [None, new.pk]}


def test_leads_of_one_person_restored_at_once_have_one_primary(acme: Company) -> None:
    leads = [lead(acme.account, "", phone="2065550142") for _ in range(3)]
    ids = [each.pk for each in leads]
    delete(acme.account, ids, actor=NOBODY)

    restore(acme.account, ids, actor=NOBODY)

    assert [fresh(each).duplicate_of for each in leads] == [None, leads[0], leads[0]]


@pytest.mark.parametrize("verb", [delete, restore])
def test_many_leads_take_no_more_statements_than_one(acme: Company, verb: Any) -> None:
    vendor, _ = source(acme.account, acme.owner)
    ids = [
        lead(acme.account, f"p{number % 8}@example.com", lead_source_id=vendor.pk, external_id=f"X-{number}").pk
        for number in range(16)
    ]
    if verb is restore:
        delete(acme.account, ids, actor=NOBODY)
    statements = []

    for these in (ids[:1], ids[1:]):
        with CaptureQueriesContext(connection) as ran:
            assert len(verb(acme.account, these, actor=NOBODY)) == len(these)
        statements.append(len(ran))

    assert statements[1] <= statements[0]


def test_a_duplicate_whose_primary_is_gone_comes_back_as_the_primary(acme: Company) -> None:
    first, twin = lead(acme.account), lead(acme.account)
    delete(acme.account, [first.pk, twin.pk], actor=NOBODY)

    restore(acme.account, [twin.pk], actor=NOBODY)

    assert fresh(twin).duplicate_of is None


def test_after_30_days_there_is_nothing_to_restore(acme: Company, clock: Any) -> None:
    kept, over = lead(acme.account, "a@example.com"), lead(acme.account, "b@example.com")
    delete(acme.account, [over.pk], actor=NOBODY)
    clock.move_to(NOON + timedelta(seconds=1))
    delete(acme.account, [kept.pk], actor=NOBODY)
    clock.move_to(NOON + timedelta(days=30))

    assert restore(acme.account, [kept.pk, over.pk], actor=NOBODY) == [kept]


@pytest.mark.parametrize("name", ["external_id", "seller_lead_id"])
def test_a_lead_that_its_source_has_sent_again_cannot_come_back(acme: Company, name: str) -> None:
    vendor, _ = source(acme.account, acme.owner)
    there = {"lead_source_id": vendor.pk, name: "X-1"}
    old = lead(acme.account, "a@example.com", **there)
    delete(acme.account, [old.pk], actor=NOBODY)
    lead(acme.account, "b@example.com", **there)

    with pytest.raises(IdTaken) as refused, transaction.atomic():
        restore(acme.account, [old.pk], actor=NOBODY)

    assert (refused.value.code, refused.value.field) == ("id_taken", name)
    assert fresh(old).deleted_at == NOON
    assert entries(old, Event.LEAD_RESTORED) == []


def test_of_two_leads_with_one_id_of_their_source_none_comes_back_with_the_other(acme: Company) -> None:
    vendor, _ = source(acme.account, acme.owner)
    both = []
    for email in ("a@example.com", "b@example.com"):
        both.append(lead(acme.account, email, lead_source_id=vendor.pk, external_id="X-1").pk)
        delete(acme.account, both, actor=NOBODY)

    with pytest.raises(IdTaken), transaction.atomic():
        restore(acme.account, both, actor=NOBODY)

    assert restore(acme.account, both[:1], actor=NOBODY) == [Lead.objects.get(pk=both[0])]


def test_the_same_id_of_another_source_or_a_deleted_lead_is_no_hindrance(acme: Company, globex: Company) -> None:
    vendor, other = source(acme.account, acme.owner)[0], source(acme.account, acme.owner, "Other")[0]
    theirs, _ = source(globex.account, globex.owner)
    old = lead(acme.account, "a@example.com", lead_source_id=vendor.pk, external_id="X-1")
    again = "b@example.com"
    delete(acme.account, [old.pk], actor=NOBODY)
    twice = lead(acme.account, again, lead_source_id=vendor.pk, external_id="X-1")
    delete(acme.account, [twice.pk], actor=NOBODY)
    lead(acme.account, "c@example.com", lead_source_id=other.pk, external_id="X-1")
    lead(globex.account, "c@example.com", lead_source_id=theirs.pk, external_id="X-1")
    lead(acme.account, "d@example.com", external_id="X-1")

    assert restore(acme.account, [old.pk], actor=NOBODY) == [old]


# --- gone for good ---


def test_a_purged_lead_leaves_blanked_entries_and_nothing_else(acme: Company, clock: Any) -> None:
    made, kept = lead(acme.account, first_name="Jane"), lead(acme.account, "other@example.com")
    contact(acme.account, [made.pk], actor=NOBODY)
    delete(acme.account, [made.pk], actor=NOBODY)
    clock.move_to(NOON + timedelta(days=30) - timedelta(seconds=1))
    assert purge_deleted() == 0
    clock.move_to(NOON + timedelta(days=30))

    assert [purge_deleted(), purge_deleted()] == [1, 0]

    assert list(Lead.objects.for_account(acme.account)) == [kept]
    assert not Notice.objects.filter(lead=made.pk).exists()
    left = AuditEntry.objects.for_account(acme.account).filter(object_id=made.pk).order_by("pk")
    assert [(entry.event, entry.changes, entry.additional_data) for entry in left] == [
        (Event.LEAD_CREATED, None, None),
        (Event.LEAD_CONTACTED, None, None),
        (Event.LEAD_DELETED, None, None),
        (Event.ENTRIES_ERASED, None, {"entries": 3}),
    ]


def test_one_that_cannot_be_purged_keeps_no_other_from_it(
    acme: Company, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(lead: Lead, *, actor: Actor) -> int:
        assert lead.pk != stuck.pk
        return erase_entries(lead, actor=actor)

    stuck, other = lead(acme.account), lead(acme.account, "other@example.com")
    for made in (stuck, other):
        delete(acme.account, [made.pk], actor=NOBODY)
    clock.move_to(NOON + timedelta(days=30))
    monkeypatch.setattr(purging, "erase_entries", failing)

    with pytest.raises(AssertionError):
        purge_deleted()

    assert list(Lead.objects.for_account(acme.account)) == [stuck]


def test_a_duplicate_deleted_later_outlives_its_primary(acme: Company, clock: Any) -> None:
    first, twin = lead(acme.account), lead(acme.account)
    delete(acme.account, [first.pk, twin.pk], actor=NOBODY)
    Lead.objects.filter(pk=twin.pk).update(deleted_at=NOON + timedelta(days=1))
    clock.move_to(NOON + timedelta(days=30))

    assert purge_deleted() == 1

    assert restore(acme.account, [twin.pk], actor=NOBODY) == [twin]
    assert fresh(twin).duplicate_of is None


def test_a_person_who_came_again_while_it_was_deleted_is_not_concerned(acme: Company, clock: Any) -> None:
    first = lead(acme.account)
    delete(acme.account, [first.pk], actor=NOBODY)
    [new] = arrive(acme.account, LeadDraft(email="jane@example.com"))
    clock.move_to(NOON + timedelta(days=31))

    assert purge_deleted() == 1
    assert new.lead is not None
    assert list(Lead.objects.for_account(acme.account)) == [new.lead]

"""A lead changed field by field: what differs is recorded, normalised, and may make it another person."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from accounts.actors import NOBODY, Actor
from accounts.models import Event
from leadhub.lib.errors import Invalid
from leadhub.lib.transactions import run
from leads.drafts import LeadDraft
from leads.editing import edit
from leads.lifecycle import delete
from leads.locking import NoSuchLead
from leads.models import Lead
from leads.outcomes import Context
from leads.receive import receive
from leads.sourceids import IdTaken
from teams.members import set_membership
from teams.models import LeadSource, LeadSourceTeam, Team
from tests.people import Company, lead, rotation, source
from tests.routings import entries, fresh, given

pytestmark = pytest.mark.django_db


def change(acme: Company, made: Lead, **fields: Any) -> Lead:
    return edit(acme.account, made.pk, fields, actor=NOBODY)


def changes(made: Lead) -> list[dict[str, Any]]:
    return [entry.changes for entry in entries(made, Event.LEAD_UPDATED)]


def refused(acme: Company, made: Lead, **fields: Any) -> str | None:
    """The field that is refused; nothing has changed then."""
    before = Lead.objects.filter(pk=made.pk).values().get()
    with pytest.raises(Invalid) as error, transaction.atomic():
        change(acme, made, **fields)
    assert Lead.objects.filter(pk=made.pk).values().get() == before
    assert changes(made) == []
    return error.value.field


# --- columns ---


def test_what_differs_is_changed_and_recorded_before_and_after(acme: Company) -> None:
    made = lead(acme.account, first_name="Jane", company="Initech", price=Decimal("10.5"))
    by = Actor(user_id=acme.owner.pk, email=acme.owner.email, door="account")

    fields = {"first_name": "Jane", "company": "Initrode", "price": Decimal("11"), "tags": [" vip ", "vip", ""]}
    answer = edit(acme.account, made.pk, fields, actor=by)

    assert (answer.company, answer.price, answer.tags, answer.first_name) == ("Initrode", 11, ["vip"], "Jane")
    [entry] = entries(made, Event.LEAD_UPDATED)
    assert entry.changes == {"company": ["Initech", "Initrode"], "price": ["10.500000", "11"], "tags": [[], ["vip"]]}
    assert (entry.actor, entry.door) == (acme.owner, "account")
    assert answer.updated_at > answer.created_at


def test_what_is_so_already_changes_and_records_nothing(acme: Company) -> None:
    made = lead(acme.account, first_name="Jane", phone="206 555 0142", custom_fields={"a": 1})
    before = fresh(made).updated_at

    change(acme, made, first_name="Jane", phone="206 555 0142", custom_fields={"a": 1}, status="new", archived=False)

    assert fresh(made).updated_at == before
    assert changes(made) == []


def test_an_instant_is_recorded_as_it_goes_over_the_wire(acme: Company) -> None:
    made = lead(acme.account)

    change(acme, made, last_contacted_at=datetime(2026, 3, 2, 12, tzinfo=UTC))

    assert changes(made) == [{"last_contacted_at": [None, "2026-03-02T12:00:00Z"]}]


def test_email_and_phone_are_normalised_again_and_flagged(acme: Company) -> None:
    made = lead(acme.account)

    change(acme, made, email=" Joe@Example.COM ", phone="(206) 555-0142")
    assert (fresh(made).email, fresh(made).email_key) == ("Joe@Example.COM", "joe@example.com")
    assert (fresh(made).phone_e164, fresh(made).extra) == ("+12065550142", {})

    change(acme, made, phone="n/a", email="n/a")
    assert (fresh(made).phone_e164, fresh(made).email_key) == (None, None)
    assert fresh(made).extra == {"flags": ["email", "phone"]}

    change(acme, made, phone="206 555 0142")
    assert fresh(made).extra == {"flags": ["email"]}
    assert changes(made)[-1] == {"phone": ["n/a", "206 555 0142"]}


def test_custom_fields_are_merged_and_taken_out_by_null(acme: Company) -> None:
    made = lead(acme.account, custom_fields={"plan": "gold", "seats": 3, "since": None})

    change(acme, made, custom_fields={"seats": None, "notes": "later"})

    before, after = {"plan": "gold", "seats": 3, "since": None}, {"plan": "gold", "since": None, "notes": "later"}
    assert fresh(made).custom_fields == after
    assert changes(made) == [{"custom_fields": [before, after]}]
    assert change(acme, made, custom_fields=None).custom_fields == {}


@pytest.mark.parametrize(
    "more", [{f"k{number}": 1 for number in range(100)}, {"long": "x" * (64 * 1024)}], ids=["too many", "too long"]
)
def test_custom_fields_have_limits(acme: Company, more: dict[str, Any]) -> None:
    made = lead(acme.account, custom_fields={"plan": "gold"})

    assert refused(acme, made, custom_fields=more) == "custom_fields"


# --- verbs among the fields ---


def test_status_archive_and_owner_have_events_of_their_own(acme: Company) -> None:
    made = lead(acme.account)

    answer = change(acme, made, status="qualified", archived=True, assignee_email="REP2@acme.test", city="Rome")

    assert (answer.status, answer.archived_at is None, answer.owner) == ("qualified", False, acme.reps[1])
    assert changes(made) == [{"city": ["", "Rome"]}, {"status": ["new", "qualified"]}]
    assert len(entries(made, Event.LEAD_ARCHIVED)) == 1
    assert given(made)[0].additional_data["cause"] == "hand"

    change(acme, made, archived=False, assignee_email=None)
    assert (fresh(made).archived_at, fresh(made).owner) == (None, None)


def test_an_unknown_status_changes_nothing_else(acme: Company) -> None:
    assert refused(acme, lead(acme.account), status="won", city="Rome") == "status"


# --- places ---


def stranger(acme: Company, globex: Company) -> dict[str, Any]:
    return {"assignee_email": "rep1@globex.test"}


def former(acme: Company, globex: Company) -> dict[str, Any]:
    set_membership(acme.reps[2].memberships.get(), role="agent", is_active=False)
    return {"assignee_email": "rep3@acme.test"}


def their_team(acme: Company, globex: Company) -> dict[str, Any]:
    return {"team_id": Team.objects.create(account=globex.account, name="Theirs").pk}


def old_team(acme: Company, globex: Company) -> dict[str, Any]:
    return {"team_id": Team.objects.create(account=acme.account, name="Old", is_active=False).pk}


def their_source(acme: Company, globex: Company) -> dict[str, Any]:
    return {"lead_source_id": source(globex.account, globex.owner)[0].pk}


def other_team_s_source(acme: Company, globex: Company) -> dict[str, Any]:
    west, east = (Team.objects.create(account=acme.account, name=name) for name in ("West", "East"))
    made, _ = source(acme.account, acme.owner)
    LeadSourceTeam.objects.create(account=acme.account, source=made, team=west)
    Lead.objects.update(team=east)
    return {"lead_source_id": made.pk}


PLACES = [
    (stranger, "assignee_email"),
    (former, "assignee_email"),
    (their_team, "team_id"),
    (old_team, "team_id"),
    (their_source, "lead_source_id"),
    (other_team_s_source, "lead_source_id"),
]


@pytest.mark.parametrize(("place", "field"), PLACES)
def test_places_must_be_there_active_ours_and_fit(acme: Company, globex: Company, place: Any, field: str) -> None:
    made = lead(acme.account)
    fields = place(acme, globex)

    assert refused(acme, made, city="Rome", **fields) == field


def test_a_place_that_is_no_longer_active_may_stay(acme: Company) -> None:
    """A form sends all it shows: the team, source and owner that the lead has are no news."""
    west, vendor = Team.objects.create(account=acme.account, name="West"), source(acme.account, acme.owner)[0]
    rotation(acme.account, acme.reps[2:], team=west)
    made = lead(acme.account, team_id=west.pk, lead_source_id=vendor.pk)
    Team.objects.update(is_active=False)
    LeadSource.objects.update(is_active=False)
    set_membership(acme.reps[2].memberships.get(), role="agent", is_active=False)
    same = {"team_id": west.pk, "lead_source_id": vendor.pk, "assignee_email": "rep3@acme.test"}

    change(acme, made, city="Rome", **same)
    assert changes(made) == [{"city": ["", "Rome"]}]

    change(acme, made, assignee_email="rep1@acme.test")
    assert (fresh(made).owner, fresh(made).team) == (acme.reps[0], west)

    change(acme, made, team_id=None, lead_source_id=None)
    assert (fresh(made).team, fresh(made).lead_source) == (None, None)


def test_an_id_that_another_lead_of_the_source_has_is_refused(acme: Company) -> None:
    vendor, _ = source(acme.account, acme.owner)
    lead(acme.account, "a@example.com", lead_source_id=vendor.pk, external_id="X-1")
    other = lead(acme.account, "b@example.com", external_id="X-1")
    third = lead(acme.account, "c@example.com", lead_source_id=vendor.pk, external_id="X-2")

    for made, fields in ((other, {"lead_source_id": vendor.pk}), (third, {"external_id": "X-1"})):
        with pytest.raises(IdTaken), transaction.atomic():
            change(acme, made, **fields)

    assert change(acme, third, external_id="X-3").external_id == "X-3"


# --- persons ---


def test_an_email_of_a_known_person_makes_it_a_duplicate(acme: Company) -> None:
    known, made = lead(acme.account, "known@example.com"), lead(acme.account, "new@example.com")

    change(acme, made, email="KNOWN@example.com")

    assert fresh(made).duplicate_of == known
    assert changes(made) == [{"email": ["new@example.com", "KNOWN@example.com"], "duplicate_of_id": [None, known.pk]}]


def test_a_primary_that_becomes_another_person_leaves_its_duplicates_to_the_oldest(acme: Company) -> None:
    first, heir, later = (lead(acme.account) for _ in range(3))
    known = lead(acme.account, "known@example.com")

    change(acme, first, email="known@example.com")

    assert [fresh(each).duplicate_of for each in (first, heir, later)] == [known, None, heir]


def test_a_duplicate_that_becomes_a_stranger_stands_for_itself(acme: Company) -> None:
    first, twin = lead(acme.account), lead(acme.account)

    change(acme, twin, email="other@example.com")

    assert (fresh(twin).duplicate_of, fresh(first).duplicate_of) == (None, None)


def test_a_phone_that_nobody_touches_stays_as_its_source_s_country_had_it_read(acme: Company) -> None:
    german = LeadSource.objects.create(account=acme.account, name="Feed", default_country="DE")
    draft = LeadDraft(lead_source_id=german.pk, email="hans@example.com", phone="030 901820", extra={"flags": []})
    context = Context(door="source", actor=NOBODY, own_source=german)
    [outcome] = run(lambda: receive(acme.account, [draft], context=context))

    change(acme, outcome.lead, email="johann@example.com")

    now = fresh(outcome.lead)
    assert (now.email_key, now.phone, now.phone_e164) == ("johann@example.com", "030 901820", "+4930901820")
    assert now.extra.get("flags", []) == []


def test_without_an_email_the_phone_says_who_it_is(acme: Company) -> None:
    known, made = lead(acme.account, "", phone="2065550142"), lead(acme.account, phone="2065550142")
    assert fresh(made).duplicate_of is None

    change(acme, made, email="")

    assert fresh(made).duplicate_of == known


def test_another_phone_beside_the_same_email_is_the_same_person(acme: Company) -> None:
    first, twin = lead(acme.account), lead(acme.account)

    change(acme, first, phone="2065550142")

    assert (fresh(first).duplicate_of, fresh(twin).duplicate_of) == (None, first)


def test_deleted_and_other_accounts_leads_cannot_be_edited(acme: Company, globex: Company) -> None:
    gone, theirs = lead(acme.account), lead(globex.account)
    delete(acme.account, [gone.pk], actor=NOBODY)

    for made in (gone, theirs):
        with pytest.raises(NoSuchLead), transaction.atomic():
            change(acme, made, city="Rome")

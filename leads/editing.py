"""A lead changed field by field, as the doors, the API and the console let people do it."""

from collections.abc import Collection, Mapping
from copy import copy
from typing import Any

import orjson
from django.db import transaction
from django.db.models.functions import Now

from accounts import audit
from accounts.actors import Actor
from accounts.models import Account, Event
from leadhub.lib.errors import Invalid
from leads import lifecycle
from leads.arrivals import Arrival
from leads.assigning import assign
from leads.drafts import LeadDraft, normalise, person_of
from leads.locking import lock_lead
from leads.models import Lead
from leads.outcomes import Context
from leads.persons import primary_of, promote_heirs
from leads.placing import check_places
from leads.sourceids import refuse_taken_ids

# What is changed by a verb of its own, with an event of its own.
VERBS = frozenset({"status", "archived", "assignee_email"})
PLACES = frozenset({"team_id", "lead_source_id", "assignee_email"})
# By what people are recognised, each with its normalised form.
PERSON = {"email": "email_key", "phone": "phone_e164"}
IDENTIFYING = frozenset({"lead_source_id", "external_id", "seller_lead_id"})
# What the entry's other words say, or nobody reads.
NOT_RECORDED = frozenset({"email_key", "phone_e164", "extra"})
CUSTOM_KEYS, CUSTOM_BYTES = 100, 64 * 1024


@transaction.atomic(savepoint=False)
def edit(account: Account, lead_id: int, given: Mapping[str, Any], *, actor: Actor) -> Lead:
    """Change a lead to what is given, by the names of LeadDraft and `status`; an absent name stays as it is.

    Custom fields are merged: one given as None is taken out, and None for them all takes out all. Raises NoSuchLead, or
    Invalid or IdTaken naming the field.
    """
    lead = lock_lead(account, lead_id)
    given = differing(lead, given)
    assignee_id = check_given_places(account, lead, given)
    change_columns(account, lead, {name: value for name, value in given.items() if name not in VERBS}, actor=actor)
    if "status" in given:
        lifecycle.set_status(account, [lead_id], given["status"], actor=actor)
    if "archived" in given:
        verb = lifecycle.archive if given["archived"] else lifecycle.unarchive
        verb(account, [lead_id], actor=actor)
    if "assignee_email" in given and assignee_id != lead.owner_id:
        assign(account, [lead_id], owner_id=assignee_id, actor=actor)
    return Lead.objects.for_account(account).select_related("owner").get(pk=lead_id)


def differing(lead: Lead, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given and is not so already: a form sends all fields back, and also a team that is inactive by now."""
    so_far = {"assignee_email": lead.owner.email if lead.owner else "", "archived": lead.archived_at is not None}
    return {name: value for name, value in given.items() if value != so_far.get(name, getattr(lead, name, None))}


def check_given_places(account: Account, lead: Lead, given: Mapping[str, Any]) -> int | None:
    """The id of the named assignee. Raises Invalid where a team, source or assignee does not exist or fit."""
    if not PLACES & given.keys():
        return None
    arrival = Arrival(
        LeadDraft(
            # The team it has matters to a new source only: the two must fit.
            team_id=given.get("team_id", lead.team_id if given.get("lead_source_id") else None),
            lead_source_id=given.get("lead_source_id"),
            assignee_email=given.get("assignee_email") or "",
        )
    )
    check_places(account, [arrival], context=Context(door="", actor=Actor()))
    if arrival.error:
        raise arrival.error
    return arrival.assignee_id


def change_columns(account: Account, lead: Lead, given: Mapping[str, Any], *, actor: Actor) -> None:
    """Store what differs, and record each field before and after."""
    columns = columns_of(account, lead, given)
    changes = {name: [getattr(lead, name), value] for name, value in columns.items() if getattr(lead, name) != value}
    if not changes:
        return
    if named := IDENTIFYING & changes.keys():
        refuse_taken_ids(account, [with_columns(lead, {name: columns[name] for name in named})])
    stored: dict[str, Any] = {name: after for name, (_, after) in changes.items()}
    if stored.get("last_contacted_at"):
        stored |= lifecycle.CONTACTED
    Lead.objects.for_account(account).filter(pk=lead.pk).update(updated_at=Now(), **stored)
    if "duplicate_of_id" in columns and lead.duplicate_of_id is None:
        # Those linked to it are still the person that it was.
        promote_heirs(account, [lead.pk], actor=actor)
    told = {name: change for name, change in changes.items() if name not in NOT_RECORDED}
    audit.record(lead, Event.LEAD_UPDATED, actor=actor, changes=told)


def columns_of(account: Account, lead: Lead, given: Mapping[str, Any]) -> dict[str, Any]:
    """The lead's columns as they are to be: normalised, merged, and linked to the person it now is."""
    columns = dict(given)
    if "custom_fields" in given:
        columns["custom_fields"] = merged(lead.custom_fields, given["custom_fields"])
    if "tags" in given:
        columns["tags"] = normalised(account, LeadDraft(tags=list(given["tags"]))).tags
    if PERSON.keys() & given.keys():
        columns |= person_columns(account, lead, given)
    return columns


def normalised(account: Account, draft: LeadDraft) -> LeadDraft:
    normalise(draft, default_country=account.default_country)
    return draft


def merged(before: Mapping[str, Any], given: Mapping[str, Any] | None) -> dict[str, Any]:
    if given is None:
        return {}
    taken_out = {name for name, value in given.items() if value is None}
    both = {name: value for name, value in {**before, **given}.items() if name not in taken_out}
    if len(both) > CUSTOM_KEYS or len(orjson.dumps(both)) > CUSTOM_BYTES:
        message = f"At most {CUSTOM_KEYS} custom fields and {CUSTOM_BYTES} bytes in all."
        raise Invalid(message, code="custom_fields_too_large", field="custom_fields")
    return both


def person_columns(account: Account, lead: Lead, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given of e-mail and phone, normalised; where that makes it another person, also whose duplicate it is.

    What is not given stays as it was read when it came: its source's country may be another than the account's.
    """
    named = {name: given[name] for name in PERSON.keys() & given.keys()}
    after = normalised(account, LeadDraft(**named, extra=unflagged(given.get("extra", lead.extra), named)))
    columns = {name: getattr(after, name) for name in ("extra", *named, *(PERSON[name] for name in named))}
    before, now = [person_of(each.email_key, each.phone_e164) for each in (lead, with_columns(lead, columns))]
    if before != now:
        columns["duplicate_of_id"] = primary_of(account, now)
    return columns


def with_columns(lead: Lead, columns: Mapping[str, Any]) -> Lead:
    """A copy of the lead as it is to be, not stored."""
    after = copy(lead)
    for name, value in columns.items():
        setattr(after, name, value)
    return after


def unflagged(extra: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The lead's extra without what was said of these fields as they were."""
    flags = [name for name in extra.get("flags", []) if name not in names]
    rest = {name: value for name, value in extra.items() if name != "flags"}
    return rest | {"flags": flags} if flags else rest

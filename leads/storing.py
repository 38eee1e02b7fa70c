"""Leads, their creation entries, the reps' notices and the rotations' new state, written by one statement."""

from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

import orjson
from auditlog.models import AbstractLogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone

from accounts.models import Account, AuditEntry, Event
from leadhub.lib.sql import fetch
from leads.arrivals import Arrival
from leads.drafts import NOT_COLUMNS, LeadDraft
from leads.lifecycle import STOPPED
from leads.models import Lead
from leads.outcomes import Context
from teams.turns import KEEP, LockedRotation, states_as_json


def columns_of(model: type[Model], *, but: Iterable[str]) -> list[str]:
    return [
        field.attname
        for field in model._meta.concrete_fields
        if not (field.primary_key or field.generated or field.name in but)
    ]


def defaults_of(model: type[Model], columns: Collection[str]) -> dict[str, Any]:
    return {field.attname: field.get_default() for field in model._meta.concrete_fields if field.attname in columns}


DRAFTED = [field.name for field in fields(LeadDraft) if field.name not in NOT_COLUMNS]
BLANK = LeadDraft()
LEAD_COLUMNS = columns_of(Lead, but=["created_at", "updated_at"])
ENTRY_COLUMNS = columns_of(AuditEntry, but=["object_pk", "object_id", "timestamp"])

# Rows travel as JSON: one statement for any number of them, their columns and types taken from the tables, and what
# a row does not say from a row of defaults. Ids follow the order of arrival; the rows go in in order of person, so that
# two batches which name the same people wait for each other instead of deadlocking. How a statement is read, the driver
# remembers where it has less than 4,096 characters.
STORE = f"""
WITH arrived AS MATERIALIZED (
    SELECT nextval('leads_lead_id_seq') AS next_id, new.*
    FROM json_populate_recordset(json_populate_record(NULL::leads_lead, %(blank)s::json), %(leads)s::json) new
), stored AS (
    INSERT INTO leads_lead (id, {", ".join(LEAD_COLUMNS)}, created_at, updated_at)
    SELECT next_id, {", ".join(LEAD_COLUMNS)}, statement_timestamp(), statement_timestamp()
    FROM arrived ORDER BY email_key, phone_e164, external_id, seller_lead_id
    RETURNING id, uuid, created_at, account_id, owner_id, archived_at
), recorded AS (
    INSERT INTO accounts_auditentry ({", ".join(ENTRY_COLUMNS)}, object_pk, object_id, timestamp)
    SELECT {", ".join(f"new.{column}" for column in ENTRY_COLUMNS)}, stored.id::text, stored.id, stored.created_at
    FROM json_populate_recordset(
        json_populate_record(NULL::accounts_auditentry, %(entry)s::json), %(entries)s::json) new
    JOIN stored ON stored.uuid = new.object_pk::uuid
    RETURNING id, object_id
), told AS (
    INSERT INTO leads_notice (account_id, user_id, lead_id, kind, created_at)
    SELECT account_id, owner_id, id, 'new_lead', created_at FROM stored
    WHERE owner_id IS NOT NULL AND archived_at IS NULL
), turned AS (
{KEEP})
SELECT stored.id, stored.uuid, stored.created_at, recorded.id
FROM stored JOIN recorded ON recorded.object_id = stored.id
"""  # noqa: S608 - the names are those of the models' own columns
BLANK_LEAD = defaults_of(Lead, [column for column in LEAD_COLUMNS if column != "uuid"])
BLANK_ENTRY = defaults_of(AuditEntry, ENTRY_COLUMNS)
# Defaults that each lead has its own of.
FRESH = {field.attname: field.default for field in Lead._meta.concrete_fields if field.default in (list, dict)}


def store(
    account: Account, arrivals: Sequence[Arrival], rotations: Iterable[LockedRotation], *, context: Context
) -> None:
    """Insert these arrivals, with their entries and notices, and keep the turns taken; fills in `lead` and `entry`."""
    if not arrivals:
        return
    leads = [lead_row(account, arrival, context) for arrival in arrivals]
    entries = [entry_row(arrival, lead) for arrival, lead in zip(arrivals, leads, strict=True)]
    defaults = entry_defaults(account, context)
    rows = fetch(
        STORE,
        account=account.pk,
        blank=as_json(BLANK_LEAD),
        leads=as_json(leads),
        entry=as_json(defaults),
        entries=as_json(entries),
        rotations=states_as_json(rotations),
    )
    stored = {row[1]: row for row in rows}
    for arrival, lead, entry in zip(arrivals, leads, entries, strict=True):
        lead_id, _, created_at, entry_id = stored[arrival.uuid]
        arrival.lead = stored_lead(lead, lead_id, created_at)
        arrival.entry = stored_entry(defaults | entry, entry_id, arrival.lead)


def lead_row(account: Account, arrival: Arrival, context: Context) -> dict[str, Any]:
    """The columns in which this lead differs from an empty one."""
    draft = arrival.draft
    row = {name: value for name in DRAFTED if (value := getattr(draft, name)) != getattr(BLANK, name)}
    row |= {
        "account_id": account.pk,
        "uuid": arrival.uuid,
        "door": context.door,
        "channel": draft.channel,
        "created_by_id": context.actor.user_id,
        "duplicate_of_id": arrival.primary_id,
    }
    now = timezone.now()
    if arrival.owner:
        row |= arrival.owner.columns(at=now)
        row["team_id"] = draft.team_id or arrival.owner.team_id
    if draft.last_contacted_at:
        row |= STOPPED
    if draft.archived:
        row["archived_at"] = now
    return row


def entry_defaults(account: Account, context: Context) -> dict[str, Any]:
    return BLANK_ENTRY | {
        "account_id": account.pk,
        "event": Event.LEAD_CREATED,
        "action": AbstractLogEntry.Action.CREATE,
        "content_type_id": ContentType.objects.get_for_model(Lead).pk,
        **context.actor.entry_fields,
    }


# What the entry's other columns say, or nobody reads.
NOT_RECORDED = frozenset(
    {"account_id", "uuid", "door", "created_by_id", "email_key", "phone_e164", "extra"}
    | {"owner_id", "rotation_id", "assigned_at", "remind_at", "contact_due_at"}
)


def entry_row(arrival: Arrival, lead: dict[str, Any]) -> dict[str, Any]:
    """The creation entry: what was set, and why this owner. `object_pk` is the lead's uuid until it has an id."""
    changes = {name: [None, value] for name, value in lead.items() if name not in NOT_RECORDED and value is not None}
    owner = arrival.owner
    if owner and owner.email:
        changes["owner_email"] = [None, owner.email]
    routing = owner.as_json() if owner else None
    return {"object_pk": arrival.uuid, "changes": changes, "additional_data": {"routing": routing}}


def stored_lead(row: dict[str, Any], lead_id: int, created_at: datetime) -> Lead:
    fresh = {name: make() for name, make in FRESH.items()}
    return stored(Lead, fresh | row | {"id": lead_id, "created_at": created_at, "updated_at": created_at})


def stored_entry(row: dict[str, Any], entry_id: int, lead: Lead) -> AuditEntry:
    about = {"object_pk": str(lead.pk), "object_id": lead.pk, "timestamp": lead.created_at}
    return stored(AuditEntry, row | about | {"id": entry_id})


def stored[M: Model](model: type[M], values: dict[str, Any]) -> M:
    """The row as it is in the database now. A copy: a lead that is made sets eighty columns, one after the other."""
    made = copy(empty(model))
    vars(made).update(values)
    return made


@cache
def empty[M: Model](model: type[M]) -> M:
    made = model()
    made._state.adding, made._state.db = False, "default"
    return made


def as_json(value: Any) -> str:
    return orjson.dumps(value, default=decimal_as_text, option=orjson.OPT_UTC_Z).decode()


def decimal_as_text(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no column's type")

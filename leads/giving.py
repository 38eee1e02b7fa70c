"""Stored leads given to the owners that were found for them: columns, entries, notices and turns, set-based."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.models import Account, AuditEntry, Event
from leads.lifecycle import STOPPED
from leads.models import Lead, Notice, NoticeKind
from leads.seekers import Owner, Seeker
from leads.storing import as_json
from teams.turns import LockedRotation, keep_turns

# The cause of a move by which a rep who leaves is taken all his leads; he need not be told.
HAND_OVER = "hand_over"
GIVE = """
UPDATE leads_lead SET owner_id = new.owner_id, rotation_id = new.rotation_id, assigned_at = new.assigned_at,
    remind_at = new.remind_at, contact_due_at = new.contact_due_at, had_by = new.had_by,
    team_id = coalesce(leads_lead.team_id, new.team_id), updated_at = statement_timestamp()
FROM json_to_recordset(%(leads)s::json) AS new (id bigint, owner_id bigint, rotation_id bigint,
    assigned_at timestamptz, remind_at timestamptz, contact_due_at timestamptz, had_by bigint[], team_id bigint)
WHERE leads_lead.account_id = %(account)s::bigint AND leads_lead.id = new.id
"""


def give(
    account: Account,
    seekers: Sequence[Seeker],
    rotations: Collection[LockedRotation] = (),
    *,
    actor: Actor,
    data: Mapping[str, Any],
) -> list[Lead]:
    """Store the owner each locked lead has found, record it with `data`, and tell the reps; answers those that moved.

    Needs an open transaction that holds the leads and the rotations.
    """
    moving = [seeker for seeker in seekers if moves(seeker)]
    if moving:
        with connection.cursor() as cursor:
            rows = as_json([row(seeker) for seeker in moving])
            cursor.execute(GIVE, {"account": account.pk, "leads": rows})
        AuditEntry.objects.bulk_create(entry(seeker, actor, data) for seeker in moving)
        Notice.objects.bulk_create(notice for seeker in moving for notice in notices(seeker, actor, data))
        if rotations:
            keep_turns(account, rotations)
    return [lead_of(seeker) for seeker in moving]


def lead_of(seeker: Seeker) -> Lead:
    assert seeker.lead is not None, "only stored leads are given"
    return seeker.lead


def owner_of(seeker: Seeker) -> Owner:
    assert seeker.owner is not None, "an owner is looked for first"
    return seeker.owner


def moves(seeker: Seeker) -> bool:
    lead, owner = lead_of(seeker), owner_of(seeker)
    return (lead.owner_id, lead.rotation_id) != (owner.user_id, owner.rotation_id)


def row(seeker: Seeker) -> dict[str, Any]:
    lead, owner = lead_of(seeker), owner_of(seeker)
    own = {"id": lead.pk, "had_by": seeker.had_by, "team_id": owner.team_id}
    clock = STOPPED if lead.was_contacted else {}
    return own | owner.columns(at=timezone.now()) | clock


def entry(seeker: Seeker, actor: Actor, data: Mapping[str, Any]) -> AuditEntry:
    lead, owner = lead_of(seeker), owner_of(seeker)
    changes = {"owner_email": [lead.owner.email if lead.owner else None, owner.email or None]}
    return audit.entry(
        lead, Event.LEAD_ASSIGNED, actor=actor, changes=changes, data={"routing": owner.as_json(), **data}
    )


def notices(seeker: Seeker, actor: Actor, data: Mapping[str, Any]) -> Iterable[Notice]:
    """To the new owner that the lead is his, and to the one before that it is no longer, where he knows neither."""
    lead, owner, now = lead_of(seeker), owner_of(seeker), timezone.now()
    told = {"account_id": lead.account_id, "lead": lead, "created_at": now}
    if owner.user_id == lead.owner_id:
        return
    if owner.user_id and owner.user_id != actor.user_id:
        yield Notice(user_id=owner.user_id, kind=NoticeKind.NEW_LEAD, **told)
    if lead.owner_id and lead.owner_id != actor.user_id and data.get("cause") != HAND_OVER:
        yield Notice(user_id=lead.owner_id, kind=NoticeKind.TAKEN, **told)

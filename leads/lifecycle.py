"""The steps of a lead's life, each for any number of leads: status, archive, deletion, conversion, first contact.

Each answers the leads that it changed; those that were so already are left alone. All need no more than an open
transaction, and ask no rights: whoever calls has chosen leads that the actor may change.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.models import Account, AuditEntry, Event
from leadhub.lib.errors import Conflict, Invalid
from leads.locking import NoSuchLead, lock, lock_leads
from leads.models import Lead, LeadStatus
from leads.persons import places_of, promote_heirs
from leads.sourceids import refuse_taken_ids

# So long a deleted lead can be brought back.
KEPT = timedelta(days=30)
STOPPED = {"remind_at": None, "contact_due_at": None}
# Of a lead that somebody has spoken or written to, now or before.
CONTACTED = {"first_contacted_at": Coalesce("first_contacted_at", Now())} | STOPPED
RESTORE = """
UPDATE leads_lead SET deleted_at = NULL, duplicate_of_id = back.primary_id, updated_at = statement_timestamp()
FROM unnest(%(ids)s::bigint[], %(primaries)s::bigint[]) AS back (id, primary_id)
WHERE leads_lead.account_id = %(account)s::bigint AND leads_lead.id = back.id
"""


class AlreadyConverted(Conflict):
    code = "already_converted"

    def __init__(self) -> None:
        super().__init__("the lead has been converted already")


def write(
    account: Account, leads: Sequence[Lead], event: Event, *, actor: Actor, changes: Mapping[str, Any], **columns: Any
) -> list[Lead]:
    """Set these columns of locked leads and record it; `changes` are named by column, each the function of a lead."""
    if leads:
        ids = [lead.pk for lead in leads]
        Lead.objects.for_account(account).filter(pk__in=ids).update(updated_at=Now(), **columns)
        record(leads, event, actor=actor, changes=changes)
    return list(leads)


def record(leads: Sequence[Lead], event: Event, *, actor: Actor, changes: Mapping[str, Any]) -> None:
    """An entry for each of these leads, which are still as they were, without what stays so."""
    pairs = ({name: change(lead) for name, change in changes.items()} for lead in leads)
    told = ({name: pair for name, pair in each.items() if pair[0] != pair[1]} for each in pairs)
    AuditEntry.objects.bulk_create(
        audit.entry(lead, event, actor=actor, changes=each) for lead, each in zip(leads, told, strict=True)
    )


@transaction.atomic(savepoint=False)
def set_status(account: Account, ids: Collection[int], status: str, *, actor: Actor) -> list[Lead]:
    """Move these leads; any move is allowed. From any other than `new` on, somebody has made contact."""
    if status not in LeadStatus.values:
        raise Invalid(f"status is one of {', '.join(LeadStatus.values)}", code="unknown_status", field="status")
    leads = [lead for lead in lock_leads(account, ids) if lead.status != status]
    contact = {} if status == LeadStatus.NEW else CONTACTED
    changes = {"status": lambda lead: [lead.status, status]}
    return write(account, leads, Event.LEAD_UPDATED, actor=actor, changes=changes, status=status, **contact)


@transaction.atomic(savepoint=False)
def contact(account: Account, ids: Collection[int], *, actor: Actor) -> list[Lead]:
    """Say that these leads have been spoken or written to; the first time stops the clock."""
    now = timezone.now()
    leads = lock_leads(account, ids)
    first = [lead for lead in leads if lead.first_contacted_at is None]
    changes = {"last_contacted_at": lambda lead: [lead.last_contacted_at, now]}
    columns = {"first_contacted_at": now, "last_contacted_at": now, **STOPPED}
    write(account, first, Event.LEAD_CONTACTED, actor=actor, changes=changes, **columns)
    again = [lead for lead in leads if lead.first_contacted_at]
    return first + write(account, again, Event.LEAD_CONTACTED, actor=actor, changes=changes, last_contacted_at=now)


@transaction.atomic(savepoint=False)
def archive(account: Account, ids: Collection[int], *, actor: Actor) -> list[Lead]:
    now = timezone.now()
    leads = [lead for lead in lock_leads(account, ids) if lead.archived_at is None]
    changes = {"archived_at": lambda lead: [None, now]}
    return write(account, leads, Event.LEAD_ARCHIVED, actor=actor, changes=changes, archived_at=now, **STOPPED)


@transaction.atomic(savepoint=False)
def unarchive(account: Account, ids: Collection[int], *, actor: Actor) -> list[Lead]:
    leads = [lead for lead in lock_leads(account, ids) if lead.archived_at]
    changes = {"archived_at": lambda lead: [lead.archived_at, None]}
    return write(account, leads, Event.LEAD_UNARCHIVED, actor=actor, changes=changes, archived_at=None)


@transaction.atomic(savepoint=False)
def delete(account: Account, ids: Collection[int], *, actor: Actor) -> list[Lead]:
    """Delete these leads, for 30 days so that they can be restored. The oldest duplicate stands for the person now."""
    now = timezone.now()
    leads = lock_leads(account, ids)
    changes = {"deleted_at": lambda lead: [None, now]}
    write(account, leads, Event.LEAD_DELETED, actor=actor, changes=changes, deleted_at=now, **STOPPED)
    promote_heirs(account, [lead.pk for lead in leads if lead.duplicate_of_id is None], actor=actor)
    return leads


@transaction.atomic(savepoint=False)
def restore(account: Account, ids: Collection[int], *, actor: Actor) -> list[Lead]:
    """Bring back leads deleted within 30 days; one whose person has another lead meanwhile is a duplicate of that.

    Raises IdTaken for one that its source has sent again.
    """
    deleted = Lead.objects.for_account(account).filter(deleted_at__gt=timezone.now() - KEPT)
    leads = lock(deleted.filter(pk__in=ids))
    refuse_taken_ids(account, leads)
    places = places_of(account, leads)
    with connection.cursor() as cursor:
        cursor.execute(RESTORE, {"account": account.pk, "ids": [*places], "primaries": [*places.values()]})
    changes = {
        "deleted_at": lambda lead: [lead.deleted_at, None],
        "duplicate_of_id": lambda lead: [lead.duplicate_of_id, places[lead.pk]],
    }
    record(leads, Event.LEAD_RESTORED, actor=actor, changes=changes)
    return leads


@transaction.atomic(savepoint=False)
def convert(account: Account, lead_id: int, *, application_id: str, actor: Actor) -> Lead:
    """Mark a lead as won; `application_id` is what it became elsewhere. Raises NoSuchLead, AlreadyConverted."""
    leads = lock_leads(account, [lead_id])
    if not leads:
        raise NoSuchLead
    if leads[0].status == LeadStatus.CONVERTED:
        raise AlreadyConverted
    # Won again after it was taken back, without another word for it, it is what it was.
    application_id = application_id or leads[0].application_id
    columns = {"status": LeadStatus.CONVERTED, "application_id": application_id, **CONTACTED}
    changes = {
        "status": lambda lead: [lead.status, LeadStatus.CONVERTED],
        "application_id": lambda lead: [lead.application_id or None, application_id or None],
    }
    write(account, leads, Event.LEAD_CONVERTED, actor=actor, changes=changes, **columns)
    return leads[0]

"""Who was to have a lead, each time that was decided, and why: read from its audit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import AuditEntry, Event
from leads.models import Lead
from leads.trail import about

DECIDING = (Event.LEAD_CREATED, Event.LEAD_ASSIGNED)
# Of a lead that is passed on again and again, the latest tell enough.
TOLD = 100


@dataclass(frozen=True, slots=True)
class Decision:
    """One choice of an owner: `routing` is what `leads.seekers.Owner.as_json` said of it.

    `event` is lead_created or lead_assigned; of the latter `cause` says what set it off, `note` what a person wrote.
    """

    at: datetime
    event: str
    cause: str
    note: str
    routing: Mapping[str, Any]


def decisions_of(lead: Lead) -> list[Decision]:
    """The routing decisions of a lead, the latest first, 100 at most."""
    return [decision(entry) for entry in about(lead).filter(event__in=DECIDING).order_by("-pk")[:TOLD]]


def decision(entry: AuditEntry) -> Decision:
    """An entry whose values were erased leaves everything open."""
    data = entry.additional_data or {}
    return Decision(
        at=entry.timestamp,
        event=entry.event,
        cause=data.get("cause") or "",
        note=data.get("note") or "",
        routing=data.get("routing") or {},
    )

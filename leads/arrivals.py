"""A draft on its way to becoming a lead: what the steps of `receive` find out about it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from accounts.models import AuditEntry
from leadhub.lib.errors import DomainError
from leads.drafts import LeadDraft
from leads.models import Lead
from teams.routing import Turn


@dataclass(slots=True)
class Known:
    """The primary of a person: a stored lead, or one that comes earlier in the same batch."""

    lead_id: int | None = None
    owner_id: int | None = None
    arrival: "Arrival | None" = None

    @property
    def stored_id(self) -> int | None:
        """The lead's id; None for one of the batch until it is stored, and for one that is refused."""
        return self.arrival.lead.pk if self.arrival and self.arrival.lead else self.lead_id


@dataclass(slots=True)
class Owner:
    """Whom a lead goes to, and why: assignee, known_person, rotation, nobody_eligible, no_rotation or archived."""

    reason: str
    user_id: int | None = None
    email: str = ""
    rotation_id: int | None = None
    rotation_name: str = ""
    turn: Turn | None = None

    def as_json(self) -> dict[str, Any]:
        """The reason as the audit keeps it: `{reason, owner, rule, rotation, candidates}`."""
        rotation = {"id": self.rotation_id, "name": self.rotation_name} if self.rotation_id else None
        return {
            "reason": self.reason,
            "owner": self.email or None,
            "rule": None,
            "rotation": rotation,
            "candidates": [candidate.as_json() for candidate in self.turn.candidates] if self.turn else [],
        }


@dataclass(slots=True)
class Arrival:
    draft: LeadDraft
    uuid: UUID = field(default_factory=uuid4)
    assignee_id: int | None = None
    replays: Known | None = None
    known: Known | None = None
    owner: Owner | None = None
    error: DomainError | None = None
    lead: Lead | None = None
    entry: AuditEntry | None = None

    @property
    def is_open(self) -> bool:
        """Whether it may still become a lead."""
        return self.error is None and self.replays is None

    @property
    def is_twin(self) -> bool:
        """Whether its person's primary comes earlier in the same batch."""
        return self.known is not None and self.known.arrival is not None

    @property
    def primary_id(self) -> int | None:
        """The stored lead that stands for this person; None for a stranger, and for a twin until that one is stored."""
        return self.known.stored_id if self.known else None

    @property
    def replayed_id(self) -> int | None:
        """The lead that this one is, sent again."""
        return self.replays.stored_id if self.replays else None

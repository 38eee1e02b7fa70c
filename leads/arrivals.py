"""A draft on its way to becoming a lead: what the steps of `receive` find out about it."""

from dataclasses import dataclass, field
from typing import cast
from uuid import UUID, uuid4

from accounts.models import AuditEntry
from leadhub.lib.errors import DomainError
from leads.drafts import LeadDraft
from leads.outcomes import Verdict
from leads.seekers import Known, Seeker


@dataclass(slots=True)
class Arrival(Seeker):
    uuid: UUID = field(default_factory=uuid4)
    replays: Known | None = None
    error: DomainError | None = None
    entry: AuditEntry | None = None
    # What becomes of a known person's lead that is not stored.
    verdict: Verdict | None = None

    def __post_init__(self) -> None:
        self.turns = not self.draft.archived

    @property
    def draft(self) -> LeadDraft:
        return cast(LeadDraft, self.about)

    @property
    def is_open(self) -> bool:
        """Whether it may still become a lead."""
        return self.error is None and self.replays is None

    @property
    def is_entering(self) -> bool:
        """Whether it is to be stored."""
        return self.is_open and self.verdict is None

    @property
    def is_twin(self) -> bool:
        """Whether its person's primary comes earlier in the same batch."""
        return self.known is not None and self.known.earlier is not None

    @property
    def primary_id(self) -> int | None:
        """The stored lead that stands for this person; None for a stranger, and for a twin until that one is stored."""
        return self.known.stored_id if self.known else None

    @property
    def follows(self) -> "Arrival | None":
        """The lead earlier in the batch that this one is, sent again, or whose person it is of."""
        known = self.replays or self.known
        return cast("Arrival | None", known.earlier) if known else None

    def refuse(self, error: DomainError) -> None:
        """Whatever was decided of it before."""
        self.error, self.replays, self.verdict = error, None, None

    @property
    def replayed_id(self) -> int | None:
        """The lead that this one is, sent again; where that one was not stored either, the one it met."""
        if self.replays is None:
            return None
        return self.replays.stored_id or (self.follows.primary_id if self.follows else None)

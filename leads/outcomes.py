"""What becomes of a draft. Pure: a door's `wire` turns an outcome into its answer."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from leadhub.lib.errors import DomainError

if TYPE_CHECKING:
    from accounts.actors import Actor
    from accounts.models import AuditEntry
    from leads.models import Lead
    from teams.models import LeadSource


class Verdict(StrEnum):
    CREATED = "created"
    LINKED = "linked"
    UPDATED = "updated"
    SKIPPED = "skipped"
    REPLAYED = "replayed"
    REFUSED = "refused"


# Nothing new was stored: the answer is the known lead.
MET = frozenset({Verdict.UPDATED, Verdict.SKIPPED, Verdict.REPLAYED})


@dataclass(frozen=True, slots=True)
class Context:
    """How a batch came: the door, who acts, and what that door asks of its leads.

    `on_duplicate` overrides the account's policy. `own_source` is the source that the caller itself is,
    whose rules then hold.
    `require_team_and_source` adds the account door's two rules.
    """

    door: str
    actor: "Actor"
    on_duplicate: str | None = None
    own_source: "LeadSource | None" = None
    require_team_and_source: bool = False


@dataclass(slots=True)
class Outcome:
    """The verdict on one draft. `lead` is what it became, or the known lead that it met; `entry` its audit entry,
    and `owner_email` whom a new lead was given to."""

    verdict: Verdict
    lead: "Lead | None" = None
    entry: "AuditEntry | None" = None
    error: DomainError | None = None
    owner_email: str | None = None


class DuplicateLead(DomainError):
    """The account knows this person, and its policy is to refuse what comes again."""

    code = "duplicate_lead"

    def __init__(self) -> None:
        super().__init__("a lead with this email already exists", field="email")

"""A lead that seeks an owner, and the owner it finds, with why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leads.drafts import LeadDraft
from leads.models import Lead
from teams.routing import Candidate
from teams.rulebook import NO_RULE, Match
from teams.turns import Deadline


@dataclass(slots=True)
class Known:
    """The primary of a person: a stored lead, or one that comes earlier in the same batch."""

    lead_id: int | None = None
    owner_id: int | None = None
    earlier: "Seeker | None" = None

    @property
    def stored_id(self) -> int | None:
        """The lead's id; None for one of the batch until it is stored, and for one that is refused."""
        return self.earlier.lead.pk if self.earlier and self.earlier.lead else self.lead_id


@dataclass(slots=True)
class Owner:
    """Whom a lead goes to, and why.

    `reason` is assignee, hand, known_person, rule, rotation, fallback, nobody_eligible (held), no_rotation or archived;
    of a simulation also not_stored.
    `team_id` is the team that a rule chose; `rotation_id` the rotation that gave the lead, or holds it.
    """

    reason: str
    user_id: int | None = None
    email: str = ""
    match: Match = NO_RULE
    team_id: int | None = None
    rotation_id: int | None = None
    rotation_name: str = ""
    candidates: Sequence[Candidate] = ()
    deadline: Deadline | None = None

    def as_json(self) -> dict[str, Any]:
        """The reason as the audit keeps it: `{reason, owner, rule, rotation, candidates}`, `skipped_rules` if any."""
        rotation = {"id": self.rotation_id, "name": self.rotation_name} if self.rotation_id else None
        why = {
            "reason": self.reason,
            "owner": self.email or None,
            "rule": self.match.rule.as_json() if self.match.rule else None,
            "rotation": rotation,
            "candidates": [candidate.as_json() for candidate in self.candidates],
        }
        return why | {"skipped_rules": self.match.skipped_as_json()} if self.match.skipped else why

    def columns(self, *, at: datetime) -> dict[str, Any]:
        """The columns of the lead that say who has it, since when, and until when he is to make contact."""
        return {
            "owner_id": self.user_id,
            "rotation_id": self.rotation_id,
            "assigned_at": at if self.user_id else None,
            "remind_at": self.deadline.remind_at if self.deadline else None,
            "contact_due_at": self.deadline.due_at if self.deadline else None,
        }


@dataclass(slots=True)
class Seeker:
    """A draft on its way in, or a stored lead that is to be given to somebody.

    `excluded` are the users it does not go to; `rotation_id` the rotation it is to be given by, where that is decided;
    `turns` says whether it may take a turn at all, `to_fallback` that none is left for it; `had_by` are those who let
    its time of first contact pass.
    """

    about: LeadDraft | Lead
    assignee_id: int | None = None
    known: Known | None = None
    excluded: frozenset[int] = frozenset()
    rotation_id: int | None = None
    turns: bool = True
    to_fallback: bool = False
    had_by: list[int] = field(default_factory=list)
    match: Match = NO_RULE
    owner: Owner | None = None
    lead: Lead | None = None

    @property
    def team_id(self) -> int | None:
        """The team whose rotation it is for: its rule's, else its own."""
        return (self.match.rule and self.match.rule.team_id) or self.about.team_id

    @property
    def given_by(self) -> int | None:
        """The rotation that is decided already: by a rule, or because it has been in it."""
        return (self.match.rule and self.match.rule.rotation_id) or self.rotation_id

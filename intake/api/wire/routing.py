"""Routing decisions as the API answers them. Pure."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from leadhub.lib.times import milliseconds

if TYPE_CHECKING:
    from leads.decisions import Decision
    from leads.models import Lead


def choice(routing: Mapping[str, Any]) -> dict[str, Any]:
    """What `leads.seekers.Owner.as_json` says; of a decision whose entry was erased, everything is open."""
    return {
        "owner": routing.get("owner"),
        "reason": routing.get("reason"),
        "rule": routing.get("rule"),
        "rotation": routing.get("rotation"),
        "candidates": routing.get("candidates") or [],
        "skipped_rules": routing.get("skipped_rules") or [],
    }


def lead_routing(lead: "Lead", decisions: "Sequence[Decision]") -> dict[str, Any]:
    """Who has the lead, and the decisions about it, of which the first is the latest."""
    latest = decisions[0] if decisions else None
    return {
        "lead": lead.pk,
        **choice(latest.routing if latest else {}),
        "owner": lead.owner.email if lead.owner else None,
        "held": lead.is_held,
        "decided_at": milliseconds(latest.at) if latest else None,
        "history": [decision(each) for each in decisions],
    }


def decision(made: "Decision") -> dict[str, Any]:
    about = {"at": milliseconds(made.at), "event": made.event, "cause": made.cause or None, "note": made.note or None}
    return about | choice(made.routing)

"""What a visitor sent as a lead. Pure."""

from collections.abc import Mapping
from typing import Any

from intake.words import renamed, unknown
from leads.drafts import LeadDraft

WORDS = {
    name: name
    for name in (
        "email", "phone", "first_name", "last_name", "company", "message", "utm_source", "utm_medium", "utm_campaign",
    )
}  # fmt: skip
ATTRIBUTION = {name: name for name in ("utm_term", "utm_content", "landing_page", "referrer")}
# A person does not see it, and leaves it empty.
TRAP = "homepage_url"
HANDLING = ("form", "token", "redirect", TRAP)
KNOWN = {*WORDS, *ATTRIBUTION, *HANDLING, "consent"}


def draft(
    fields: Mapping[str, Any],
    body: Mapping[str, Any],
    *,
    form: Any,
    address: str | None,
    user_agent: str,
) -> LeadDraft:
    """`form` is the form that it came by, whose name is the lead's channel."""
    found = renamed(fields, ATTRIBUTION) | {"ip_address": address, "user_agent": user_agent, "form": form.public_id}
    words = renamed(fields, WORDS)
    if "message" in words:
        # Browsers end the lines of a form as no other door's senders do.
        words["message"] = words["message"].replace("\r\n", "\n")
    return LeadDraft(
        **words,
        channel=form.name,
        team_id=form.team_id,
        lead_source_id=form.lead_source_id,
        attribution={name: value for name, value in found.items() if value},
        consent=consent_of(fields, form) if fields.get("consent") else {},
        extra=unknown(body, KNOWN),
    )


def consent_of(fields: Mapping[str, Any], form: Any) -> dict[str, Any]:
    """That the visitor agreed, and to which words of the form; to a form's of one's own, we do not know."""
    words = next((field["label"] for field in form.fields if field["name"] == "consent"), None)
    return {"given": True} | ({"words": words} if words else {})

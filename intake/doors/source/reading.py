"""What a source sends, read: JSON, a form, or a query; now, or out of the quarantine."""

from typing import Any

from intake.body import JSON, media_type, parse_json
from intake.doors.source import wire
from intake.doors.source.serializers import SourceLeadRequest
from intake.fields import present
from intake.formbody import FORM, parse_form
from intake.models import QuarantinedLead
from intake.problems import Problem, forbidden, invalid, require_contact
from intake.quarantine import Reread, reads
from leads.drafts import LeadDraft
from teams.models import LeadSource

# How the quarantine names a lead that came in a query.
QUERY = f"{FORM}; from=query"
LISTS, OBJECTS = ("tagNames",), ("sourceMetadata",)

# One instance for all requests: validating does not change it, and making one costs more than validating.
SHAPE = SourceLeadRequest()


def body_of(payload: bytes, content_type: str) -> dict[str, Any]:
    """The payload's fields by their names in JSON. Raises Problem 415 and 400."""
    if content_type == QUERY:
        return json_names(parse_form(payload, lists=both_ways(LISTS), objects=both_ways(OBJECTS)))
    kind = media_type(content_type)
    if kind not in (JSON, FORM):
        message = f"The body must be {JSON} or {FORM}, in UTF-8."
        raise Problem(415, "unsupported_media_type", message)
    return parse_json(payload) if kind == JSON else parse_form(payload, lists=LISTS, objects=OBJECTS)


def both_ways(names: tuple[str, ...]) -> list[str]:
    return [*names, *(name[0].upper() + name[1:] for name in names)]


def json_names(fields: dict[str, Any]) -> dict[str, Any]:
    """A query's names begin with a capital; what is no name of ours stays as it is."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        ours = name[:1].lower() + name[1:]
        known = ours if ours in SHAPE.fields else name
        if known in found:
            message = "This field is given twice."
            raise invalid(f"{name}: {message}", fields={name: [message]})
        found[known] = value
    return found


def draft_of(body: dict[str, Any], *, source: LeadSource, address: str | None, user_agent: str) -> LeadDraft:
    """Raises ValidationError, and Problem 400 for an empty contact."""
    fields: dict[str, Any] = SHAPE.run_validation(present(body))
    lead = wire.draft(fields, body, source_id=source.pk, address=address, user_agent=user_agent)
    require_contact(lead)
    return lead


def require_enabled(source: LeadSource) -> None:
    if not source.is_active:
        raise forbidden("The source is disabled.", "source_disabled")


def require_get(source: LeadSource) -> None:
    if not source.takes_get:
        raise forbidden("This source may not send leads by GET.", "get_not_allowed")


@reads("source", names=wire.NAMES)
def reread(kept: QuarantinedLead) -> Reread:
    """The kept payload read anew, by what the source may do now. Raises Problem and ValidationError."""
    source = kept.lead_source
    assert source, "what came by this door is of a source"
    require_enabled(source)
    if kept.content_type == QUERY:
        require_get(source)
    body = body_of(bytes(kept.payload), kept.content_type)
    lead = draft_of(body, source=source, address=kept.remote_addr, user_agent=kept.user_agent)
    return Reread(lead, own_source=source)

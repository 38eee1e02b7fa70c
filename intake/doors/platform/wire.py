"""The platform door's wire: snake_case in, the lead out. Pure."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from intake.problems import Problem
from intake.words import or_none, renamed, unknown
from leadhub.lib.times import seconds
from leads.drafts import LeadDraft

if TYPE_CHECKING:
    from leads.models import Lead

WORDS = {name: name for name in ("email", "first_name", "last_name", "company", "title", "industry")}
# This wire has four statuses; what is over, in whatever way, is archived.
OVER = frozenset({"converted", "lost"})
CODES = {
    400: "INVALID_INPUT",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "CONFLICT",
    429: "RATE_LIMITED",
    500: "INTERNAL_ERROR",
    503: "SERVICE_UNAVAILABLE",
}


def draft(fields: Mapping[str, Any], body: Mapping[str, Any]) -> LeadDraft:
    return LeadDraft(**renamed(fields, WORDS), extra=unknown(body, WORDS))


def lead_answer(lead: "Lead") -> dict[str, Any]:
    return {
        "id": f"lead_{lead.uuid}",
        "email": lead.email,
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "company": or_none(lead.company),
        "title": or_none(lead.title),
        "industry": or_none(lead.industry),
        "status": "archived" if lead.archived_at or lead.status in OVER else str(lead.status),
        "source": lead.channel,
        "created_at": seconds(lead.created_at),
        "updated_at": seconds(lead.updated_at),
    }


def error(problem: Problem, *, path: str, request_id: str) -> tuple[int, dict[str, Any]]:
    status = 409 if problem.code == "duplicate_lead" else problem.status
    code = "INVALID_REQUEST" if problem.code == "invalid_request" else CODES[status]
    body: dict[str, Any] = {"code": code, "message": problem.message, "http_status": status}
    if problem.fields:
        body["details"] = {"fields": problem.fields}
    return status, body

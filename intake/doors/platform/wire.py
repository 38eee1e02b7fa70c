"""The platform door's wire: snake_case in, the lead out. Pure."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from intake.budgets import WINDOW, Standing
from intake.problems import Problem
from intake.words import EMPTY, or_none, renamed, unknown
from leadhub.lib.times import seconds
from leads.drafts import LeadDraft

if TYPE_CHECKING:
    from accounts.models import AuditEntry
    from leads.models import Lead

WORDS = {name: name for name in ("email", "first_name", "last_name", "company", "title", "industry")}
# Ours for theirs where something is wrong: a tenant made of a lead has its account's name.
NAMES = WORDS | {"name": "account_name"}
# This wire has four statuses; what is over, in whatever way, is archived.
OPEN = ("new", "contacted", "qualified")
ARCHIVED = "archived"
STATUSES = (*OPEN, ARCHIVED)
OVER = frozenset({"converted", "lost"})
FIELDS = (
    "id", "email", "first_name", "last_name", "company", "title", "industry", "status", "source", "created_at",
    "updated_at",
)  # fmt: skip
# What a lead sent back as it was answered also says, and nobody can change.
READ_ONLY = frozenset({*FIELDS, "message", "timeline"} - {*WORDS, "status"})
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
OWN_CODES = {"invalid_request": "INVALID_REQUEST", "invalid_id": "INVALID_ID"}


def draft(fields: Mapping[str, Any], body: Mapping[str, Any]) -> LeadDraft:
    return LeadDraft(**renamed(fields, WORDS), extra=unknown(body, WORDS))


def differing(body: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """What the body says otherwise than the lead is shown: a lead may be sent back as it came, however it came."""
    said = {name: value for name, value in body.items() if name not in shown or not is_shown(value, shown[name])}
    return {name: value for name, value in said.items() if name != "status" or value not in EMPTY}


def is_shown(value: Any, shown: Any) -> bool:
    """Whether the value is what the lead is shown to have; null and an empty text are one nothing."""
    return value == shown or (value in EMPTY and shown in EMPTY)


def changes(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be changed, in our words: null empties a field."""
    given = {name: value or "" for name, value in renamed(fields, WORDS).items()}
    if "status" not in fields:
        return given
    is_put_away = fields["status"] == ARCHIVED
    return given | ({"archived": True} if is_put_away else {"archived": False, "status": fields["status"]})


def standing(lead: "Lead") -> str:
    return word(lead.status, is_archived=lead.archived_at is not None)


def word(status: str, *, is_archived: bool) -> str:
    """This wire's word for where a lead stands."""
    return ARCHIVED if is_archived or status in OVER else str(status)


def lead_answer(lead: "Lead") -> dict[str, Any]:
    return {
        "id": f"lead_{lead.uuid}",
        "email": lead.email,
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "company": or_none(lead.company),
        "title": or_none(lead.title),
        "industry": or_none(lead.industry),
        "status": standing(lead),
        "source": lead.channel,
        "created_at": seconds(lead.created_at),
        "updated_at": seconds(lead.updated_at),
    }


def whole_answer(lead: "Lead", moves: Sequence["AuditEntry"]) -> dict[str, Any]:
    return lead_answer(lead) | {"message": or_none(lead.message), "timeline": timeline(lead, moves)}


def timeline(lead: "Lead", moves: Sequence["AuditEntry"]) -> list[dict[str, Any]]:
    """The changes of status, in order; one that this wire has no words for, such as from lost to converted, is none.

    Read from the last to the first: how a lead stood before is known from how it stood after.
    """
    steps = []
    status, is_archived = str(lead.status), lead.archived_at is not None
    for entry in reversed(moves):
        before, after = pair(entry, "status", status)
        was_archived, is_archived = pair(entry, "archived_at", is_archived)
        steps.append(
            step(entry, word(before, is_archived=bool(was_archived)), word(after, is_archived=bool(is_archived)))
        )
        status, is_archived = before, bool(was_archived)
    return [each for each in reversed(steps) if each["from"] != each["to"]]


def pair(entry: "AuditEntry", name: str, after: Any) -> tuple[Any, Any]:
    """The column before and after the entry; one that it does not tell of stayed as it is `after`."""
    before, told = (entry.changes or {}).get(name) or (after, after)
    return before, told


def step(entry: "AuditEntry", before: str, after: str) -> dict[str, Any]:
    return {"from": before, "to": after, "at": seconds(entry.timestamp), "by": entry.actor_email}


def error(problem: Problem, *, path: str, request_id: str) -> tuple[int, dict[str, Any]]:
    status = 409 if problem.code == "duplicate_lead" else problem.status
    code = OWN_CODES.get(problem.code, CODES[status])
    body: dict[str, Any] = {"code": code, "message": problem.message, "http_status": status}
    if problem.fields:
        body["details"] = {"fields": problem.fields}
    if problem.standing:
        body["details"] = spent(problem.standing)
    return status, body


def spent(standing: Standing) -> dict[str, int]:
    return {"limit": standing.limit, "window_seconds": WINDOW, "retry_after_seconds": standing.resets_in}


def rate_headers(standing: Standing) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(standing.limit),
        "X-RateLimit-Remaining": str(standing.remaining),
        "X-RateLimit-Reset": str(standing.resets_at),
        "X-RateLimit-Policy": f"{standing.limit};w={WINDOW}",
    }

"""What a door can answer instead of a lead, before it is put into the door's own words. Pure."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from intake.budgets import WINDOW, Standing
from leadhub.lib.errors import Conflict, DomainError, Forbidden, NotFound, Unavailable

if TYPE_CHECKING:
    from leads.drafts import LeadDraft
    from leads.models import Lead

REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Payload Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Problem(Exception):
    """A refusal on its way out: status, stable code, a sentence, the fields it concerns, and headers it needs.

    `lead` is the known lead that a duplicate met; `standing` the budget that is spent.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        fields: Mapping[str, Sequence[str]] | None = None,
        retry_after: int | None = None,
        allow: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.fields = dict(fields or {})
        self.retry_after = retry_after
        self.allow = allow
        self.lead: Lead | None = None
        self.standing: Standing | None = None

    @property
    def reason(self) -> str:
        return REASONS[self.status]


def unauthorized(message: str = "The credential is missing or not valid.") -> Problem:
    return Problem(401, "unauthorized", message)


def forbidden(message: str, code: str = "forbidden") -> Problem:
    return Problem(403, code, message)


def invalid(message: str, code: str = "invalid_input", fields: Mapping[str, Sequence[str]] | None = None) -> Problem:
    return Problem(400, code, message, fields=fields)


def require_contact(lead: "LeadDraft") -> None:
    """Where a door demands no field by itself, it still wants somebody: nothing at all is a client's mistake."""
    if not lead.has_contact:
        raise invalid("A lead needs a name, an e-mail or a phone.", "empty_contact")


def not_found() -> Problem:
    return Problem(404, "not_found", "There is nothing at this path.")


def method_not_allowed(allow: Sequence[str]) -> Problem:
    return Problem(405, "method_not_allowed", "This method is not served here.", allow=allow)


def rate_limited(standing: Standing) -> Problem:
    message = f"Too many requests: at most {standing.limit} in {WINDOW} seconds."
    problem = Problem(429, "rate_limited", message, retry_after=standing.resets_in)
    problem.standing = standing
    return problem


def fault() -> Problem:
    return Problem(500, "internal_error", "Something went wrong on our side. The request can be repeated.")


STATUSES: list[tuple[type[DomainError], int]] = [(Forbidden, 403), (NotFound, 404), (Conflict, 409)]


def problem_of(error: DomainError, *, names: Mapping[str, str] | None = None) -> Problem:
    """The problem a domain error is; `names` are the door's words for our fields."""
    if isinstance(error, Unavailable):
        return Problem(503, error.code, error.message, retry_after=error.retry_after)
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 400)
    field = (names or {}).get(error.field, error.field) if error.field else None
    return Problem(status, error.code, error.message, fields={field: [error.message]} if field else None)


def problem_details(problem: Problem, *, status: int, path: str, request_id: str) -> dict[str, Any]:
    """The body of RFC 9457, for who answers application/problem+json."""
    return {
        "type": "about:blank",
        "title": REASONS[status],
        "status": status,
        "detail": problem.message,
        "instance": path,
        "errors": problem.fields,
        "traceId": request_id,
        "code": problem.code,
    }

"""What `/api/docs` says of the platform door."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from intake.documentation import IDEMPOTENCY_KEY, errors
from intake.doors.platform import wire
from intake.doors.platform.export import INCOMPLETE
from intake.doors.platform.serializers import (
    PlatformConversion,
    PlatformError,
    PlatformLead,
    PlatformLeadChanges,
    PlatformLeadPage,
    PlatformLeadRequest,
    PlatformTenant,
    PlatformWholeLead,
)

MET = "The lead that is known already, where the account updates or skips known people."

type Said = dict[str, Any]

READING = (400, 401, 403, 404, 405, 413, 500, 503)
WRITING = (*READING, 409, 415, 422)
ID = OpenApiParameter("id", str, "path", description="`lead_` and a UUID, or the UUID alone.")
FILTERS = [
    OpenApiParameter("status", str, enum=wire.STATUSES, description="`archived`: also converted and lost ones."),
    OpenApiParameter("source", str, description="`api`, `website`, `referral`, or a form's or import's name."),
    OpenApiParameter("q", str, description="Words, each found in name, e-mail, company or phone."),
]
PAGE = [
    OpenApiParameter("limit", int, default=50, description="1 to 100."),
    OpenApiParameter("cursor", str, description="The `next_cursor` of the page before."),
]
REQUEST = {
    "email": "jane@acme.com",
    "first_name": "Jane",
    "last_name": "Doe",
    "company": "Acme Corp",
    "title": "VP of Engineering",
    "industry": "finance",
}
LEAD = {
    "id": "lead_550e8400-e29b-41d4-a716-446655440000",
    **REQUEST,
    "status": "qualified",
    "source": "api",
    "created_at": "2026-04-01T14:30:00Z",
    "updated_at": "2026-04-01T15:10:00Z",
}
MOVE = {"from": "new", "to": "qualified", "at": "2026-04-01T15:10:00Z", "by": "admin@leadhub.example"}
WHOLE = LEAD | {"message": "Please call me.", "timeline": [MOVE]}
CSV = f"{','.join(wire.FIELDS)}\r\n{','.join(LEAD.values())}\r\n"


def operation(name: str, summary: str, *, answers: dict[Any, Any], refusals: tuple[int, ...], **said: Any) -> Said:
    return {
        "operation_id": f"platform_{name}",
        "tags": ["platform door"],
        "summary": summary,
        "responses": {**answers, **errors(PlatformError, *refusals)},
        **said,
    }


def sent(value: Any) -> OpenApiExample:
    return OpenApiExample("A request", value=value, request_only=True)


def answered(value: Any, *, status: int = 200) -> OpenApiExample:
    return OpenApiExample("An answer", value=value, response_only=True, status_codes=[str(status)])


CREATE = operation(
    "create_lead",
    "Create a lead of the platform",
    answers={201: PlatformLead, 200: OpenApiResponse(PlatformLead, description=MET)},
    refusals=WRITING,
    description="The lead enters the platform's own account as `new`, and is on the Leads page at once.",
    request=PlatformLeadRequest,
    parameters=[IDEMPOTENCY_KEY],
    examples=[OpenApiExample("A lead", value=REQUEST, request_only=True)],
)
LIST = operation(
    "list_leads",
    "The platform's leads, the newest first",
    answers={200: PlatformLeadPage},
    refusals=READING,
    description="A page at a time; leads that arrive meanwhile move nothing. An empty parameter is as good as none.",
    parameters=[*PAGE, *FILTERS],
    examples=[answered({"items": [LEAD], "next_cursor": None})],
)
RETRIEVE = operation(
    "get_lead",
    "One lead, with its message and the changes of its status",
    answers={200: PlatformWholeLead},
    refusals=READING,
    parameters=[ID],
    examples=[answered(WHOLE)],
)
CHANGE = operation(
    "change_lead",
    "Change a lead",
    answers={200: PlatformLead},
    refusals=WRITING,
    description="What is left out stays; null or an empty text clears company, title and industry. Any move of the "
    "status is allowed: `archived` archives, any other takes the lead out of the archive. What cannot be changed, such "
    "as `id`, is ignored, so that a lead may be sent back as it was answered.",
    request=PlatformLeadChanges,
    parameters=[ID, IDEMPOTENCY_KEY],
    examples=[sent({"status": "qualified", "title": None}), answered(LEAD)],
)
CONVERT = operation(
    "convert_lead",
    "Make a tenant of a qualified lead",
    answers={201: PlatformTenant},
    refusals=WRITING,
    description="A new account, named `account_name` or after the lead's company, with the contact as its owner; the "
    "lead ends `archived`. Somebody new gets a log-in without a password: an administrator resets it on the console's "
    "page of people and hands it over. Somebody who has a log-in uses that. A lead that is not `qualified`, or was "
    "converted before, is a conflict, and nothing is made.",
    request=PlatformConversion,
    parameters=[ID, IDEMPOTENCY_KEY],
    examples=[
        sent({"account_name": "Acme"}),
        answered({"lead": LEAD | {"status": "archived"}, "account_id": "2311"}, status=201),
    ],
)
EXPORT = operation(
    "export_leads",
    "The platform's leads as CSV, the newest first",
    answers={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, examples=[OpenApiExample("A file", value=CSV)])},
    refusals=READING,
    description="A header row, then a row for each lead. What a spreadsheet would take for a formula begins with an "
    f"apostrophe. One that could not be read to its end says so in its last line: `{INCOMPLETE}` Each export is kept "
    "in the audit: who, with which filters, how many leads.",
    parameters=FILTERS,
)


class PlatformKeyScheme(OpenApiAuthenticationExtension):
    target_class = "intake.doors.platform.views.PlatformAuthentication"
    name = "platformKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A platform administrator's key, `sk_admin_...`"}

"""What `/api/docs` says of the account door's leads beyond making them."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from intake.doors.account.configuration_docs import ACCOUNT, example, numbered, operation, writing
from intake.doors.account.docs import REQUEST
from intake.doors.account.listing import FILTERS, MOST_ROWS, ROWS, SORTS, flag, instant, number
from intake.doors.account.serializers import (
    AccountConversion,
    AccountLead,
    AccountLeadPage,
    AccountLeadRequest,
    AccountListedLead,
)

KINDS: dict[Any, Any] = {flag: bool, number: int, instant: datetime}
PAGING = [
    OpenApiParameter("page", int, default=1),
    OpenApiParameter("pageSize", int, default=ROWS, description=f"At most {MOST_ROWS}."),
    OpenApiParameter("search", str, description="Words, each found in name, e-mail, company or phone."),
    OpenApiParameter("sort", str, enum=SORTS, default="-createdAt", description="With a `-`: downwards."),
    OpenApiParameter("archived", str, enum=["false", "true", "all"], default="false"),
]
LISTED: dict[str, Any] = {
    **dict.fromkeys(AccountListedLead().fields),
    **REQUEST,
    "id": 7,
    "accountId": "2311",
    "assignedTo": "rep1@acme.com",
    "archived": False,
    "createdBy": "owner@acme.com",
    "createdAt": "2026-04-01T14:30:00.000Z",
    "updatedAt": "2026-04-01T15:10:00.000Z",
}
LIST = operation(
    "list_leads",
    "The account's leads, a page at a time",
    answer=AccountLeadPage,
    parameters=[
        ACCOUNT,
        *PAGING,
        *[OpenApiParameter(name, KINDS.get(read, str)) for name, (_, read) in FILTERS.items()],
    ],
    description="Every property of a lead is a filter: equal to what is given, texts whatever their case, instants to "
    "the millisecond. `null` finds the leads that have none, but for texts; an empty parameter is as good as none. "
    "Archived leads are shown with `archived=true`, or `all`. An agent sees his own leads. Listed leads have no "
    "`auditLog`: ask for the lead itself.",
    examples=[
        OpenApiExample(
            "A page",
            value={"data": [LISTED], "totalCount": 41, "totalPages": 5, "currentPage": 5},
            response_only=True,
            status_codes=["200"],
        )
    ],
)
RETRIEVE = operation("get_lead", "One lead, with its auditLog", answer=AccountLead, parameters=[ACCOUNT, numbered()])
CHANGE = writing(
    "change_lead",
    "Change a lead",
    request=AccountLeadRequest,
    answer=AccountLead,
    parameters=[numbered()],
    examples=example({"company": "Acme Corp", "jobTitle": None, "assignedTo": "rep2@acme.com"}),
    description="What is left out stays; null or an empty text clears, but for the two names. `assignedTo` null takes "
    "the lead from its rep; giving it to another needs a manager. What cannot be changed, such as `id`, is ignored, so "
    "that a lead may be sent back as it was answered.",
)
ARCHIVE = writing(
    "archive_lead", "Archive a lead", request=None, answer=AccountLead, parameters=[numbered()],
    description="One that is archived stays so.",
)  # fmt: skip
UNARCHIVE = writing(
    "unarchive_lead", "Take a lead out of the archive", request=None, answer=AccountLead, parameters=[numbered()]
)
CONVERT = writing(
    "convert_lead",
    "Convert a lead",
    request=AccountConversion,
    answer=AccountLead,
    parameters=[numbered()],
    examples=example({"applicationId": "app-4711"}),
    description="Once: a lead that is converted already is a conflict.",
)
DELETE = writing(
    "delete_lead", "Delete a lead", request=None, answer=AccountLead, parameters=[numbered()],
    description="Answers the lead as it was, with the `lead_deleted` entry. For managers and above, who can restore it "
    "for 30 days.",
)  # fmt: skip

"""What `/api/docs` says of the account door."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from intake.documentation import IDEMPOTENCY_KEY, errors
from intake.doors.account.serializers import AccountError, AccountLead, AccountLeadRequest

REQUEST = {
    "firstName": "John",
    "lastName": "Doe",
    "email": "john@acme.com",
    "phone": "+1-555-123-4567",
    "company": "Acme Corp",
    "jobTitle": "VP of Sales",
    "numberOfEmployees": 120,
    "interestedInSwitching": True,
    "teamId": 7,
    "leadSourceId": 7,
}
CREATE: dict[str, Any] = {
    "operation_id": "account_create_lead",
    "tags": ["account door"],
    "summary": "Create a lead in an account",
    "description": "In an account with active teams a `teamId` is required, and a `leadSourceId` where that team has "
    "sources of its own. Without `assignedTo` the next rep of the team's rotation gets the lead, else of the default "
    "rotation.",
    "request": AccountLeadRequest,
    "parameters": [
        OpenApiParameter("x-account-id", str, "header", required=True, description="The account, for example 2311."),
        OpenApiParameter("skipTeamAndSourceRequirement", bool, description="Lift the two rules."),
        IDEMPOTENCY_KEY,
    ],
    "responses": {
        201: AccountLead,
        200: OpenApiResponse(
            AccountLead,
            description="The lead that is known already, where the account updates or skips known people. To an agent "
            "a colleague's is not shown: 400, as where the account refuses them.",
        ),
        **errors(AccountError, 400, 401, 403, 404, 405, 409, 413, 415, 422, 500, 503),
    },
    "examples": [OpenApiExample("A lead", value=REQUEST, request_only=True)],
}


class AccountTokenScheme(OpenApiAuthenticationExtension):
    target_class = "intake.doors.account.views.AccountAuthentication"
    name = "accountToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A session token, or a user's key."}

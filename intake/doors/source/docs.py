"""What `/api/docs` says of the source door."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from intake.body import JSON
from intake.documentation import IDEMPOTENCY_KEY, errors
from intake.doors.source.serializers import SourceLead, SourceLeadRequest, SourceProblem
from intake.formbody import FORM

REQUEST = {
    "firstName": "Jane",
    "lastName": "Doe",
    "email": "jane@acme.com",
    "phone": "+1-555-123-4567",
    "state": "CA",
    "zip": "94107",
    "price": "12.50",
    "utmSource": "google",
    "externalId": "vendor-4711",
    "sourceMetadata": {"campaign": "spring"},
}
RESPONSES: dict[Any, Any] = {
    201: SourceLead,
    **errors(SourceProblem, 400, 401, 403, 404, 405, 429, 500, 503, media_type="application/problem+json"),
}
REFUSALS = (
    "What the source may not send is a 403, whose `code` says why: `source_disabled`, `state_not_allowed`, "
    "`product_not_allowed`, `certificate_required`, `daily_limit_reached`, `account_suspended`, or `duplicate_lead` "
    "where the account refuses people it knows. A refused payload is kept for the operators, who can take it in later; "
    "of a duplicate, nothing is kept."
)
CREATE: dict[str, Any] = {
    "operation_id": "source_create_lead",
    "tags": ["source door"],
    "summary": "Hand in a lead of a source",
    "description": "As JSON, or form-encoded with the same names: `sourceMetadata[key]=value`, and `tagNames` once for "
    "each. The same `externalId` or `sellerLeadId` sent again by the same source is answered with the lead that is "
    "there. " + REFUSALS,
    "request": {JSON: SourceLeadRequest, FORM: SourceLeadRequest},
    "parameters": [IDEMPOTENCY_KEY],
    "responses": RESPONSES,
    "examples": [
        OpenApiExample("A lead", value=REQUEST, request_only=True, media_type=media_type) for media_type in (JSON, FORM)
    ],
}


def query_parameters() -> list[OpenApiParameter]:
    """The body's properties as a query has them: each begins with a capital."""
    named = ((name[0].upper() + name[1:], field) for name, field in SourceLeadRequest().fields.items())
    return [OpenApiParameter(name, str, description=str(field.help_text or "")) for name, field in named]


CREATE_BY_QUERY: dict[str, Any] = {
    "operation_id": "source_create_lead_by_query",
    "tags": ["source door"],
    "summary": "Hand in a lead in the query",
    "description": "For senders that can only call an address, such as "
    "`/leads/intake?FirstName=Jane&Phone=%2B15551234567&SourceMetadata[campaign]=spring`. Credentials are taken in "
    "headers only: one in the query is a 401. Off unless the source allows it (403 `get_not_allowed`). " + REFUSALS,
    "request": None,
    "parameters": [IDEMPOTENCY_KEY, *query_parameters()],
    "responses": RESPONSES,
}


class SourceKeyScheme(OpenApiAuthenticationExtension):
    target_class = "intake.doors.source.views.SourceAuthentication"
    name = ["sourceId", "sourceKey", "sourceBearer"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "apiKey", "in": "header", "name": "X-Leadping-Source-Id", "description": "The source's id."},
            {"type": "apiKey", "in": "header", "name": "X-Leadping-Source-Key", "description": "The source's key."},
            {"type": "http", "scheme": "bearer", "description": "The source's key as a bearer token."},
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{"sourceId": [], "sourceKey": []}, {"sourceBearer": []}]

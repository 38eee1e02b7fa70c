"""What `/api/docs` says of the source door."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample

from intake.documentation import IDEMPOTENCY_KEY, errors
from intake.doors.source.serializers import SourceLead, SourceLeadRequest, SourceProblem

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
CREATE: dict[str, Any] = {
    "operation_id": "source_create_lead",
    "tags": ["source door"],
    "summary": "Hand in a lead of a source",
    "description": "The same `externalId` or `sellerLeadId` sent again by the same source is answered with the lead "
    "that is there. A refused payload is kept for the operators.",
    "request": SourceLeadRequest,
    "parameters": [IDEMPOTENCY_KEY],
    "responses": {
        201: SourceLead,
        **errors(SourceProblem, 400, 401, 403, 404, 405, 429, 500, 503, media_type="application/problem+json"),
    },
    "examples": [OpenApiExample("A lead", value=REQUEST, request_only=True)],
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

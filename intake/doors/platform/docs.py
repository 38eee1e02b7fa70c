"""What `/api/docs` says of the platform door."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample

from intake.documentation import IDEMPOTENCY_KEY, errors
from intake.doors.platform.serializers import PlatformError, PlatformLead, PlatformLeadRequest

REQUEST = {
    "email": "jane@acme.com",
    "first_name": "Jane",
    "last_name": "Doe",
    "company": "Acme Corp",
    "title": "VP of Engineering",
    "industry": "finance",
}
CREATE: dict[str, Any] = {
    "operation_id": "platform_create_lead",
    "tags": ["platform door"],
    "summary": "Create a lead of the platform",
    "description": "The lead enters the platform's own account as `new`, and is on the Leads page at once.",
    "request": PlatformLeadRequest,
    "parameters": [IDEMPOTENCY_KEY],
    "responses": {201: PlatformLead, **errors(PlatformError, 400, 401, 403, 404, 405, 409, 413, 415, 422, 500, 503)},
    "examples": [OpenApiExample("A lead", value=REQUEST, request_only=True)],
}


class PlatformKeyScheme(OpenApiAuthenticationExtension):
    target_class = "intake.doors.platform.views.PlatformAuthentication"
    name = "platformKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A platform administrator's key, `sk_admin_...`"}

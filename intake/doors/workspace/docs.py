"""What `/api/docs` says of the workspace door."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from intake.documentation import IDEMPOTENCY_KEY, errors
from intake.doors.workspace.serializers import WorkspaceError, WorkspaceLeadAnswer, WorkspaceLeadRequest

REQUEST = {
    "email": "john@acme.com",
    "firstName": "John",
    "lastName": "Doe",
    "companyName": "Acme Corp",
    "jobTitle": "VP of Sales",
    "phone": "+1-555-123-4567",
    "linkedinUrl": "https://linkedin.com/in/johndoe",
    "city": "San Francisco",
    "state": "CA",
    "country": "US",
    "tags": ["vip", "enterprise"],
    "customFields": {"industry": "SaaS", "revenue": "$10M"},
}
CREATE: dict[str, Any] = {
    "operation_id": "workspace_create_lead",
    "tags": ["workspace door"],
    "summary": "Create a lead in the workspace",
    "description": "Answers 409 when the workspace already has a lead with this e-mail.",
    "request": WorkspaceLeadRequest,
    "parameters": [
        OpenApiParameter("X-Workspace-Id", str, "header", description="24 hex digits; required with a user key."),
        IDEMPOTENCY_KEY,
    ],
    "responses": {
        201: WorkspaceLeadAnswer,
        **errors(WorkspaceError, 400, 401, 403, 404, 405, 409, 413, 415, 422, 500, 503),
    },
    "examples": [OpenApiExample("A lead", value=REQUEST, request_only=True)],
}


class WorkspaceKeyScheme(OpenApiAuthenticationExtension):
    target_class = "intake.doors.workspace.views.WorkspaceAuthentication"
    name = ["workspaceKey", "workspaceBearer"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "An account's or a user's key."},
            {"type": "http", "scheme": "bearer", "description": "The same key as a bearer token."},
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{"workspaceKey": []}, {"workspaceBearer": []}]

"""What `/api/docs` says of the public form."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from intake.documentation import IDEMPOTENCY_KEY, errors
from intake.doors.platform.serializers import PlatformError
from intake.publicform.serializers import FormConfig, FormLeadRequest, FormReceived

FORM = OpenApiParameter("form", str, "path", description="The form's public id.")
ORIGIN = OpenApiParameter(
    "Origin", str, "header", description="As browsers send it; one that is not on the form's list is refused."
)
LEAD = {
    "email": "jane@acme.com",
    "first_name": "Jane",
    "last_name": "Doe",
    "company": "Acme Corp",
    "message": "Please call me.",
    "utm_source": "newsletter",
}
CONFIGURED = {
    "title": "Contact us",
    "intro": "",
    "button": "Send",
    "thanks": "Thank you. We will be in touch soon.",
    "redirect_url": None,
    "fields": [
        {"name": "email", "label": "E-mail", "required": True, "type": "email", "autocomplete": "email"},
        {"name": "message", "label": "Message", "required": False, "type": "textarea", "autocomplete": "off"},
    ],
    "trap": "homepage_url",
    "token": "WyJhYmMi...",
    "submit_path": "/v1/public/forms/aB3dE5gH7jK9/leads",
}
URLENCODED = "application/x-www-form-urlencoded"
SUBMITTED: dict[str, Any] = {
    "tags": ["public form"],
    "request": {
        "application/json": FormLeadRequest,
        URLENCODED: FormLeadRequest,
    },
    "responses": {
        202: FormReceived,
        303: OpenApiResponse(description="The browser is sent to `redirect`."),
        **errors(PlatformError, 400, 403, 404, 405, 409, 413, 415, 422, 500, 503),
    },
}
TOLD = (
    "No credential. Whoever sends is told the same: a person, one who is known, and a program, whose lead goes to "
    "quarantine. An e-mail or a phone is needed, and what the form requires."
)
CREATE: dict[str, Any] = {
    **SUBMITTED,
    "operation_id": "form_create_lead",
    "summary": "Send a lead by a public form",
    "description": TOLD,
    "parameters": [IDEMPOTENCY_KEY, ORIGIN],
    "examples": [
        OpenApiExample("A lead", value={"form": "aB3dE5gH7jK9", **LEAD}, request_only=True),
        OpenApiExample(
            "A page's form", value={"form": "aB3dE5gH7jK9", **LEAD}, request_only=True, media_type=URLENCODED
        ),
        OpenApiExample("Received", value={"status": "received"}, response_only=True, status_codes=["202"]),
    ],
}
CREATE_BY_PATH: dict[str, Any] = {
    **SUBMITTED,
    "operation_id": "form_create_lead_by_path",
    "summary": "The same, with the form in the path",
    "description": TOLD,
    "parameters": [FORM, IDEMPOTENCY_KEY, ORIGIN],
    "examples": [
        OpenApiExample("A lead", value=LEAD, request_only=True),
        OpenApiExample("A page's form", value=LEAD, request_only=True, media_type=URLENCODED),
        OpenApiExample("Received", value={"status": "received"}, response_only=True, status_codes=["202"]),
    ],
}
CONFIG: dict[str, Any] = {
    "operation_id": "form_config",
    "tags": ["public form"],
    "summary": "What a form asks for, and a token to submit it with",
    "description": "For the snippet, and whoever writes one: the token is good for one submission, from 2 seconds to "
    "24 hours after this answer.",
    "parameters": [FORM, ORIGIN],
    "responses": {200: FormConfig, **errors(PlatformError, 400, 403, 404, 405, 413, 415, 500, 503)},
    "examples": [OpenApiExample("A form", value=CONFIGURED, response_only=True, status_codes=["200"])],
}

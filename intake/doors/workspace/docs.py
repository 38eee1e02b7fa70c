"""What `/api/docs` says of the workspace door."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from intake.documentation import IDEMPOTENCY_KEY, errors
from intake.doors.workspace.serializers import (
    WorkspaceAccountAnswer,
    WorkspaceAnswer,
    WorkspaceDeletionAnswer,
    WorkspaceError,
    WorkspaceKeyAnswer,
    WorkspaceLeadAnswer,
    WorkspaceLeadChanges,
    WorkspaceLeadPage,
    WorkspaceLeadRequest,
    WorkspaceName,
    WorkspaceNewKeyAnswer,
    WorkspacePage,
)

type Said = dict[str, Any]

READING = (400, 401, 403, 404, 405, 413, 500, 503)
WRITING = (*READING, 409, 415, 422)
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
WORKSPACE_ID = "664f0a1b0000000000000002"
LEAD = {
    "_id": "665d4e5f0000000000000007",
    **{name: value for name, value in REQUEST.items() if name != "phone"},
    "phoneNumber": REQUEST["phone"],
    "emailVerified": False,
    "userId": "664f0a1b0000000000000003",
    "workspaceId": WORKSPACE_ID,
    "createdAt": "2025-06-10T10:30:00.000Z",
    "updatedAt": "2025-06-10T10:30:00.000Z",
}
PERSON = {
    "_id": LEAD["userId"],
    "email": "ada@acme.com",
    "name": "Ada",
    "workspaceId": WORKSPACE_ID,
    "createdAt": "2025-06-01T08:00:00.000Z",
}
TEAM_WORKSPACE = {
    "_id": WORKSPACE_ID,
    "name": "Acme",
    "createdAt": "2025-06-01T08:00:00.000Z",
    "updatedAt": "2025-06-01T08:00:00.000Z",
}
KEY_SHOWN = {
    "keyId": "sk_4fQ7bX2m",
    "workspaceId": WORKSPACE_ID,
    "createdAt": "2025-06-01T08:00:00.000Z",
    "lastUsedAt": None,
    "expiresAt": None,
    "revokedAt": None,
}
LAST_PAGE = {"limit": 25, "total": 1, "hasMore": False, "nextCursor": None}

IN_WORKSPACE = OpenApiParameter("X-Workspace-Id", str, "header", description="24 hex digits; required with a user key.")
MAYBE_IN_WORKSPACE = OpenApiParameter(
    "X-Workspace-Id", str, "header", description="24 hex digits; may be left out with a user key."
)
LEAD_ID = OpenApiParameter("id", str, "path", description="The lead's `_id`.")
PATH_ID = OpenApiParameter("id", str, "path", description="The workspace's `_id`.")
PAGE = [
    OpenApiParameter("limit", int, default=25, description="1 to 100."),
    OpenApiParameter("cursor", str, description="The `nextCursor` of the page before."),
]
FILTERS = [
    OpenApiParameter("search", str, description="Words, each found in name, e-mail, company or phone."),
    OpenApiParameter("tags", str, description="Tags parted by commas; a lead has any of them."),
    OpenApiParameter("emailVerified", bool),
    OpenApiParameter("hasCompany", bool),
    OpenApiParameter("hasPhone", bool),
]


def operation(name: str, summary: str, *, answers: dict[Any, Any], refusals: tuple[int, ...], **said: Any) -> Said:
    return {
        "operation_id": f"workspace_{name}",
        "tags": ["workspace door"],
        "summary": summary,
        "responses": {**answers, **errors(WorkspaceError, *refusals)},
        **said,
    }


def sent(value: Any) -> OpenApiExample:
    return OpenApiExample("A request", value=value, request_only=True)


def answered(data: Any, *, status: int = 200, **beside: Any) -> OpenApiExample:
    value = {"success": True, "data": data, **beside}
    return OpenApiExample("An answer", value=value, response_only=True, status_codes=[str(status)])


CREATE = operation(
    "create_lead",
    "Create a lead in the workspace",
    answers={201: WorkspaceLeadAnswer},
    refusals=WRITING,
    description="Answers 409 when the workspace already has a lead with this e-mail.",
    request=WorkspaceLeadRequest,
    parameters=[IN_WORKSPACE, IDEMPOTENCY_KEY],
    examples=[OpenApiExample("A lead", value=REQUEST, request_only=True)],
)
LIST = operation(
    "list_leads",
    "The workspace's leads, the newest first",
    answers={200: WorkspaceLeadPage},
    refusals=READING,
    description="A page at a time; leads that arrive meanwhile move nothing. `total` is exact, and counted with each "
    "page. An empty parameter is as good as none. Who may not see all leads of the workspace sees and counts his own.",
    parameters=[IN_WORKSPACE, *PAGE, *FILTERS],
    examples=[answered([LEAD], pagination=LAST_PAGE)],
)
RETRIEVE = operation(
    "get_lead",
    "One lead",
    answers={200: WorkspaceLeadAnswer},
    refusals=READING,
    parameters=[LEAD_ID, IN_WORKSPACE],
    examples=[answered(LEAD)],
)
CHANGE = operation(
    "change_lead",
    "Change a lead",
    answers={200: WorkspaceLeadAnswer},
    refusals=WRITING,
    description="What is left out stays; null or an empty text clears. `tags` are replaced, `customFields` merged: one "
    "that is null is taken out. The e-mail cannot be changed. What only answers say, such as `_id`, is ignored, so "
    "that a lead may be sent back as it was answered; `phoneNumber` is taken for `phone`.",
    request=WorkspaceLeadChanges,
    parameters=[LEAD_ID, IN_WORKSPACE, IDEMPOTENCY_KEY],
    examples=[
        sent({"jobTitle": "CEO", "phone": None, "tags": ["vip"], "customFields": {"revenue": None}}),
        answered(
            LEAD | {"jobTitle": "CEO", "phoneNumber": None, "tags": ["vip"], "customFields": {"industry": "SaaS"}}
        ),
    ],
)
DELETE = operation(
    "delete_leads",
    "Delete leads by their ids, or all that filters find",
    answers={200: WorkspaceDeletionAnswer},
    refusals=(*READING, 415),
    description='The body is either `{"leadIds": ["665d4e5f0000000000000007"]}`, up to 10,000 ids, of which those '
    'that no lead of the workspace has are not counted; or `{"deleteAll": true}`, with `filters` as the list takes '
    'them (`{"search": "acme", "tags": ["vip"], "emailVerified": false, "hasCompany": true, "hasPhone": true}`) and '
    "`excludeIds`, up to 10,000, of which one that can be no id is refused. Fields and filters that do not exist are "
    "refused. More than 50,000 leads at once are refused, and then none is deleted. They are deleted 500 at a time: "
    "after a 503, a repeat deletes those that are left. Deleted leads can be restored for 30 days.",
    parameters=[IN_WORKSPACE],
    examples=[answered({"deletedCount": 1})],
)
ACCOUNT = operation(
    "get_account",
    "The person whose key it is",
    answers={200: WorkspaceAccountAnswer},
    refusals=READING,
    description="With a workspace's key, the person who made it.",
    parameters=[MAYBE_IN_WORKSPACE],
    examples=[answered(PERSON)],
)
CHANGE_ACCOUNT = operation(
    "change_account",
    "Change one's own name",
    answers={200: WorkspaceAccountAnswer},
    refusals=WRITING,
    description="With a user key only.",
    request=WorkspaceName,
    parameters=[MAYBE_IN_WORKSPACE, IDEMPOTENCY_KEY],
    examples=[sent({"name": "Ada"}), answered(PERSON)],
)
LIST_WORKSPACES = operation(
    "list_workspaces",
    "The workspaces of the key, the newest first",
    answers={200: WorkspacePage},
    refusals=READING,
    description="With a user key, all of which the person is a member and that are not suspended; with a workspace's "
    "key, that one.",
    parameters=[MAYBE_IN_WORKSPACE, *PAGE],
    examples=[answered([TEAM_WORKSPACE], pagination=LAST_PAGE)],
)
CREATE_WORKSPACE = operation(
    "create_workspace",
    "Make a workspace, and be its owner",
    answers={201: WorkspaceAnswer},
    refusals=WRITING,
    description="With a user key only, of somebody who works in a workspace that is not suspended.",
    request=WorkspaceName,
    parameters=[MAYBE_IN_WORKSPACE, IDEMPOTENCY_KEY],
    examples=[sent({"name": "Acme"}), answered(TEAM_WORKSPACE, status=201)],
)
WORKSPACE = operation(
    "get_workspace",
    "One workspace",
    answers={200: WorkspaceAnswer},
    refusals=READING,
    parameters=[PATH_ID],
    examples=[answered(TEAM_WORKSPACE)],
)
CHANGE_WORKSPACE = operation(
    "change_workspace",
    "Change the workspace's name",
    answers={200: WorkspaceAnswer},
    refusals=WRITING,
    request=WorkspaceName,
    parameters=[PATH_ID, IDEMPOTENCY_KEY],
    examples=[sent({"name": "Acme"}), answered(TEAM_WORKSPACE)],
)
KEY = operation(
    "get_key",
    "The workspace's key, without its secret",
    answers={200: WorkspaceKeyAnswer},
    refusals=READING,
    description="The one key that was made by this path; 404 where none is in use. Keys made in the console or by "
    "`/api/v1/keys` are not shown here, and not touched.",
    parameters=[PATH_ID],
    examples=[answered(KEY_SHOWN)],
)
CREATE_KEY = operation(
    "create_key",
    "Make the workspace's key, or make it anew",
    answers={201: WorkspaceNewKeyAnswer},
    refusals=WRITING,
    description="The secret is in this answer and never again. The key that was made by this path before ends at once; "
    "so a repeat, with or without an Idempotency-Key, makes another. Where two keys are to overlap, `/api/v1/keys` "
    "makes them side by side.",
    request=None,
    parameters=[PATH_ID, IDEMPOTENCY_KEY],
    examples=[answered(KEY_SHOWN | {"apiKey": "sk_4fQ7bX2mYH0c9vKp3LrT8sWnZa1dEgUo6iJxMB"}, status=201)],
)
DELETE_KEY = operation(
    "delete_key",
    "Revoke the workspace's key at once",
    answers={200: WorkspaceKeyAnswer},
    refusals=WRITING,
    parameters=[PATH_ID, IDEMPOTENCY_KEY],
    examples=[answered(KEY_SHOWN | {"revokedAt": "2025-06-10T10:30:00.000Z"})],
)


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


class PersonScheme(OpenApiAuthenticationExtension):
    """The same keys where no workspace needs to be named, or the path names it: the schemes are there already."""

    target_class = "intake.doors.workspace.views.PersonAuthentication"
    match_subclasses = True
    name: list[str] = []

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return []

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{"workspaceKey": []}, {"workspaceBearer": []}]

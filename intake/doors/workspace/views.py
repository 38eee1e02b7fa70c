from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.callers import Caller
from accounts.keyformat import KeyKind
from accounts.models.account import DuplicatePolicy
from intake.authentication import DoorAuthentication
from intake.credentials import caller_with, credential, enter_account, require_kind
from intake.doors.workspace import wire
from intake.doors.workspace.docs import CREATE
from intake.doors.workspace.serializers import WorkspaceLeadRequest
from intake.endpoint import DoorViewSet
from intake.problems import forbidden, invalid
from intake.refusals import Door
from leadhub.lib.wireids import hex_id, pk_from_hex
from leads.drafts import LeadDraft
from leads.outcomes import Context, Outcome

DOOR = Door("workspace", prefixes=("/v1",), error=wire.error, names=wire.NAMES)


class WorkspaceAuthentication(DoorAuthentication):
    """`X-Api-Key`, or the same as a bearer token: an account's key, or a user's with `X-Workspace-Id`."""

    def caller(self, request: HttpRequest) -> Caller:
        caller = caller_with(credential(request, header="HTTP_X_API_KEY"))
        require_kind(caller, {KeyKind.ACCOUNT, KeyKind.USER})
        workspace = request.META.get("HTTP_X_WORKSPACE_ID", "").strip()
        if caller.kind == KeyKind.USER:
            return self.user_in_workspace(caller, workspace)
        if workspace and (caller.account is None or workspace.lower() != caller.account.hex_id):
            raise forbidden("The key is of another workspace.")
        return caller

    def user_in_workspace(self, caller: Caller, workspace: str) -> Caller:
        if not workspace or (pk := pk_from_hex(workspace)) is None:
            raise invalid("X-Workspace-Id is required with a user key: 24 hex digits.", "workspace_required")
        inside = enter_account(caller, pk)
        if inside.account is None or inside.account.hex_id != workspace.lower():
            raise forbidden("You do not have access to this account.")
        return inside


class LeadViewSet(DoorViewSet):
    door = DOOR
    authentication_classes = (WorkspaceAuthentication,)
    serializer = WorkspaceLeadRequest()

    @extend_schema(**CREATE)
    def create(self, request: Request) -> HttpResponse:
        return super().create(request)

    def draft(self, fields: dict[str, Any], body: dict[str, Any], request: Request) -> LeadDraft:
        return wire.draft(fields, body)

    def context(self, request: Request) -> Context:
        # This wire knows a person once, whatever the account's policy for the other doors.
        return Context(door=self.door.name, actor=self.actor(request), on_duplicate=DuplicatePolicy.REJECT)

    def answer(self, outcome: Outcome, request: Request) -> tuple[int, dict[str, Any]]:
        assert outcome.lead is not None
        maker = hex_id(self.user.created_at, self.user.pk)
        return 201, wire.created(outcome.lead, user_id=maker, workspace_id=self.account.hex_id)

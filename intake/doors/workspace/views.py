from django.http import HttpRequest

from accounts.callers import Caller, enter
from accounts.keyformat import KeyKind
from intake.authentication import DoorAuthentication
from intake.credentials import caller_of, require_kind
from intake.doors.workspace import wire
from intake.problems import forbidden, invalid
from intake.refusals import Door
from leadhub.lib.errors import NotFound
from leadhub.lib.wireids import is_hex_id, pk_from_hex

DOOR = Door("workspace", prefixes=("/v1",), error=wire.error, names=wire.NAMES)


class NoSuchWorkspace(NotFound):
    """There is none of this id, or it is not the caller's: which of the two, nobody is told."""

    code = "unknown_workspace"

    def __init__(self) -> None:
        super().__init__("Workspace not found.")


class WorkspaceAuthentication(DoorAuthentication):
    """`X-Api-Key`, or the same as a bearer token: an account's key, or a user's with `X-Workspace-Id`."""

    def caller(self, request: HttpRequest) -> Caller:
        caller = caller_of(request, header="HTTP_X_API_KEY")
        require_kind(caller, {KeyKind.ACCOUNT, KeyKind.USER})
        workspace = request.META.get("HTTP_X_WORKSPACE_ID", "").strip()
        if caller.kind == KeyKind.USER:
            return self.user_in_workspace(caller, workspace)
        if workspace and (caller.account is None or workspace.lower() != caller.account.hex_id):
            raise forbidden("The key is of another workspace.")
        return caller

    def user_in_workspace(self, caller: Caller, workspace: str) -> Caller:
        if not is_hex_id(workspace):
            raise invalid("X-Workspace-Id is required with a user key: 24 hex digits.", "workspace_required")
        inside = entered(caller, workspace)
        if inside is None:
            raise forbidden("You do not have access to this workspace.")
        return inside


class PersonAuthentication(WorkspaceAuthentication):
    """The same for what is no workspace's own: a user's key may come without `X-Workspace-Id`."""

    def user_in_workspace(self, caller: Caller, workspace: str) -> Caller:
        return super().user_in_workspace(caller, workspace) if workspace else caller


class PathAuthentication(PersonAuthentication):
    """The same for the workspace that the path names, whatever `X-Workspace-Id` a user's key comes with."""

    def caller(self, request: HttpRequest) -> Caller:
        caller = super().caller(request)
        assert request.resolver_match, "an authenticator is asked by a view"
        inside = entered(caller, request.resolver_match.kwargs["id"])
        if inside is None:
            raise NoSuchWorkspace
        return inside


def entered(caller: Caller, workspace: str) -> Caller | None:
    """The caller within the workspace of this id; None when there is none, or it is not open to the caller."""
    pk = pk_from_hex(workspace)
    if pk is None:
        return None
    inside = caller if caller.kind == KeyKind.ACCOUNT else enter(caller, pk)
    is_it = inside is not None and inside.account is not None and inside.account.hex_id == workspace.lower()
    return inside if is_it else None

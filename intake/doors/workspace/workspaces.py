"""What the workspace door's keys belong to: a person, his workspaces, and each workspace's own key."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.keyformat import KeyKind
from accounts.models import Account
from accounts.roles import Right
from accounts.workspacekeys import end_workspace_key, renew_workspace_key, workspace_key
from intake import idempotency
from intake.authentication import CALLER, DoorAuthentication, Open
from intake.credentials import require_kind
from intake.doors.workspace import docs, wire
from intake.doors.workspace.listing import MOST_ROWS, ROWS
from intake.doors.workspace.serializers import WorkspaceName
from intake.doors.workspace.views import DOOR, PathAuthentication, PersonAuthentication
from intake.endpoint import Endpoint, answer_with
from intake.pages import Cursor, page_of
from teams.founding import found_own_account
from teams.settling import change_account


class WorkspaceEndpoint(Endpoint):
    """A view of the workspace door that is not about leads."""

    door = DOOR
    authentication_classes: tuple[type[DoorAuthentication], ...] = (PersonAuthentication,)
    naming: ClassVar[WorkspaceName] = WorkspaceName()

    def named(self, request: Request) -> str:
        """The body's name. Raises ValidationError."""
        return str(self.naming.run_validation(self.json(request))["name"])

    def written(
        self, request: Request, work: Callable[[], dict[str, Any]], *, status: int = 200, stored: bool = True
    ) -> HttpResponse:
        return self.once(request, lambda: answer_with(status, wire.success(work())), stored=stored)

    def claim(self, request: Request) -> idempotency.Claim | None:
        """A user's key without a workspace has no account: its answers are kept with the platform's."""
        account = self.who.account or Account.objects.platform()
        return idempotency.claim(account, request._request, self.body)


class AccountViewSet(WorkspaceEndpoint):
    """The person whose key it is."""

    is_personal = True
    rights: ClassVar[Mapping[str, Right | Open]] = {"retrieve": CALLER, "partial_update": CALLER}

    @extend_schema(**docs.ACCOUNT)
    def retrieve(self, request: Request) -> HttpResponse:
        self.query(request)
        return self.ok(200, wire.success(self.shown()))

    @extend_schema(**docs.CHANGE_ACCOUNT)
    def partial_update(self, request: Request) -> HttpResponse:
        # A workspace's key is in many hands, and none of them is this person.
        require_kind(self.who, {KeyKind.USER})
        name = self.named(request)

        def work() -> dict[str, Any]:
            self.user.rename(name)
            return self.shown()

        return self.written(request, work)

    def shown(self) -> dict[str, Any]:
        return wire.account_answer(self.user, workspace=self.who.account)


class WorkspacesViewSet(WorkspaceEndpoint):
    """All workspaces of the person, or with a workspace's key that one."""

    is_personal = True
    rights: ClassVar[Mapping[str, Right | Open]] = {"list": CALLER, "create": CALLER}

    @extend_schema(**docs.LIST_WORKSPACES)
    def list(self, request: Request) -> HttpResponse:
        query = self.query(request, "limit", "cursor")
        limit = query.whole("limit", least=1, most=MOST_ROWS, default=ROWS)
        cursor = Cursor("workspace.workspaces", self.user.pk, query.value("cursor"))
        rows, following = page_of(self.rows, order=["-id"], limit=limit, cursor=cursor)
        shown = [wire.workspace_answer(row) for row in rows]
        return self.ok(200, wire.page(shown, limit=limit, total=self.rows.count(), following=following))

    @extend_schema(**docs.CREATE_WORKSPACE)
    def create(self, request: Request) -> HttpResponse:
        require_kind(self.who, {KeyKind.USER})
        name = self.named(request)

        def work() -> dict[str, Any]:
            return wire.workspace_answer(found_own_account(name, owner=self.user))

        return self.written(request, work, status=201)

    @property
    def rows(self) -> QuerySet[Account]:
        if self.who.kind == KeyKind.ACCOUNT:
            return Account.objects.filter(pk=self.account.pk)
        return Account.objects.active().filter(memberships__user=self.user, memberships__is_active=True)


class WorkspaceViewSet(WorkspaceEndpoint):
    """The workspace that the path names."""

    authentication_classes = (PathAuthentication,)
    rights: ClassVar[Mapping[str, Right | Open]] = {
        "retrieve": Right.VIEW_TEAMS,
        "partial_update": Right.MANAGE_ACCOUNT,
    }

    @extend_schema(**docs.WORKSPACE)
    def retrieve(self, request: Request, id: str) -> HttpResponse:
        self.query(request)
        return self.ok(200, wire.success(wire.workspace_answer(self.account)))

    @extend_schema(**docs.CHANGE_WORKSPACE)
    def partial_update(self, request: Request, id: str) -> HttpResponse:
        name = self.named(request)
        return self.written(request, lambda: wire.workspace_answer(change_account(self.account, {"name": name})))


class KeyViewSet(WorkspaceEndpoint):
    """The workspace's own key (accounts.workspacekeys)."""

    authentication_classes = (PathAuthentication,)
    rights: ClassVar[Mapping[str, Right | Open]] = dict.fromkeys(
        ["retrieve", "create", "destroy"], Right.MANAGE_ACCOUNT
    )
    optional_body = frozenset({"create", "destroy"})

    @extend_schema(**docs.KEY)
    def retrieve(self, request: Request, id: str) -> HttpResponse:
        self.query(request)
        return self.ok(200, wire.success(self.shown(workspace_key(self.account))))

    @extend_schema(**docs.CREATE_KEY)
    def create(self, request: Request, id: str) -> HttpResponse:
        """The secret is in this answer alone, so no answer is kept: a repeat makes another key."""
        self.json(request)

        def work() -> dict[str, Any]:
            key, secret = renew_workspace_key(self.account, by=self.who)
            return self.shown(key) | {"apiKey": secret}

        return self.written(request, work, status=201, stored=False)

    @extend_schema(**docs.DELETE_KEY)
    def destroy(self, request: Request, id: str) -> HttpResponse:
        return self.written(request, lambda: self.shown(end_workspace_key(self.account)))

    def shown(self, key: Any) -> dict[str, Any]:
        return wire.key_answer(key, workspace_id=self.account.hex_id)

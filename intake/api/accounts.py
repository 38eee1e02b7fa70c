"""Accounts: those that are open to the caller, and all of them for a platform administrator, who makes them."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import Account, Membership
from accounts.roles import Right, Role
from accounts.suspension import suspend
from accounts.working import accounts_open_to
from intake.api.docs import writes
from intake.api.filters import Filters, FlagFilter, TextFilter
from intake.api.resources import Resource, documented
from intake.api.serializers.account import AccountChanges
from intake.api.serializers.leads import Nothing
from intake.api.serializers.people import ApiNewTenant, ApiTenant, NewTenant
from intake.api.views import AnywhereAuthentication
from intake.api.wire import people as wire
from intake.authentication import CALLER, Open
from leadhub.lib.errors import NotFound
from leads.resuming import resume
from teams.founding import open_account
from teams.members import invite
from teams.settling import change_account

TAG = "accounts"
NEW = {"name": "Globex", "owner": "hank@globex.com", "time_zone": "America/New_York"}


class NoSuchAccount(NotFound):
    code = "unknown_account"

    def __init__(self) -> None:
        super().__init__("account not found")


class AccountFilters(Filters):
    name = TextFilter(lookup_expr="iexact")
    suspended = FlagFilter(field_name="suspended_at", lookup_expr="isnull", exclude=True)


@documented(TAG, "tenant", answer=ApiTenant, new=NEW, changes={"duplicate_policy": "update"}, made=ApiNewTenant)
class AccountsViewSet(Resource[Account]):
    """A person need not name an account here. Only platform administrators make, change, suspend and resume them."""

    authentication_classes = (AnywhereAuthentication,)
    rights: ClassVar[Mapping[str, Right | Open]] = {
        "list": CALLER,
        "retrieve": CALLER,
        "create": Right.MANAGE_PLATFORM,
        "update": Right.MANAGE_PLATFORM,
        "suspend": Right.MANAGE_PLATFORM,
        "resume": Right.MANAGE_PLATFORM,
    }
    optional_body = frozenset({"suspend", "resume"})
    missing, filters = NoSuchAccount, AccountFilters
    new, changes = NewTenant(), AccountChanges()

    def rows(self) -> QuerySet[Account]:
        own = Account.objects.filter(pk=self.account.pk)
        rows = Account.objects.filter(pk__in=accounts_open_to(self.user)) if self.who.is_personal else own
        role = Membership.objects.active().filter(account=OuterRef("pk"), user=self.user).values("role")
        return rows.annotate(role=Subquery(role)) if self.who.is_personal else rows

    def shown(self, row: Account) -> dict[str, Any]:
        return wire.tenant(row, role=getattr(row, "role", None))

    def create(self, request: Request) -> HttpResponse:
        given = self.given(request, self.new)
        owner = given.pop("owner", None)

        def work() -> dict[str, Any]:
            made = open_account(given)
            password = invite(made, email=owner, role=Role.OWNER, by_platform=True).password if owner else ""
            return self.again(made) | {"password": password or None}

        return self.does(request, work, status=201, stored=False)

    def changed(self, row: Account, given: Mapping[str, Any]) -> None:
        change_account(row, given)

    @writes(
        "tenant_suspend",
        TAG,
        "Suspend an account",
        request=Nothing,
        answers={200: ApiTenant},
        description="Every door refuses its keys, its members are logged out, and its jobs wait. Nothing is deleted.",
    )
    def suspend(self, request: Request, id: int) -> HttpResponse:
        return self.step(request, id, suspend)

    @writes("tenant_resume", TAG, "Let an account in again", request=Nothing, answers={200: ApiTenant})
    def resume(self, request: Request, id: int) -> HttpResponse:
        return self.step(request, id, resume)

    def step(self, request: Request, id: int, verb: Callable[..., Account]) -> HttpResponse:
        self.given(request, Nothing())
        return self.does(request, lambda: self.again(verb(self.found(id), actor=self.actor(request))))

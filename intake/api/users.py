"""People, for platform administrators alone; within an account they are its members."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import Membership, User
from accounts.roles import Right
from intake.api.docs import writes
from intake.api.filters import Filters, FlagFilter, IdFilter, TextFilter
from intake.api.resources import Resource, documented
from intake.api.serializers.leads import Nothing
from intake.api.serializers.people import ApiNewUser, ApiPassword, ApiUser, NewUser, UserChanges
from intake.api.views import AnywhereAuthentication
from intake.api.wire import people as wire
from intake.authentication import Open
from teams.members import reset_password
from teams.users import NoSuchUser, add_user, change_user, end_log_ins

TAG = "users"
NEW = {"email": "carl@acme.com", "name": "Carl Hill"}


class UserFilters(Filters):
    email = TextFilter(method="with_email")
    active = FlagFilter(field_name="is_active")
    platform_admin = FlagFilter(field_name="is_platform_admin")
    account = IdFilter(field_name="memberships__account", help_text="Those who are or were members of it.")

    def with_email(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        # Stored in small letters, which is what its index knows.
        return rows.filter(email=value.strip().lower())


@documented(TAG, "user", answer=ApiUser, new=NEW, changes={"is_active": False}, made=ApiNewUser)
class UserViewSet(Resource[User]):
    """A person need not name an account here."""

    authentication_classes = (AnywhereAuthentication,)
    rights: ClassVar[Mapping[str, Right | Open]] = dict.fromkeys(
        ["list", "retrieve", "create", "update", "reset_password", "log_out"], Right.MANAGE_PLATFORM
    )
    optional_body = frozenset({"reset_password", "log_out"})
    missing, filters = NoSuchUser, UserFilters
    new, changes = NewUser(), UserChanges()

    def rows(self) -> QuerySet[User]:
        memberships = Membership.objects.select_related("account").order_by("pk")
        return User.objects.prefetch_related(Prefetch("memberships", memberships))

    def shown(self, row: User) -> dict[str, Any]:
        return wire.user(row)

    def create(self, request: Request) -> HttpResponse:
        given = self.given(request, self.new)

        def work() -> dict[str, Any]:
            user, password = add_user(**given, actor=self.actor(request))
            return self.again(user) | {"password": password}

        return self.does(request, work, status=201, stored=False)

    def changed(self, row: User, given: Mapping[str, Any]) -> None:
        name = {"name": given["name"] or ""} if "name" in given else {}
        change_user(row, {**given, **name}, actor=self.actor(self.request))

    @writes(
        "user_reset_password",
        TAG,
        "Give a person a new password",
        request=Nothing,
        answers={200: ApiPassword},
        description="The present one ends now, and so do the log-ins that were opened with it. Keys of his own stay.",
    )
    def reset_password(self, request: Request, id: int) -> HttpResponse:
        self.given(request, Nothing())

        def work() -> dict[str, Any]:
            return {"password": reset_password(self.found(id), actor=self.actor(request))}

        return self.does(request, work, stored=False)

    @writes("user_log_out", TAG, "End a person's log-ins", request=Nothing, answers={204: None})
    def log_out(self, request: Request, id: int) -> HttpResponse:
        """At the door and in the console; keys of his own stay good."""
        self.given(request, Nothing())
        return self.does(request, lambda: end_log_ins(self.found(id), actor=self.actor(request)), status=204)

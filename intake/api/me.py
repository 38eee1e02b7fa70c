"""Who calls, and what is his own: his name, how he is told of leads, his keys, his notices."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.issuing import NoSuchKey, change_key, issue_own_key
from accounts.keyformat import KeyKind
from accounts.models import ApiKey, User
from accounts.roles import Right
from intake.api.account import RENAMED, KeyFilters, renamed
from intake.api.docs import PAGE, reads, writes
from intake.api.filters import Filters, FlagFilter
from intake.api.resources import Resource, documented
from intake.api.serializers.base import page_of
from intake.api.serializers.people import (
    ApiNewOwnKey,
    ApiNotice,
    ApiOwnKey,
    KeyChanges,
    Me,
    MyChanges,
    Noticed,
    NoticesRead,
)
from intake.api.serializers.settings import NewKey
from intake.api.views import PERSONS, ApiViewSet, PersonAuthentication
from intake.api.wire import people as wire
from intake.api.wire import settings
from intake.authentication import CALLER, Open
from intake.credentials import require_kind
from leads.models import Notice
from leads.models.notice import NoticeQuerySet


class MeViewSet(ApiViewSet):
    rights: ClassVar[Mapping[str, Right | Open]] = {"retrieve": CALLER, "update": CALLER}

    @reads("me", "me", "Who calls, and in which account", answer=Me)
    def retrieve(self, request: Request) -> HttpResponse:
        self.query(request)
        assert self.caller
        return self.ok(200, wire.me(self.caller))

    @writes(
        "me_update",
        "me",
        "Change one's name, and how one is told of leads",
        request=MyChanges,
        answers={200: Me},
        example={"name": "Ann Field", "wants_mail": False},
    )
    def update(self, request: Request) -> HttpResponse:
        assert self.caller
        require_kind(self.caller, PERSONS)
        given = self.given(request, MyChanges())
        return self.does(request, lambda: self.changed(given))

    def changed(self, given: dict[str, Any]) -> dict[str, Any]:
        assert self.caller
        user: User = self.user
        if "name" in given:
            user.rename(given["name"] or "")
        user.choose_notices(bell=given.get("wants_bell"), mail=given.get("wants_mail"))
        return wire.me(self.caller)


@documented(
    "me",
    "personal key",
    answer=ApiOwnKey,
    new={"name": "My script"},
    changes=RENAMED,
    made=ApiNewOwnKey,
    every="One's personal keys",
)
class MyKeyViewSet(Resource[ApiKey]):
    """Keys that act as the caller himself, in all his accounts."""

    authentication_classes = (PersonAuthentication,)
    rights: ClassVar[Mapping[str, Right | Open]] = dict.fromkeys(
        ["list", "retrieve", "create", "update", "destroy"], CALLER
    )
    missing, filters, new, changes = NoSuchKey, KeyFilters, NewKey(), KeyChanges()

    def rows(self) -> QuerySet[ApiKey]:
        return own_keys(self.user)

    def shown(self, row: ApiKey) -> dict[str, Any]:
        return settings.key(row)

    def create(self, request: Request) -> HttpResponse:
        given = self.given(request, self.new)

        def work() -> dict[str, Any]:
            assert self.caller
            key, secret = issue_own_key(self.caller, name=given.get("name", ""), expires_at=given.get("expires_at"))
            return settings.key(key) | {"secret": secret}

        return self.does(request, work, status=201, stored=False)

    def changed(self, row: ApiKey, given: dict[str, Any]) -> None:
        assert self.caller
        change_key(row, **renamed(given), by=self.caller)

    @writes("personal_key_revoke", "me", "Revoke a personal key at once", answers={204: None})
    def destroy(self, request: Request, id: int) -> HttpResponse:
        return self.does(request, lambda: self.found(id).revoke(), status=204)


def own_keys(user: User) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(kind=KeyKind.USER, user=user).select_related("user")


class NoticeFilters(Filters):
    orders = {"-id": ["-id"]}
    unread = FlagFilter(field_name="read_at", lookup_expr="isnull")


class NoticeViewSet(ApiViewSet):
    """What the caller was told of leads in this account; nobody reads another's."""

    authentication_classes = (PersonAuthentication,)
    rights: ClassVar[Mapping[str, Right | Open]] = {"list": Right.VIEW_LEADS, "read": Right.VIEW_LEADS}
    optional_body = frozenset({"read"})

    @property
    def rows(self) -> NoticeQuerySet:
        return Notice.objects.for_account(self.account).filter(user=self.user)

    @reads(
        "notices",
        "me",
        "What one was told of leads, the newest first",
        answer=page_of(ApiNotice, name="ApiNoticePage"),
        parameters=[*PAGE, *NoticeFilters.parameters()],
    )
    def list(self, request: Request) -> HttpResponse:
        return self.listed(request, self.rows, wire.notice, filters=NoticeFilters)

    @writes(
        "notices_read",
        "me",
        "Mark notices as read",
        request=Noticed,
        answers={200: NoticesRead},
        example={"ids": [4711]},
    )
    def read(self, request: Request) -> HttpResponse:
        ids = self.given(request, Noticed()).get("ids")
        rows = self.rows if ids is None else self.rows.filter(pk__in=ids)
        return self.does(request, lambda: {"read": rows.mark_read()})

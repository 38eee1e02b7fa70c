"""Who calls, and what is his own: his name, how he is told of leads, his notices."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import User
from accounts.roles import Right
from intake.api.docs import PAGE, reads, writes
from intake.api.filters import Filters, FlagFilter
from intake.api.serializers.base import page_of
from intake.api.serializers.people import ApiNotice, Me, MyChanges, Noticed, NoticesRead
from intake.api.views import PERSONS, ApiViewSet, PersonAuthentication
from intake.api.wire import people as wire
from intake.authentication import CALLER, Open
from intake.credentials import require_kind
from leads.models import Notice
from leads.models.notice import NoticeQuerySet


class MeViewSet(ApiViewSet):
    is_personal = True
    rights: ClassVar[Mapping[str, Right | Open]] = {"retrieve": CALLER, "update": CALLER}

    @reads("me", "me", "Who calls, and in which account", answer=Me)
    def retrieve(self, request: Request) -> HttpResponse:
        self.query(request)
        return self.ok(200, wire.me(self.who))

    @writes(
        "me_update",
        "me",
        "Change one's name, and how one is told of leads",
        request=MyChanges,
        answers={200: Me},
        example={"name": "Ann Field", "wants_mail": False},
    )
    def update(self, request: Request) -> HttpResponse:
        require_kind(self.who, PERSONS)
        given = self.given(request, MyChanges())
        return self.does(request, lambda: self.changed(given))

    def changed(self, given: dict[str, Any]) -> dict[str, Any]:
        user: User = self.user
        if "name" in given:
            user.rename(given["name"] or "")
        user.choose_notices(bell=given.get("wants_bell"), mail=given.get("wants_mail"))
        return wire.me(self.who)


class NoticeFilters(Filters):
    orders = {"-id": ["-id"]}
    unread = FlagFilter(field_name="read_at", lookup_expr="isnull")


class NoticeViewSet(ApiViewSet):
    """What the caller was told of leads in this account; nobody reads another's."""

    authentication_classes = (PersonAuthentication,)
    is_personal = True
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

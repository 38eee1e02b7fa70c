"""Many leads at once, each with its own result."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from accounts.roles import Right
from intake.api.docs import writes
from intake.api.leads import give_to
from intake.api.serializers.leads import LeadResults, Several, SeveralAssigned, SeveralMoved, SeveralNoted
from intake.api.views import ApiViewSet
from intake.api.wire import leads as wire
from intake.authentication import Open
from leads import lifecycle
from leads.assigning import route
from leads.locking import lock
from leads.models import LeadQuerySet

TAG = "many leads"
IDS = {"ids": [4711, 4712]}
EACH = "At most 500. A lead that is not there, or that one may not know of, is `not_found`; one that was so already is "
EACH += "`unchanged`."


def bulk(name: str, summary: str, request: type[Serializer[Any]], **example: Any) -> Any:
    answers = {200: LeadResults}
    return writes(name, TAG, summary, request=request, answers=answers, example=IDS | example, description=EACH)


class LeadsViewSet(ApiViewSet):
    rights: ClassVar[Mapping[str, Right | Open]] = {
        "assign": Right.ASSIGN_LEADS,
        "route": Right.ASSIGN_LEADS,
        "move": Right.CHANGE_LEADS,
        "archive": Right.CHANGE_LEADS,
        "unarchive": Right.CHANGE_LEADS,
        "remove": Right.DELETE_LEADS,
        "restore": Right.DELETE_LEADS,
    }

    @bulk("leads_assign", "Give leads to a member", SeveralAssigned, owner="ann@acme.com")
    def assign(self, request: Request) -> HttpResponse:
        return self.each(request, SeveralAssigned(), give_to, self.leads.live())

    @bulk("leads_route", "Let rules and rotations choose anew", SeveralNoted)
    def route(self, request: Request) -> HttpResponse:
        return self.each(request, SeveralNoted(), route, self.leads.live())

    @bulk("leads_status", "Move leads", SeveralMoved, status="lost")
    def move(self, request: Request) -> HttpResponse:
        return self.each(request, SeveralMoved(), lifecycle.set_status, self.leads.live())

    @bulk("leads_archive", "Archive leads", Several)
    def archive(self, request: Request) -> HttpResponse:
        return self.each(request, Several(), lifecycle.archive, self.leads.live())

    @bulk("leads_unarchive", "Take leads out of the archive", Several)
    def unarchive(self, request: Request) -> HttpResponse:
        return self.each(request, Several(), lifecycle.unarchive, self.leads.live())

    @bulk("leads_delete", "Delete leads; for 30 days they can be restored", Several)
    def remove(self, request: Request) -> HttpResponse:
        return self.each(request, Several(), lifecycle.delete, self.leads.live())

    @bulk("leads_restore", "Bring back deleted leads", Several)
    def restore(self, request: Request) -> HttpResponse:
        return self.each(request, Several(), lifecycle.restore, self.leads.filter(deleted_at__isnull=False))

    def each(
        self, request: Request, shape: Serializer[Any], verb: Callable[..., Any], rows: LeadQuerySet
    ) -> HttpResponse:
        """Those of these leads that the caller may know of, while he may, taken through the verb together."""
        given = {name: value or "" for name, value in self.given(request, shape).items()}
        ids = list(dict.fromkeys(given.pop("ids")))

        def work() -> dict[str, Any]:
            known = {lead.pk for lead in lock(rows.filter(pk__in=ids))}
            changed = {lead.pk for lead in verb(self.account, known, actor=self.actor(request), **given)}
            return wire.results(ids, known=known, changed=changed)

        return self.does(request, work)

"""The account's members: who they are, what they may, and when they work."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import DayOff, Membership
from accounts.roles import Right
from intake.api.docs import PAGE, reads, writes
from intake.api.filters import Filters, FlagFilter, OneOfFilter, TextFilter
from intake.api.resources import Resource, documented
from intake.api.serializers.account import ApiJob
from intake.api.serializers.base import page_of
from intake.api.serializers.leads import Nothing
from intake.api.serializers.teams import (
    ROLES,
    ApiDayOff,
    ApiMember,
    ApiNewMember,
    MemberChanges,
    NewDayOff,
    NewMember,
)
from intake.api.views import ApiViewSet
from intake.api.wire import settings as wire
from intake.authentication import Open
from leads.handover import start_hand_over
from teams.calendar import NoSuchDay, remove_day_off, save_day_off
from teams.members import NoSuchMembership, invite, set_membership, set_working_time

TAG = "members"
INVITED = {"email": "ann@acme.com", "name": "Ann Field", "role": "agent"}
CHANGED = {"time_zone": "Europe/Berlin", "working_hours": {"mon": [["09:00", "17:00"]]}}


class MemberFilters(Filters):
    active = FlagFilter(field_name="is_active")
    role = OneOfFilter(ROLES)
    email = TextFilter(field_name="user__email", lookup_expr="iexact")


class DayFilters(Filters):
    orders = {"first_date": ["first_date", "id"]}


@documented(TAG, "member", answer=ApiMember, new=INVITED, changes=CHANGED, made=ApiNewMember)
class MemberViewSet(Resource[Membership]):
    """Only an owner, or a platform administrator, makes or changes owners."""

    rights: ClassVar[Mapping[str, Right | Open]] = {
        "list": Right.VIEW_TEAMS,
        "retrieve": Right.VIEW_TEAMS,
        "create": Right.MANAGE_ACCOUNT,
        "update": Right.MANAGE_ACCOUNT,
        "hand_over": Right.MANAGE_ACCOUNT,
    }
    optional_body = frozenset({"hand_over"})
    found_below = {"hand_over": "/api/v1/jobs"}
    missing, filters = NoSuchMembership, MemberFilters
    new, changes = NewMember(), MemberChanges()

    def rows(self) -> QuerySet[Membership]:
        return Membership.objects.for_account(self.account).select_related("user")

    def shown(self, row: Membership) -> dict[str, Any]:
        return wire.member(row)

    def create(self, request: Request) -> HttpResponse:
        given = self.given(request, self.new)

        def work() -> dict[str, Any]:
            made = invite(self.account, by_platform=self.is_platform_admin, by_owner=self.is_owner, **given)
            return wire.member(made.membership) | {"password": made.password or None}

        return self.does(request, work, status=201, stored=False)

    def changed(self, row: Membership, given: Mapping[str, Any]) -> None:
        if place := {name: given[name] for name in ("role", "is_active") if name in given}:
            set_membership(row, **place, by_owner=self.is_owner)
        if hours := {name: given[name] for name in ("time_zone", "working_hours") if name in given}:
            set_working_time(row, **hours)

    @writes("member_hand_over", TAG, "Hand a member's open leads over", request=Nothing, answers={202: ApiJob})
    def hand_over(self, request: Request, id: int) -> HttpResponse:
        """Rules and rotations decide anew who gets each; the answer is the job that sees to it."""
        self.given(request, Nothing())

        def work() -> dict[str, Any]:
            member = self.found(id)
            return wire.job(start_hand_over(self.account, member.user, actor=self.actor(request)))

        return self.does(request, work, status=202)


class DayOffViewSet(ApiViewSet):
    rights: ClassVar[Mapping[str, Right | Open]] = {
        "list": Right.VIEW_TEAMS,
        "retrieve": Right.VIEW_TEAMS,
        "create": Right.MANAGE_ACCOUNT,
        "destroy": Right.MANAGE_ACCOUNT,
    }

    def member(self, id: int) -> Membership:
        found = Membership.objects.for_account(self.account).select_related("user").filter(pk=id).first()
        if found is None:
            raise NoSuchMembership
        return found

    def days(self, id: int) -> QuerySet[DayOff]:
        return DayOff.objects.for_account(self.account).filter(user=self.member(id).user_id)

    @reads(
        "days_off",
        TAG,
        "A member's days off",
        answer=page_of(ApiDayOff, name="ApiDayOffPage"),
        parameters=[*PAGE, *DayFilters.parameters()],
    )
    def list(self, request: Request, id: int) -> HttpResponse:
        return self.listed(request, self.days(id), wire.day_off, filters=DayFilters)

    @reads("day_off_get", TAG, "Days off of a member's", answer=ApiDayOff)
    def retrieve(self, request: Request, id: int, day: int) -> HttpResponse:
        self.query(request)
        found = self.days(id).filter(pk=day).first()
        if found is None:
            raise NoSuchDay
        return self.ok(200, wire.day_off(found))

    @writes(
        "day_off_create",
        TAG,
        "Give a member days off",
        request=NewDayOff,
        answers={201: ApiDayOff},
        example={"first_date": "2026-08-03", "last_date": "2026-08-14", "note": "holiday"},
    )
    def create(self, request: Request, id: int) -> HttpResponse:
        given = self.given(request, NewDayOff())

        def work() -> dict[str, Any]:
            return wire.day_off(save_day_off(DayOff(account=self.account, user=self.member(id).user, **given)))

        return self.does(request, work, status=201)

    @writes("day_off_delete", TAG, "Take days off away", answers={204: None})
    def destroy(self, request: Request, id: int, day: int) -> HttpResponse:
        return self.does(request, lambda: remove_day_off(self.member(id), day), status=204)

"""Teams, and the account's holidays."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import Holiday
from accounts.roles import Right
from intake.api.docs import writes
from intake.api.filters import Filters, FlagFilter
from intake.api.resources import Resource, documented
from intake.api.serializers.teams import ApiHoliday, ApiTeam, NewHoliday, NewTeam, TeamChanges
from intake.api.wire import settings as wire
from intake.authentication import Open
from teams.calendar import NoSuchDay, remove_holiday, save_holiday
from teams.grouping import NoSuchTeam, change_team, create_team
from teams.models import Team

NEW_TEAM = {"name": "West", "members": ["ann@acme.com", "bob@acme.com"]}


class TeamFilters(Filters):
    active = FlagFilter(field_name="is_active", help_text="Only those in use, or only the others.")


@documented("teams", "team", answer=ApiTeam, new=NEW_TEAM, changes={"is_active": False})
class TeamViewSet(Resource[Team]):
    """An inactive team takes no new leads; those it has stay."""

    missing, filters = NoSuchTeam, TeamFilters
    new, changes = NewTeam(), TeamChanges()

    def rows(self) -> QuerySet[Team]:
        return Team.objects.for_account(self.account).prefetch_related("members__user")

    def shown(self, row: Team) -> dict[str, Any]:
        return wire.team(row)

    def made(self, given: Mapping[str, Any]) -> Team:
        return create_team(self.account, by=self.user, **given)

    def changed(self, row: Team, given: Mapping[str, Any]) -> None:
        change_team(row, by=self.user, **given)


class HolidayFilters(Filters):
    orders = {"date": ["date"], "-date": ["-date"]}


@documented("holidays", "holiday", answer=ApiHoliday, new={"date": "2026-12-25", "name": "Christmas"})
class HolidayViewSet(Resource[Holiday]):
    """Days on which no rotation gives anybody a lead."""

    rights: ClassVar[Mapping[str, Right | Open]] = {
        "list": Right.VIEW_TEAMS,
        "retrieve": Right.VIEW_TEAMS,
        "create": Right.MANAGE_TEAMS,
        "destroy": Right.MANAGE_TEAMS,
    }
    missing, filters, new = NoSuchDay, HolidayFilters, NewHoliday()

    def rows(self) -> QuerySet[Holiday]:
        return Holiday.objects.for_account(self.account)

    def shown(self, row: Holiday) -> dict[str, Any]:
        return wire.holiday(row)

    def made(self, given: Mapping[str, Any]) -> Holiday:
        return save_holiday(Holiday(account=self.account, **given))

    @writes("holiday_delete", "holidays", "Take a holiday away", answers={204: None})
    def destroy(self, request: Request, id: int) -> HttpResponse:
        return self.does(request, lambda: remove_holiday(self.account, id), status=204)

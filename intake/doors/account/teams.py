from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request

from intake.doors.account import configuration_docs as docs
from intake.doors.account.configuration import ConfigurationViewSet, of_activity
from intake.doors.account.configuration_serializers import TeamChange, TeamChangeById, TeamRequest
from intake.doors.account.configuration_wire import stored_fields, team_answer
from leadhub.lib.errors import NotFound
from teams.grouping import NoSuchTeam, change_team, create_team
from teams.models import Team


@docs.documented(docs.TEAMS)
class TeamViewSet(ConfigurationViewSet[Team]):
    """An inactive team takes no new leads; those it has stay, and go on by its rotation."""

    new, changes, named_changes = TeamRequest(), TeamChange(), TeamChangeById()

    def rows(self) -> QuerySet[Team]:
        rows = Team.objects.for_account(self.account).select_related("created_by", "updated_by")
        return rows.prefetch_related("members__user").order_by("pk")

    def missing(self) -> NotFound:
        return NoSuchTeam()

    def listed(self, request: Request) -> QuerySet[Team]:
        return of_activity(self.rows(), self.only_active(request, default=True))

    def shown(self, rows: Sequence[Team]) -> Sequence[dict[str, Any]]:
        return [team_answer(team) for team in rows]

    def made(self, given: dict[str, Any]) -> Team:
        return create_team(self.account, members=given.get("members", ()), by=self.user, **stored_fields(given))

    def change(self, row: Team, given: dict[str, Any]) -> None:
        change_team(row, members=given.get("members"), by=self.user, **stored_fields(given))

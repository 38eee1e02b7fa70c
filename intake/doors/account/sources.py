from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request

from intake.doors.account import configuration_docs as docs
from intake.doors.account.configuration import ConfigurationViewSet, of_activity
from intake.doors.account.configuration_serializers import SourceChange, SourceChangeById, SourceRequest
from intake.doors.account.configuration_wire import source_answer, stored_fields
from leadhub.lib.errors import NotFound
from teams.models import LeadSource
from teams.sourcing import NoSuchSource, change_source, create_source


@docs.documented(docs.SOURCES)
class SourceViewSet(ConfigurationViewSet[LeadSource]):
    new, changes, named_changes = SourceRequest(), SourceChange(), SourceChangeById()

    def rows(self) -> QuerySet[LeadSource]:
        rows = LeadSource.objects.for_account(self.account).select_related("account", "created_by", "updated_by")
        return rows.prefetch_related("for_teams").order_by("pk")

    def missing(self) -> NotFound:
        return NoSuchSource()

    def listed(self, request: Request) -> QuerySet[LeadSource]:
        return of_activity(self.rows(), self.only_active(request, default=None))

    def shown(self, rows: Sequence[LeadSource]) -> Sequence[dict[str, Any]]:
        return [source_answer(source) for source in rows]

    def made(self, given: dict[str, Any]) -> LeadSource:
        team_ids = given.get("teamIds", [])
        return create_source(self.account, team_ids=team_ids, by=self.user, **stored_fields(given))

    def change(self, row: LeadSource, given: dict[str, Any]) -> None:
        change_source(row, team_ids=given.get("teamIds"), by=self.user, **stored_fields(given))

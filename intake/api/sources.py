"""Lead sources, and the keys by which they send."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import ApiKey
from accounts.roles import Right
from intake.api.docs import PAGE, reads, writes
from intake.api.filters import Filters, FlagFilter, TextFilter
from intake.api.resources import Resource, documented
from intake.api.serializers.base import page_of
from intake.api.serializers.sources import ApiKeyShown, ApiNewKey, ApiSource, KeyRotation, NewSource, SourceChanges
from intake.api.wire import settings as wire
from intake.authentication import Open
from intake.sourcecounts import SourceCounts, counts_of
from leads.sourcing import change_rules
from teams.keyrotation import rotate_key
from teams.models import LeadSource
from teams.sourcing import NoSuchSource, create_source

TAG = "sources"
EXAMPLE = {"name": "Vendor", "teams": [7], "allowed_states": ["CA", "NY"], "daily_limit": 500, "cost_per_lead": "12.50"}
OVERLAP = 24


class SourceFilters(Filters):
    orders = {"id": ["id"], "-id": ["-id"]}
    active = FlagFilter(field_name="is_active")
    name = TextFilter(lookup_expr="iexact")


class NewestFirst(Filters):
    orders = {"-id": ["-id"]}


@documented(TAG, "source", answer=ApiSource, new=EXAMPLE, changes={"is_active": False})
class SourceViewSet(Resource[LeadSource]):
    """What a source may send, and what is added to it, and what came of it; one that is not active is refused."""

    rights: ClassVar[Mapping[str, Right | Open]] = {
        **Resource.rights,
        "keys": Right.MANAGE_ACCOUNT,
        "rotate_key": Right.MANAGE_ACCOUNT,
    }
    optional_body = frozenset({"rotate_key"})
    found_below = {"rotate_key": "/api/v1/keys"}
    missing, filters = NoSuchSource, SourceFilters
    new, changes = NewSource(), SourceChanges()
    counts: Mapping[int, SourceCounts]

    def rows(self) -> QuerySet[LeadSource]:
        return LeadSource.objects.for_account(self.account).select_related("account").prefetch_related("for_teams")

    def beside(self, rows: Sequence[LeadSource]) -> None:
        self.counts = counts_of(self.account, [row.pk for row in rows])

    def shown(self, row: LeadSource) -> dict[str, Any]:
        return wire.source(row, self.counts[row.pk])

    def made(self, given: Mapping[str, Any]) -> LeadSource:
        team_ids = given.get("teams", [])
        return create_source(self.account, team_ids=team_ids, by=self.user, **columns(given))

    def changed(self, row: LeadSource, given: Mapping[str, Any]) -> None:
        change_rules(row, team_ids=given.get("teams"), by=self.user, **columns(given))

    @reads(
        "source_keys",
        TAG,
        "A source's keys, the newest first",
        answer=page_of(ApiKeyShown, name="ApiSourceKeyPage"),
        parameters=[*PAGE, *NewestFirst.parameters()],
    )
    def keys(self, request: Request, id: int) -> HttpResponse:
        source = self.found(id)
        keys = ApiKey.objects.for_account(self.account).select_related("user").filter(source_key__source=source)
        return self.listed(request, keys, wire.key, filters=NewestFirst)

    @writes(
        "source_rotate_key",
        TAG,
        "Give a source another key",
        request=KeyRotation,
        answers={201: ApiNewKey},
        example={"overlap_hours": 48},
        description="The new key is good at once; those it had are taken for so many hours more. With 0 they end now. "
        "The first key of a source is made in the same way.",
    )
    def rotate_key(self, request: Request, id: int) -> HttpResponse:
        hours = self.given(request, KeyRotation()).get("overlap_hours", OVERLAP)

        def work() -> dict[str, Any]:
            made, secret = rotate_key(self.found(id), user=self.user, hours=hours)
            return wire.key(made.key) | {"secret": secret}

        return self.does(request, work, status=201, stored=False)


def columns(given: Mapping[str, Any]) -> dict[str, Any]:
    """Null is the account's country, which is stored as no text; its teams are no column."""
    country = {"default_country": given["default_country"] or ""} if "default_country" in given else {}
    return {name: value for name, value in {**given, **country}.items() if name != "teams"}

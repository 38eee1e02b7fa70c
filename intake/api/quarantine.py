"""What was refused and kept: looked at, run again, or discarded."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.roles import Right
from intake.api.docs import writes
from intake.api.filters import Filters, FlagFilter, IdFilter, InstantFilter, TextFilter
from intake.api.resources import Resource, documented
from intake.api.serializers.account import ApiJob
from intake.api.serializers.leads import Nothing, Several
from intake.api.serializers.quarantine import ApiQuarantined, Discarding
from intake.api.wire import quarantine as wire
from intake.api.wire.settings import job
from intake.authentication import Open
from intake.models import QuarantinedLead, QuarantineQuerySet
from intake.payloads import beginning, plain
from intake.quarantine import NoSuchPayload, discard, rerun
from intake.rerunning import start_runs

TAG = "quarantine"


class QuarantineFilters(Filters):
    orders = {"-id": ["-account_id", "-id"], "id": ["account_id", "id"]}
    resolved = FlagFilter(field_name="resolved_at", lookup_expr="isnull", exclude=True)
    code = TextFilter()
    source = IdFilter(field_name="lead_source")
    form = IdFilter()
    door = TextFilter()
    search = TextFilter(method="searched", help_text="Any part of the payload, such as an e-mail.")
    created_after = InstantFilter(field_name="created_at", lookup_expr="gte")
    created_before = InstantFilter(field_name="created_at", lookup_expr="lt")

    def searched(self, rows: QuarantineQuerySet, name: str, words: str) -> QuarantineQuerySet:
        return rows.search(words)


@documented(TAG, "payload", answer=ApiQuarantined)
class QuarantineViewSet(Resource[QuarantinedLead]):
    """What sources sent and was refused, as it came, with the reason."""

    rights: ClassVar[Mapping[str, Right | Open]] = {
        "list": Right.VIEW_ALL_LEADS,
        "retrieve": Right.VIEW_ALL_LEADS,
        "run": Right.MANAGE_TEAMS,
        "run_many": Right.MANAGE_TEAMS,
        "discard": Right.MANAGE_TEAMS,
    }
    optional_body = frozenset({"run", "discard"})
    found_below = {"run_many": "/api/v1/jobs"}
    missing, filters = NoSuchPayload, QuarantineFilters

    def rows(self) -> QuerySet[QuarantinedLead]:
        if self.action == "list":
            return QuarantinedLead.objects.listed_for(self.account).select_related("resolved_by").with_heads()
        return QuarantinedLead.objects.for_account(self.account).select_related("resolved_by")

    def shown(self, row: Any) -> dict[str, Any]:
        if self.action == "list":
            return wire.quarantined(row, payload=beginning(row.head), size=row.size)
        return wire.quarantined(row, payload=plain(bytes(row.payload)), size=len(row.payload))

    @writes(
        "payload_run",
        TAG,
        "Run a refused payload again",
        request=Nothing,
        answers={200: ApiQuarantined},
        description="As its source would be answered now. It is resolved by its `lead`; or it is refused again, and "
        "stays open with its new `code` and `reason`. One that is resolved is a 409 `already_resolved`.",
    )
    def run(self, request: Request, id: int) -> HttpResponse:
        self.given(request, Nothing())
        return self.does(request, lambda: self.again(rerun(self.account, id, actor=self.actor(request))))

    @writes(
        "payloads_run",
        TAG,
        "Run refused payloads again, as a job",
        request=Several,
        answers={202: ApiJob},
        example={"ids": [4711, 4712]},
        description="At most 500. The job counts as `done` what became a lead, and as `refused` what was refused "
        "again, or is not there or resolved by then.",
    )
    def run_many(self, request: Request) -> HttpResponse:
        ids = list(dict.fromkeys(self.given(request, Several())["ids"]))

        def work() -> dict[str, Any]:
            return job(start_runs(self.account, ids, actor=self.actor(request)))

        return self.does(request, work, status=202)

    @writes(
        "payload_discard",
        TAG,
        "Resolve a refused payload without a lead",
        request=Discarding,
        answers={200: ApiQuarantined},
        example={"note": "A test of the vendor's."},
    )
    def discard(self, request: Request, id: int) -> HttpResponse:
        note = self.given(request, Discarding()).get("note") or ""
        return self.does(request, lambda: self.again(discard(self.account, id, note=note, actor=self.actor(request))))

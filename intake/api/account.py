"""The account itself: its settings and its jobs."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import Job, JobState
from accounts.roles import Right
from intake.api.docs import reads, writes
from intake.api.filters import Filters, OneOfFilter, TextFilter
from intake.api.resources import Resource, documented
from intake.api.serializers.account import AccountChanges, ApiAccount, ApiJob
from intake.api.serializers.leads import Nothing
from intake.api.views import ApiViewSet
from intake.api.wire import settings as wire
from intake.authentication import Open
from leadhub.lib.errors import NotFound
from teams.settling import change_account


class NoSuchJob(NotFound):
    code = "unknown_job"

    def __init__(self) -> None:
        super().__init__("job not found")


class AccountViewSet(ApiViewSet):
    rights: ClassVar[Mapping[str, Right | Open]] = {"retrieve": Right.VIEW_TEAMS, "update": Right.MANAGE_ACCOUNT}

    @reads("account", "account", "The account's settings", answer=ApiAccount)
    def retrieve(self, request: Request) -> HttpResponse:
        self.query(request)
        return self.ok(200, wire.account(self.account))

    @writes(
        "account_update",
        "account",
        "Change the account's settings",
        request=AccountChanges,
        answers={200: ApiAccount},
        example={"duplicate_policy": "link", "default_country": "US", "time_zone": "America/New_York"},
    )
    def update(self, request: Request) -> HttpResponse:
        given = self.given(request, AccountChanges())
        return self.does(request, lambda: wire.account(change_account(self.account, given) if given else self.account))


class JobFilters(Filters):
    orders = {"-id": ["-id"], "id": ["id"]}
    state = OneOfFilter([state.value for state in JobState])
    kind = TextFilter()


@documented("jobs", "job", answer=ApiJob)
class JobViewSet(Resource[Job]):
    """Pieces of work that somebody of the account started."""

    rights: ClassVar[Mapping[str, Right | Open]] = {
        "list": Right.MANAGE_TEAMS,
        "retrieve": Right.MANAGE_TEAMS,
        "retry": Right.MANAGE_TEAMS,
    }
    optional_body = frozenset({"retry"})
    missing, filters = NoSuchJob, JobFilters

    def rows(self) -> QuerySet[Job]:
        return Job.objects.for_account(self.account).select_related("created_by")

    def shown(self, row: Job) -> dict[str, Any]:
        return wire.job(row)

    @writes("job_retry", "jobs", "Have a failed job done again", request=Nothing, answers={200: ApiJob})
    def retry(self, request: Request, id: int) -> HttpResponse:
        self.given(request, Nothing())

        def work() -> dict[str, Any]:
            job = self.found(id)
            job.retry(self.actor(request))
            return self.again(job)

        return self.does(request, work)

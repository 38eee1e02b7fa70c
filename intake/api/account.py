"""The account itself: its settings, its keys and its jobs."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.issuing import NoSuchKey, change_key, refuse_expiry
from accounts.keyformat import KeyKind
from accounts.models import ApiKey as Key
from accounts.models import Job, JobState
from accounts.roles import Right
from intake.api.docs import reads, writes
from intake.api.filters import Filters, FlagFilter, OneOfFilter, TextFilter
from intake.api.resources import Resource, documented
from intake.api.serializers.leads import Nothing
from intake.api.serializers.people import KeyChanges
from intake.api.serializers.settings import (
    AccountChanges,
    ApiAccount,
    ApiJob,
    ApiKeyShown,
    ApiNewKey,
    NewKey,
)
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


class KeyFilters(Filters):
    orders = {"-id": ["-id"]}
    usable = FlagFilter(method="is_usable", help_text="Neither revoked nor expired; or the others.")

    def is_usable(self, rows: QuerySet[Key], name: str, value: bool) -> QuerySet[Key]:
        usable = Key.objects.usable().values("pk")
        return rows.filter(pk__in=usable) if value else rows.exclude(pk__in=usable)


RENAMED = {"name": "Website", "expires_at": "2099-12-31T00:00:00Z"}


@documented("keys", "key", answer=ApiKeyShown, new={"name": "Website"}, changes=RENAMED, made=ApiNewKey)
class KeyViewSet(Resource[Key]):
    """The account's own keys, and those of its sources. A source gets a new one by `rotate-key`."""

    rights: ClassVar[Mapping[str, Right | Open]] = {
        "list": Right.MANAGE_ACCOUNT,
        "retrieve": Right.MANAGE_ACCOUNT,
        "create": Right.MANAGE_ACCOUNT,
        "update": Right.MANAGE_ACCOUNT,
        "destroy": Right.MANAGE_ACCOUNT,
    }
    missing, filters, new, changes = NoSuchKey, KeyFilters, NewKey(), KeyChanges()

    def rows(self) -> QuerySet[Key]:
        return Key.objects.for_account(self.account).select_related("user")

    def shown(self, row: Key) -> dict[str, Any]:
        return wire.key(row)

    def create(self, request: Request) -> HttpResponse:
        given = self.given(request, self.new)
        assert self.caller
        refuse_expiry(self.caller, given.get("expires_at"))
        # Made by a key that expires, it does not outlive it.
        given["expires_at"] = given.get("expires_at") or self.caller.expires_at

        def work() -> dict[str, Any]:
            key, secret = Key.objects.issue(KeyKind.ACCOUNT, user=self.user, account=self.account, **given)
            return wire.key(key) | {"secret": secret}

        return self.does(request, work, status=201, stored=False)

    def changed(self, row: Key, given: dict[str, Any]) -> None:
        assert self.caller
        change_key(row, **renamed(given), by=self.caller)

    @writes("key_revoke", "keys", "Revoke a key at once", answers={204: None})
    def destroy(self, request: Request, id: int) -> HttpResponse:
        return self.does(request, lambda: self.found(id).revoke(), status=204)


def renamed(given: Mapping[str, Any]) -> dict[str, Any]:
    """What `change_key` takes; null empties a name."""
    return {"name": given["name"] or "" if "name" in given else None, "expires_at": given.get("expires_at")}


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

"""The account itself: its settings, its keys, its jobs and its audit."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from accounts.issuing import NoSuchKey, refuse_expiry
from accounts.keyformat import KeyKind
from accounts.models import ApiKey as Key
from accounts.models import AuditEntry, Event, Job, JobState
from accounts.roles import Right
from intake.api.docs import PAGE, reads, writes
from intake.api.filters import Filters, FlagFilter, InstantFilter, OneOfFilter, TextFilter
from intake.api.resources import Resource, documented
from intake.api.serializers.base import page_of
from intake.api.serializers.leads import Nothing
from intake.api.serializers.settings import (
    AccountChanges,
    ApiAccount,
    ApiAuditEntry,
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

# What the audit speaks of, by the model behind it.
KINDS = {
    "lead": "lead",
    "team": "team",
    "teammember": "team_member",
    "leadsource": "source",
    "leadsourceteam": "source_team",
    "sourcekey": "source_key",
    "rotation": "rotation",
    "rotationmember": "rotation_member",
    "routingrule": "rule",
    "membership": "member",
    "apikey": "key",
    "account": "account",
    "dayoff": "day_off",
    "holiday": "holiday",
    "job": "job",
}


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


@documented("keys", "key", answer=ApiKeyShown, new={"name": "Website"}, made=ApiNewKey)
class KeyViewSet(Resource[Key]):
    """The account's own keys, and those of its sources. A source gets a new one by `rotate-key`."""

    rights: ClassVar[Mapping[str, Right | Open]] = {
        "list": Right.MANAGE_ACCOUNT,
        "retrieve": Right.MANAGE_ACCOUNT,
        "create": Right.MANAGE_ACCOUNT,
        "destroy": Right.MANAGE_ACCOUNT,
    }
    missing, filters, new = NoSuchKey, KeyFilters, NewKey()

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

    @writes("key_revoke", "keys", "Revoke a key at once", answers={204: None})
    def destroy(self, request: Request, id: int) -> HttpResponse:
        return self.does(request, lambda: self.found(id).revoke(), status=204)


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


class AuditFilters(Filters):
    orders = {"-id": ["-account_id", "-id"], "id": ["account_id", "id"]}
    object = TextFilter(method="about", help_text="What it is about, such as `lead:123`.")
    event = OneOfFilter(Event.values)
    actor = TextFilter(field_name="actor_email", lookup_expr="iexact", help_text="The e-mail of who did it.")
    after = InstantFilter(field_name="timestamp", lookup_expr="gte")
    before = InstantFilter(field_name="timestamp", lookup_expr="lt")

    def about(self, rows: QuerySet[AuditEntry], name: str, value: str) -> QuerySet[AuditEntry]:
        kind, _, pk = value.partition(":")
        models = [model for model, word in KINDS.items() if word == kind]
        if not models or not pk.isascii() or not pk.isdecimal() or len(pk) > 18:
            message = f"This is a kind and an id, such as lead:123; the kinds are {', '.join(KINDS.values())}."
            raise serializers.ValidationError({"object": [message]})
        kinds = ContentType.objects.filter(model=models[0], app_label__in=("accounts", "leads", "teams"))
        return rows.filter(content_type__in=list(kinds), object_id=int(pk))


class AuditViewSet(ApiViewSet):
    rights: ClassVar[Mapping[str, Right | Open]] = {"list": Right.VIEW_AUDIT}

    @reads(
        "audit",
        "audit",
        "What happened, the newest first",
        answer=page_of(ApiAuditEntry, name="ApiAuditPage"),
        parameters=[*PAGE, *AuditFilters.parameters()],
    )
    def list(self, request: Request) -> HttpResponse:
        entries = AuditEntry.objects.listed_for(self.account).select_related("api_key", "content_type")
        return self.listed(request, entries, told, filters=AuditFilters)


def told(entry: AuditEntry) -> dict[str, Any]:
    model = entry.content_type.model
    return wire.audit_entry(entry, kind=KINDS.get(model, model))

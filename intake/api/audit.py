"""What happened: in the account, and to one lead."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from accounts.models import AuditEntry, Event
from accounts.roles import Right
from intake.api.docs import PAGE, reads
from intake.api.filters import Filters, InstantFilter, OneOfFilter, TextFilter
from intake.api.serializers.account import ApiAuditEntry
from intake.api.serializers.base import page_of
from intake.api.views import ApiViewSet
from intake.api.wire import settings as wire
from intake.authentication import Open
from leadhub.lib.rowids import row_id
from leads.locking import NoSuchLead
from leads.trail import about

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
    "form": "form",
    "quarantinedlead": "payload",
}


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
        if not models or row_id(pk) is None:
            message = f"This is a kind and an id, such as lead:123; the kinds are {', '.join(KINDS.values())}."
            raise serializers.ValidationError({"object": [message]})
        kinds = ContentType.objects.filter(model=models[0], app_label__in=("accounts", "intake", "leads", "teams"))
        return rows.filter(content_type__in=list(kinds), object_id=row_id(pk))


class TimelineFilters(Filters):
    orders = {"-id": ["-id"], "id": ["id"]}
    event = OneOfFilter(Event.values)


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


class TimelineViewSet(ApiViewSet):
    """For whoever may see the lead; through which request it was done, only who may see the audit is told."""

    rights: ClassVar[Mapping[str, Right | Open]] = {"list": Right.VIEW_LEADS}

    @reads(
        "lead_timeline",
        "leads",
        "What happened to a lead, the newest first",
        answer=page_of(ApiAuditEntry, name="ApiTimelinePage"),
        parameters=[*PAGE, *TimelineFilters.parameters()],
        description="`request` is null for who has no right to see the audit.",
    )
    def list(self, request: Request, id: int) -> HttpResponse:
        lead = self.leads.live().filter(pk=id).first()
        if lead is None:
            raise NoSuchLead
        entries = about(lead).select_related("api_key", "content_type")
        return self.listed(request, entries, self.shown, filters=TimelineFilters)

    def shown(self, entry: AuditEntry) -> dict[str, Any]:
        return told(entry) if self.may(Right.VIEW_AUDIT) else told(entry) | {"request": None}


def told(entry: AuditEntry) -> dict[str, Any]:
    model = entry.content_type.model
    return wire.audit_entry(entry, kind=KINDS.get(model, model))

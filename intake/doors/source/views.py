from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.callers import Caller
from accounts.keyformat import KeyKind
from intake.authentication import DoorAuthentication, HasRight
from intake.credentials import credential
from intake.doors.source import wire
from intake.doors.source.docs import CREATE
from intake.doors.source.serializers import SourceLeadRequest
from intake.endpoint import DoorViewSet
from intake.problems import Problem, forbidden, invalid, unauthorized
from intake.quarantine import quarantine
from intake.refusals import Door, info_of
from leads.drafts import LeadDraft
from leads.outcomes import Context, Outcome
from teams.models import LeadSource
from teams.sourcekeys import identify_source

DOOR = Door(
    "source",
    prefixes=("/leads/intake",),
    error=wire.error,
    names=wire.NAMES,
    error_media_type="application/problem+json",
)
# What is kept of a known source: refusals of what it sent, not of how often or when.
KEPT = frozenset({400, 403, 415, 422})


@dataclass(frozen=True, slots=True)
class SourceCaller(Caller):
    source: LeadSource | None = None

    @property
    def own_source(self) -> LeadSource:
        assert self.source, "a source's key has a source"
        return self.source


class SourceAuthentication(DoorAuthentication):
    """`X-Leadping-Source-Id` and `X-Leadping-Source-Key`, or the source's key as a bearer token."""

    def caller(self, request: HttpRequest) -> Caller:
        header_key = request.META.get("HTTP_X_LEADPING_SOURCE_KEY")
        source_id = request.META.get("HTTP_X_LEADPING_SOURCE_ID", "").strip().lower()
        own = identify_source(credential(request, header="HTTP_X_LEADPING_SOURCE_KEY"))
        if own is None or (header_key and not source_id) or (source_id and source_id != str(own.source.uuid)):
            raise unauthorized("The source id and the source key are not a valid pair.")
        return SourceCaller(KeyKind.SOURCE, own.key.user, own.key, own.key.account, source=own.source)


class SourceIsEnabled(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        if not cast(SourceCaller, request.auth).own_source.is_active:
            raise forbidden("The source is disabled.", "source_disabled")
        return True


class IntakeViewSet(DoorViewSet):
    door = DOOR
    authentication_classes = (SourceAuthentication,)
    permission_classes = (HasRight, SourceIsEnabled)
    serializer = SourceLeadRequest()

    @extend_schema(**CREATE)
    def create(self, request: Request) -> HttpResponse:
        return super().create(request)

    def draft(self, fields: dict[str, Any], body: dict[str, Any], request: Request) -> LeadDraft:
        info = info_of(request._request)
        lead = wire.draft(fields, body, source_id=self.source.pk, address=info.address, user_agent=info.user_agent)
        if wire.is_empty_contact(lead):
            raise invalid("A lead needs a name, an e-mail or a phone.", "empty_contact")
        return lead

    def context(self, request: Request) -> Context:
        return Context(door=self.door.name, actor=self.actor(request), own_source_id=self.source.pk)

    def answer(self, outcome: Outcome, request: Request) -> tuple[int, dict[str, Any]]:
        assert outcome.lead is not None
        return 201, wire.lead_answer(outcome.lead)

    def refused(self, problem: Problem, request: Request) -> None:
        if self.caller is None or problem.status not in KEPT or problem.code == "duplicate_lead":
            return
        content_type = request.META.get("CONTENT_TYPE", "")
        info = info_of(request._request)
        quarantine(self.source, body=self.body, content_type=content_type, problem=problem, request=info)

    @property
    def source(self) -> LeadSource:
        return cast(SourceCaller, self.caller).own_source

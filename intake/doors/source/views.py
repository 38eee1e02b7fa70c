from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.callers import Caller
from accounts.keyformat import KeyKind
from accounts.roles import Right
from intake.authentication import DoorAuthentication, HasRight, Open
from intake.credentials import credential
from intake.doors.source import wire
from intake.doors.source.docs import CREATE, CREATE_BY_QUERY
from intake.doors.source.queries import bytes_of, has_credential
from intake.doors.source.reading import QUERY, SHAPE, body_of, draft_of, require_enabled, require_get
from intake.endpoint import DoorViewSet
from intake.problems import Problem, unauthorized
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
        if request.method == "GET" and has_credential(bytes_of(request)):
            # An address is logged on its way, and kept by browsers: what it shows is no secret any more.
            raise unauthorized("Credentials are taken in headers only.")
        header_key = request.META.get("HTTP_X_LEADPING_SOURCE_KEY")
        source_id = request.META.get("HTTP_X_LEADPING_SOURCE_ID", "").strip().lower()
        own = identify_source(credential(request, header="HTTP_X_LEADPING_SOURCE_KEY"))
        if header_key and not source_id:
            raise unauthorized("X-Leadping-Source-Id is required with X-Leadping-Source-Key.")
        if own is None or (source_id and source_id != str(own.source.uuid)):
            raise unauthorized("The source id and the source key are not a valid pair.")
        return SourceCaller(KeyKind.SOURCE, own.key.user, own.key, own.key.account, source=own.source)


class SourceIsEnabled(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        require_enabled(cast(SourceCaller, request.auth).own_source)
        return True


class IntakeViewSet(DoorViewSet):
    door = DOOR
    authentication_classes = (SourceAuthentication,)
    permission_classes = (HasRight, SourceIsEnabled)
    rights: ClassVar[Mapping[str, Right | Open]] = {**DoorViewSet.rights, "create_by_query": Right.CREATE_LEADS}
    serializer = SHAPE
    # Without HEAD, which Django would answer as a GET, and which is to change nothing.
    http_method_names = ["get", "post", "options"]

    @extend_schema(**CREATE)
    def create(self, request: Request) -> HttpResponse:
        return super().create(request)

    @extend_schema(**CREATE_BY_QUERY)
    def create_by_query(self, request: Request) -> HttpResponse:
        """For senders that can only call an address; off unless the source allows it."""
        require_get(self.source)
        return super().create(request)

    def json(self, request: Request) -> dict[str, Any]:
        return body_of(self.payload, self.content_type)

    def draft(self, body: dict[str, Any], request: Request) -> LeadDraft:
        info = info_of(request._request)
        return draft_of(body, source=self.source, address=info.address, user_agent=info.user_agent)

    def context(self, request: Request) -> Context:
        return Context(door=self.door.name, actor=self.actor(request), own_source=self.source)

    def answer(self, outcome: Outcome, request: Request) -> tuple[int, dict[str, Any]]:
        assert outcome.lead is not None
        return 201, wire.lead_answer(outcome.lead)

    def refused(self, problem: Problem, request: Request) -> None:
        if self.caller is None or problem.status not in KEPT or problem.code == "duplicate_lead":
            return
        if self.is_query and not self.payload:
            return
        info = info_of(request._request)
        quarantine(self.source, body=self.payload, content_type=self.content_type, problem=problem, request=info)

    # --- what came ---

    @property
    def is_query(self) -> bool:
        return self.action == "create_by_query"

    @property
    def payload(self) -> bytes:
        return bytes_of(self.request._request) if self.is_query else self.body

    @property
    def content_type(self) -> str:
        return QUERY if self.is_query else str(self.request.META.get("CONTENT_TYPE", ""))

    @property
    def source(self) -> LeadSource:
        return cast(SourceCaller, self.caller).own_source

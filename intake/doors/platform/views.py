from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.callers import Caller
from accounts.keyformat import KeyKind
from accounts.models import Account
from intake.authentication import DoorAuthentication
from intake.credentials import caller_with, credential, require_kind
from intake.doors.platform import wire
from intake.doors.platform.docs import CREATE
from intake.doors.platform.serializers import PlatformLeadRequest
from intake.endpoint import DoorViewSet
from intake.problems import forbidden
from intake.refusals import Door
from leads.drafts import LeadDraft
from leads.outcomes import Outcome

DOOR = Door("platform", prefixes=("/v1/platform", "/v1/public"), error=wire.error, names=wire.WORDS)


class PlatformAuthentication(DoorAuthentication):
    """A platform administrator's key as a bearer token; the tenant is the platform's own account."""

    def caller(self, request: HttpRequest) -> Caller:
        caller = caller_with(credential(request))
        require_kind(caller, {KeyKind.PLATFORM})
        if not caller.user.is_superuser:
            raise forbidden("The key's user is no platform administrator.")
        return caller.within(Account.objects.platform(), None)


class LeadViewSet(DoorViewSet):
    door = DOOR
    authentication_classes = (PlatformAuthentication,)
    serializer = PlatformLeadRequest()

    @extend_schema(**CREATE)
    def create(self, request: Request) -> HttpResponse:
        return super().create(request)

    def draft(self, fields: dict[str, Any], body: dict[str, Any], request: Request) -> LeadDraft:
        return wire.draft(fields, body)

    def answer(self, outcome: Outcome, request: Request) -> tuple[int, dict[str, Any]]:
        assert outcome.lead is not None
        return 201, wire.lead_answer(outcome.lead)

from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.callers import Caller
from accounts.keyformat import KeyKind
from intake.authentication import DoorAuthentication
from intake.credentials import caller_with, chosen_account, credential, enter_account, require_kind
from intake.doors.account import wire
from intake.doors.account.docs import CREATE
from intake.doors.account.serializers import AccountLeadRequest
from intake.endpoint import DoorViewSet
from intake.problems import invalid
from intake.refusals import Door
from leads.drafts import LeadDraft
from leads.outcomes import Context, Outcome

DOOR = Door(
    "account",
    prefixes=("/leads", "/teams", "/lead-sources", "/lead-rotations", "/apikeys", "/auth"),
    error=wire.error,
    names=wire.NAMES,
)
FLAG = {"": False, "false": False, "true": True}


class AccountAuthentication(DoorAuthentication):
    """A session token or a user's key as a bearer token, and the account in `x-account-id`."""

    def caller(self, request: HttpRequest) -> Caller:
        caller = caller_with(credential(request))
        account_id = chosen_account(request)
        require_kind(caller, {KeyKind.SESSION, KeyKind.USER})
        return enter_account(caller, account_id)


class LeadViewSet(DoorViewSet):
    door = DOOR
    authentication_classes = (AccountAuthentication,)
    serializer = AccountLeadRequest()

    @extend_schema(**CREATE)
    def create(self, request: Request) -> HttpResponse:
        return super().create(request)

    def draft(self, fields: dict[str, Any], body: dict[str, Any], request: Request) -> LeadDraft:
        return wire.draft(fields, body, caller_email=self.user.email)

    def context(self, request: Request) -> Context:
        flag = request.GET.get("skipTeamAndSourceRequirement", "").lower()
        if flag not in FLAG:
            raise invalid("skipTeamAndSourceRequirement must be true or false", "invalid_flag")
        return Context(door=self.door.name, actor=self.actor(request), require_team_and_source=not FLAG[flag])

    def answer(self, outcome: Outcome, request: Request) -> tuple[int, dict[str, Any]]:
        assert outcome.lead is not None
        entries = [outcome.entry] if outcome.entry else []
        public_id = self.actor(request).api_key_public_id
        return 201, wire.lead_answer(outcome.lead, assigned_to=outcome.owner_email, entries=entries, api_key=public_id)

"""The hub's own API, `/api/v1`: its words, its credentials, and what all its views begin with."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.callers import Caller
from accounts.keyformat import KeyKind
from accounts.roles import Right
from intake.api import words
from intake.api.docs import ME
from intake.authentication import CALLER, DoorAuthentication, Open
from intake.credentials import caller_with, chosen_account, credential, enter_account, require_kind
from intake.endpoint import Endpoint
from intake.problems import forbidden
from intake.refusals import Door, NothingHere

DOOR = Door("api", prefixes=("/api/v1",), error=words.error, error_media_type="application/problem+json")
KINDS = {KeyKind.ACCOUNT, KeyKind.USER, KeyKind.SESSION}


class ApiAuthentication(DoorAuthentication):
    """A bearer token or `X-Api-Key`: an account's key, or a user's key or session with `x-account-id`."""

    def caller(self, request: HttpRequest) -> Caller:
        caller = caller_with(credential(request, header="HTTP_X_API_KEY"))
        require_kind(caller, KINDS)
        if caller.kind != KeyKind.ACCOUNT:
            return enter_account(caller, chosen_account(request))
        chosen = request.META.get("HTTP_X_ACCOUNT_ID", "").strip()
        if chosen and (caller.account is None or chosen != str(caller.account.pk)):
            raise forbidden("The key is of another account.")
        return caller


class ApiViewSet(Endpoint):
    door = DOOR
    authentication_classes = (ApiAuthentication,)


class MeViewSet(ApiViewSet):
    rights: ClassVar[Mapping[str, Right | Open]] = {"retrieve": CALLER}

    @extend_schema(**ME)
    def retrieve(self, request: Request) -> HttpResponse:
        self.query(request)
        return self.ok(200, me(self.caller))


def me(caller: Caller | None) -> dict[str, Any]:
    """Who calls, and in which account; an account's own key is nobody's, and has no role."""
    assert caller and caller.account
    personal = caller.kind != KeyKind.ACCOUNT
    return {
        "account": {"id": caller.account.pk, "name": caller.account.name},
        "user": {"id": caller.user.pk, "email": caller.user.email} if personal else None,
        "key": caller.key.public_id if caller.key else None,
        "role": caller.role,
    }


class NothingInTheApi(NothingHere):
    door = DOOR

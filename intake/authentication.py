"""What a door's authenticator is, and the permission to create leads."""

from typing import Any, cast

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.callers import Caller
from accounts.models import User
from accounts.roles import Right
from intake.credentials import require


class DoorAuthentication(BaseAuthentication):
    """Turns a request's credential into a Caller within its account. Each door has its own, and it never passes."""

    def authenticate(self, request: Request) -> tuple[User, Caller]:
        caller = self.caller(request._request)
        return caller.user, caller

    def caller(self, request: HttpRequest) -> Caller:
        """Raises Problem 401, 400 or 403."""
        raise NotImplementedError

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class MayCreateLeads(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        require(cast(Caller, request.auth), Right.CREATE_LEADS)
        return True

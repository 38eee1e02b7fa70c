"""What a door's authenticator is, and the permission that every view's table of rights is asked by."""

from enum import Enum
from typing import Any, cast

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.callers import Caller
from accounts.models import User
from accounts.roles import Right
from intake.credentials import require, require_active
from intake.problems import forbidden, unauthorized


class DoorAuthentication(BaseAuthentication):
    """Turns a request's credential into a Caller within its account. Each door has its own, and it never passes."""

    def authenticate(self, request: Request) -> tuple[User, Caller]:
        caller = self.caller(request._request)
        return caller.user, caller

    def caller(self, request: HttpRequest) -> Caller:
        """Raises Problem 401, 400 or 403."""
        raise NotImplementedError


class Open(Enum):
    """What a table of rights says of an action that no right guards."""

    # Without a credential, in a view whose `authentication_classes` are empty.
    PUBLIC = "public"
    # Whoever the authenticator lets into the account.
    CALLER = "caller"


PUBLIC, CALLER = Open.PUBLIC, Open.CALLER


class HasRight(BasePermission):
    """Asks the view's `rights` for its action; an action that is not in it is closed."""

    def has_permission(self, request: Request, view: Any) -> bool:
        needed: Right | Open | None = view.rights.get(view.action)
        if needed is PUBLIC:
            return True
        caller = cast(Caller | None, request.auth)
        if caller is None:
            raise unauthorized()
        require_active(caller)
        if needed is None:
            raise forbidden("You do not have permission to do this.")
        if isinstance(needed, Right):
            require(caller, needed)
        return True

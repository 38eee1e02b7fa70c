"""Logging in and out at the account door: the one place that takes a password."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.callers import Caller, note_use
from accounts.keyformat import KeyKind
from accounts.logins import TooManyAttempts, counted, key_of_user, open_session, user_by_password
from accounts.models import ApiKey, User
from accounts.roles import Right
from accounts.working import memberships_of
from intake.authentication import CALLER, PUBLIC, DoorAuthentication, Open
from intake.credentials import caller_of, require_kind
from intake.doors.account import configuration_docs as docs
from intake.doors.account.configuration import AccountEndpoint
from intake.doors.account.configuration_serializers import LoginRequest
from intake.doors.account.configuration_wire import login_answer, session_answer
from intake.problems import Problem, invalid
from intake.refusals import info_of


class PersonAuthentication(DoorAuthentication):
    """A session token or a user's key, in no account."""

    def caller(self, request: HttpRequest) -> Caller:
        caller = caller_of(request)
        require_kind(caller, {KeyKind.SESSION, KeyKind.USER})
        return caller


class LoginViewSet(AccountEndpoint):
    """By e-mail and password, or by a user's key. A `code` is taken and not looked at: nobody has a second factor."""

    authentication_classes = ()
    rights: ClassVar[Mapping[str, Right | Open]] = {"create": PUBLIC}
    serializer = LoginRequest()

    @extend_schema(**docs.LOGIN)
    def create(self, request: Request) -> HttpResponse:
        given = self.given(request, self.serializer)
        name, secret, by_key = named_in(given)
        try:
            with counted(name, address=info_of(request._request).address):
                user, key = proven(name, secret, by_key=by_key)
        except TooManyAttempts as error:
            raise Problem(429, error.code, error.message, retry_after=error.retry_after) from error
        return self.ok(200, logged_in(user, key))


def named_in(given: dict[str, Any]) -> tuple[str, str, bool]:
    """Whom somebody says he is, by what he proves it, and whether that is a key."""
    pairs = [("email", "password", False), ("apiKey", "apiSecret", True)]
    found = [(given[name], given[secret], by_key) for name, secret, by_key in pairs if {name, secret} <= given.keys()]
    if len(found) != 1:
        raise invalid("email and password are required, or apiKey and apiSecret", "invalid_input")
    return found[0]


def proven(name: str, secret: str, *, by_key: bool) -> tuple[User, ApiKey | None]:
    """Who that is; the refusal is the same whatever is wrong."""
    key = key_of_user(name, secret) if by_key else None
    user = (key.user if key else None) if by_key else user_by_password(name, secret)
    if user is None:
        raise wrong()
    return user, key


def logged_in(user: User, key: ApiKey | None) -> dict[str, Any]:
    login = open_session(user, key=key)
    if login is None:
        raise wrong()
    if key:
        note_use(key)
    return login_answer(login.token, login.session.expires_at, user=user, account=login.account)


def wrong() -> Problem:
    return Problem(401, "invalid_credentials", "invalid credentials")


class SessionViewSet(AccountEndpoint):
    authentication_classes = (PersonAuthentication,)
    rights: ClassVar[Mapping[str, Right | Open]] = {"retrieve": CALLER, "logout": CALLER}
    optional_body = frozenset({"logout"})

    @extend_schema(**docs.SESSION)
    def retrieve(self, request: Request) -> HttpResponse:
        self.query(request)
        caller = self.who
        until = caller.session or caller.key
        assert until, "a person comes by a session or by a key"
        memberships = memberships_of(caller.user)
        return self.ok(200, session_answer(caller.user, memberships=memberships, expires_at=until.expires_at))

    @extend_schema(**docs.LOGOUT)
    def logout(self, request: Request) -> HttpResponse:
        if self.who.session is None:
            raise invalid("only a session can be logged out; a key is revoked at /apikeys", "not_a_session")
        self.who.session.revoke()
        return self.ok(200, {"success": True})

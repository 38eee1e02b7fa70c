"""How every error leaves a door: as a problem, in the door's own words."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, ClassVar

import orjson
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from intake.budgets import Standing, rate_headers
from intake.problems import Problem, forbidden, invalid, method_not_allowed, not_found, problem_of, unauthorized
from leadhub.lib.errors import DomainError, Unavailable
from leadhub.lib.requests import Notes, RequestInfo
from leadhub.lib.transactions import is_unavailability

# Whoever sends a megabyte of wrong names is told of so many: his answer would be ten times what he sent.
COMPLAINTS = 50


@dataclass(frozen=True, slots=True)
class Door:
    """What the shared endpoint needs to know of a door: its paths, and how it says that something is wrong.

    `error` is its wire's function from a problem to (status, body); `names` are its words for our fields. `rate` is
    the setting of how often a key may come, `rate_headers` how answers say it: all of them where `always_tells_rate`.
    """

    name: str
    prefixes: tuple[str, ...]
    error: Callable[..., tuple[int, dict[str, Any]]]
    names: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"
    error_media_type: str = "application/json"
    rate: str = "RATE_LIMIT_DOORS"
    rate_headers: Callable[[Standing], dict[str, str]] = rate_headers
    always_tells_rate: bool = False

    def words(self, problem: Problem, request: HttpRequest) -> tuple[int, dict[str, Any]]:
        return self.error(problem, path=request.path, request_id=info_of(request).id)

    def headers(self, request: HttpRequest) -> dict[str, str]:
        """How the caller's budget stands; where nothing was counted, and the door tells all the same, it is whole."""
        standing: Standing | None = getattr(request, "standing", None)
        if standing is None and self.always_tells_rate:
            standing = Standing("default", getattr(settings, self.rate), used=0, at=time.time())
        return self.rate_headers(standing) if standing else {}


def refuse(door: Door, problem: Problem, request: HttpRequest) -> HttpResponse:
    """The problem in the door's words, with the headers it calls for."""
    status, body = door.words(problem, request)
    notes = notes_of(request)
    notes.door, notes.outcome = door.name, problem.code
    response = HttpResponse(
        orjson.dumps(body), status=status, content_type=door.error_media_type, headers=door.headers(request)
    )
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.allow:
        response.headers["Allow"] = ", ".join(problem.allow)
    return response


def problem_from(error: Exception, *, names: Mapping[str, str] | None = None) -> Problem | None:
    """The problem an exception stands for; None for one that is our mistake. `names` are the door's for our fields."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, DomainError):
        return problem_of(error, names=names)
    if isinstance(error, exceptions.ValidationError):
        fields = dict(islice(field_errors(error.detail).items(), COMPLAINTS))
        return invalid(summary(fields), fields=fields)
    if isinstance(error, DatabaseError | InterfaceError) and is_unavailability(error):
        return problem_of(Unavailable())
    return problem_of_framework(error)


def problem_of_framework(error: Exception) -> Problem | None:
    """The problem that DRF's or Django's own refusal is: none of its sentences leaves, they are not ours to promise."""
    match error:
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return unauthorized()
        case exceptions.PermissionDenied() | PermissionDenied():
            return forbidden("You do not have permission to do this.")
        case exceptions.NotFound() | Http404():
            return not_found()
        case exceptions.MethodNotAllowed():
            return method_not_allowed(())
        case exceptions.ParseError():
            return invalid("The request cannot be understood.", "invalid_request")
        case exceptions.UnsupportedMediaType():
            return Problem(415, "unsupported_media_type", "This type of body is not taken here.")
        case exceptions.Throttled():
            wait: float | None = getattr(error, "wait", None)
            return Problem(429, "throttled", "Too many requests.", retry_after=math.ceil(wait or 1))
    return None


def field_errors(detail: Any, path: str = "") -> dict[str, list[str]]:
    """DRF's nested messages, flat: {"tags.0": ["..."]}."""
    if isinstance(detail, dict):
        nested = [field_errors(value, below(path, str(name))) for name, value in detail.items()]
        return {name: messages for errors in nested for name, messages in errors.items()}
    if isinstance(detail, list):
        return {path: [str(message) for message in detail]}
    return {path: [str(detail)]}


def below(path: str, name: str) -> str:
    """The path of this name below another; what is wrong with a list as a whole is the list's."""
    if path and name == api_settings.NON_FIELD_ERRORS_KEY:
        return path
    return f"{path}.{name}" if path else name


def summary(fields: Mapping[str, list[str]]) -> str:
    """All that is wrong in one sentence, for the doors that have room for one."""
    parts = [f"{name}: {' '.join(messages)}" if name else " ".join(messages) for name, messages in fields.items()]
    return "; ".join(parts)


def info_of(request: HttpRequest) -> RequestInfo:
    """The request's name and origin; empty when a fault came before they were known."""
    return getattr(request, "info", None) or RequestInfo()


def notes_of(request: HttpRequest) -> Notes:
    """The request's notes for the log; nobody's when a fault came before there were any."""
    return getattr(request, "notes", None) or Notes()


class NothingHere(APIView):
    """The end of every door's paths: 404 in its words, whoever asks."""

    door: Door | None = None
    authentication_classes = ()
    permission_classes = (AllowAny,)
    schema = None

    # No method is allowed where nothing is, and DRF would say that one is.
    default_response_headers: ClassVar[dict[str, str]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise not_found()

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        assert self.door is not None and isinstance(exc, Problem)
        return refuse(self.door, exc, self.request._request)

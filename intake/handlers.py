"""What Django answers by itself (unknown path, bad host, a fault) comes in the words of the door whose path it is.

Each answers None for a path that is no door's.
"""

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from intake import problems
from intake.problems import Problem
from intake.refusals import Door, refuse
from intake.urls import DOORS
from leadhub.lib.errors import Unavailable

NOT_UNDERSTOOD = "The request cannot be understood."


def door_of(path: str) -> Door | None:
    """The door with the longest prefix of this path."""
    fitting = [(len(prefix), door) for door in DOORS for prefix in door.prefixes if is_below(path, prefix)]
    return max(fitting, key=lambda found: found[0])[1] if fitting else None


def is_below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


def bad_request(request: HttpRequest, error: Exception) -> HttpResponse | None:
    is_elsewhere = isinstance(error, DisallowedHost)
    message = "The host of this request is not one of ALLOWED_HOSTS." if is_elsewhere else NOT_UNDERSTOOD
    return answered(request, problems.invalid(message, "invalid_request"))


def permission_denied(request: HttpRequest) -> HttpResponse | None:
    return answered(request, problems.forbidden("Forbidden."))


def page_not_found(request: HttpRequest) -> HttpResponse | None:
    return answered(request, problems.not_found())


def server_error(request: HttpRequest, *, is_away: bool) -> HttpResponse | None:
    return answered(request, problems.problem_of(Unavailable()) if is_away else problems.fault())


def answered(request: HttpRequest, problem: Problem) -> HttpResponse | None:
    door = door_of(request.path)
    return refuse(door, problem, request) if door else None

"""What Django answers by itself (unknown path, bad host, a fault) comes in the words of the door whose path it is."""

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from intake import problems
from intake.problems import Problem
from intake.refusals import Door, refuse
from intake.urls import DOORS


def door_of(path: str) -> Door | None:
    """The door with the longest prefix of this path."""
    fitting = [(len(prefix), door) for door in DOORS for prefix in door.prefixes if is_below(path, prefix)]
    return max(fitting, key=lambda found: found[0])[1] if fitting else None


def is_below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answered(request, problems.invalid("The request cannot be understood.", "invalid_request")) or (
        defaults.bad_request(request, exception)
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answered(request, problems.forbidden("Forbidden.")) or defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answered(request, problems.not_found()) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return answered(request, problems.fault()) or defaults.server_error(request)


def answered(request: HttpRequest, problem: Problem) -> HttpResponse | None:
    door = door_of(request.path)
    return refuse(door, problem, request) if door else None

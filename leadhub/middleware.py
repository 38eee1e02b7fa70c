"""What every request passes through, whatever it asks for."""

import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware import csp
from django.utils import timezone

from accounts.actors import Actor, acting
from accounts.models import User
from accounts.working import Desk, desk_of
from accounts.zones import zone_of
from leadhub.lib.requests import Notes, request_info

Next = Callable[[HttpRequest], HttpResponse]

CONSOLE = "/admin/"
PROBES = {"/livez", "/readyz"}
CHOSEN_ACCOUNT = "chosen_account"
# Any other word may be sent as a method, and is not repeated.
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}
# What has no content by its status is not said to have any.
LENGTHLESS = {204, 304}

requests = structlog.get_logger("leadhub.requests")


class RequestContextMiddleware:
    """Names the request (`request.info`), logs it, and keeps answers out of every cache but the static files'.

    Its answer says how long it is: in chunks, as it would go out else, not every old client can read it.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        info = request_info(request.META, path=request.path, trusted_proxies=settings.TRUSTED_PROXIES)
        request.info, request.notes = info, Notes()  # type: ignore[attr-defined]
        begun = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=info.id):
            response = self.get_response(request)
            log_request(request, response, seconds=time.perf_counter() - begun)
        response.headers["X-Request-Id"] = info.id
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        if not response.streaming and response.status_code not in LENGTHLESS:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response


def log_request(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    """The request's one line: no address, and not the path as it was sent, which can hold anything."""
    match = request.resolver_match
    notes: Notes = request.notes  # type: ignore[attr-defined]
    known = {"account_id": notes.account_id, "user_id": notes.user_id, "key": notes.key, "outcome": notes.outcome}
    requests.info(
        "request",
        door=notes.door or ("console" if request.path.startswith(CONSOLE) else ""),
        method=request.method if request.method in METHODS else "other",
        route=match.route if match else "",
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        **{name: value for name, value in known.items() if value},
    )


class HostMiddleware:
    """Refuses a request for a host that is not ours, whatever its path; probes know an address and no name."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path not in PROBES:
            request.get_host()
        return self.get_response(request)


class ContentSecurityPolicyMiddleware(csp.ContentSecurityPolicyMiddleware):
    """Strict everywhere; the console's library needs more, and gets it under /admin/ only."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.path.startswith(CONSOLE) and not hasattr(response, "_csp_config"):
            response._csp_config = settings.CONSOLE_CSP  # type: ignore[attr-defined]
        return super().process_response(request, response)


class WorkingAccountMiddleware:
    """Under /admin/: which account is worked in and as what (`request.desk`), who acts, and in what time zone.

    Anything else passes untouched: an API request pays nothing for the console.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(CONSOLE):
            return self.get_response(request)
        user = request.user if isinstance(request.user, User) else None
        desk = desk_of(user, chosen=request.session.get(CHOSEN_ACCOUNT)) if user else Desk()
        actor = Actor(
            user_id=user.pk if user else None,
            email=user.email if user else "",
            door="console",
            request=request.info,  # type: ignore[attr-defined]
        )
        request.desk, request.account, request.actor = desk, desk.account, actor  # type: ignore[attr-defined]
        notes: Notes = request.notes  # type: ignore[attr-defined]
        notes.user_id, notes.account_id = actor.user_id, desk.account.pk if desk.account else None
        with acting(actor), timezone.override(zone_of(desk.account.time_zone if desk.account else "UTC")):
            return self.get_response(request)

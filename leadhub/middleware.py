"""What every request passes through, whatever it asks for."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware import csp
from django.utils import timezone

from accounts.actors import Actor, acting
from accounts.models import User
from accounts.working import Desk, desk_of
from leadhub.lib.requests import request_info

Next = Callable[[HttpRequest], HttpResponse]

CONSOLE = "/admin/"
PROBES = {"/livez", "/readyz"}
CHOSEN_ACCOUNT = "chosen_account"


class RequestContextMiddleware:
    """Names the request (`request.info`), and keeps answers out of every cache but the static files'."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        info = request_info(request.META, path=request.path, trusted_proxies=settings.TRUSTED_PROXIES)
        request.info = info  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers["X-Request-Id"] = info.id
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


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
        if request.path.startswith(CONSOLE):
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
        with acting(actor), timezone.override(zone_of(desk)):
            return self.get_response(request)


def zone_of(desk: Desk) -> ZoneInfo:
    """The account's time zone; UTC for one that is none."""
    try:
        return ZoneInfo(desk.account.time_zone if desk.account else "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")

"""Plain http in production, where the proxy in front says so: refused at a door, led on in the console."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from intake.handlers import answered
from intake.problems import forbidden
from leadhub.handlers import page
from leadhub.lib.requests import is_from
from leadhub.middleware import PROBES


class HttpsMiddleware:
    """A door says so instead of redirecting, for a redirected POST is a lost lead.

    A request that no trusted proxy speaks for says nothing of how it came, and probes come without one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.PRODUCTION or request.path in PROBES or not came_plainly(request.META):
            return self.get_response(request)
        refused = answered(request, forbidden("Use https: this request came unencrypted.", "https_required"))
        if refused:
            return refused
        if request.method in ("GET", "HEAD"):
            return HttpResponseRedirect(f"https://{request.get_host()}{request.get_full_path()}")
        return page(request, 403)


def came_plainly(meta: dict[str, Any]) -> bool:
    said = str(meta.get("HTTP_X_FORWARDED_PROTO", "")).strip().lower()
    return said == "http" and is_from(meta.get("REMOTE_ADDR", ""), settings.TRUSTED_PROXIES)

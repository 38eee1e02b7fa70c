"""What every request passes through, whatever it asks for."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware import csp

from leadhub.lib.requests import request_info

Next = Callable[[HttpRequest], HttpResponse]


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


class ContentSecurityPolicyMiddleware(csp.ContentSecurityPolicyMiddleware):
    """Strict everywhere; the console's library needs more, and gets it under /admin/ only."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.path.startswith("/admin/"):
            response._csp_config = settings.CONSOLE_CSP  # type: ignore[attr-defined]
        return super().process_response(request, response)


class WorkingAccountMiddleware:
    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

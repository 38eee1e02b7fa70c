"""What Django answers by itself: at a door in its words (intake.handlers), anywhere else a page a person can read.

The pages ask neither the database nor who is there: they are for when that fails.
"""

import sys

from django.core.exceptions import DisallowedHost
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from intake import handlers as doors
from leadhub.lib.transactions import is_unavailability

RETRY_AFTER = 5
PAGES = {
    400: ("This request cannot be understood", "Go back, reload the page and try again."),
    403: ("You may not do this", "Your role in this account does not allow it, or your log-in has ended meanwhile."),
    404: ("There is nothing here", "It was moved, or never was here, or belongs to another account."),
    500: (
        "Something went wrong on our side",
        "It has been written down. See whether it was saved before you repeat it.",
    ),
    503: ("LeadHub cannot reach its database", "Nothing is lost. Please try again in a moment."),
}

NO_HOST = ("This host is not served here", "Those that are served are named in ALLOWED_HOSTS.")


def page(request: HttpRequest, status: int, *, of_host: bool = False) -> HttpResponse:
    title, text = NO_HOST if of_host else PAGES[status]
    told = {"title": title, "text": text, "is_ours": status >= 500}
    try:
        return render(request, "console/error.html", told, status=status)
    except ValueError:
        # The static files were not collected: a page without looks says it too, and nobody handles a fault in here.
        return HttpResponse(f"{title}. {text}", status=status, content_type="text/plain; charset=utf-8")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return doors.bad_request(request, exception) or page(request, 400, of_host=isinstance(exception, DisallowedHost))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return doors.permission_denied(request) or page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return doors.page_not_found(request) or page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours, or a database that is away: then the same request may succeed in a moment."""
    error = sys.exception()
    is_away = isinstance(error, DatabaseError | InterfaceError) and is_unavailability(error)
    response = doors.server_error(request, is_away=is_away) or page(request, 503 if is_away else 500)
    if is_away:
        response.headers.setdefault("Retry-After", str(RETRY_AFTER))
    return response

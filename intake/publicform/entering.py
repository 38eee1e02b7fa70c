"""Who may come to a form: from where on the web, and how often."""

from django.conf import settings
from django.http import HttpRequest

from intake import limits
from intake.models import Form
from intake.problems import forbidden
from intake.publicform.origins import origin_at


def enter(request: HttpRequest, form: Form) -> None:
    """Let a submission in. Raises Problem 403 for a page that the form may not be on, and 429.

    Only browsers say where they come from: this keeps a form off other people's pages, and no program out.
    """
    require_origin(request, form)
    limits.form(request, form.pk, limit=form.per_minute)


def require_origin(request: HttpRequest, form: Form) -> None:
    origin = request.META.get("HTTP_ORIGIN")
    if origin is not None and not is_welcome(request, origin, form):
        raise forbidden("The form may not be used from this page.")


def is_welcome(request: HttpRequest, origin: str, form: Form) -> bool:
    """Whether this origin is on the form's list, or our own, where its page is."""
    own = {origin_at(settings.SITE_URL), f"{request.scheme}://{request.get_host()}"}
    return origin in own or origin in form.allowed_origins

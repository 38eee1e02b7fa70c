"""The form's own page, which works without scripts, and the snippet's script for other people's pages."""

import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.csp import CSP
from django.utils.encoding import iri_to_uri
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from rest_framework.exceptions import ValidationError

from intake import limits
from intake.body import read_body
from intake.fields import LINE
from intake.models import Form
from intake.problems import Problem
from intake.publicform import tokens
from intake.publicform.asking import shown
from intake.publicform.entering import enter
from intake.publicform.reading import LIMIT, body_of, fields_of
from intake.publicform.taking import DOOR, Submission, take
from intake.publicform.wire import TRAP
from intake.refusals import info_of, notes_of, problem_from
from leadhub.lib.errors import DomainError
from leadhub.lib.transactions import run

SCRIPT = Path(__file__).with_name("embed.js")
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
# What the visitor does not type, and the form carries.
CARRIED = (*UTM, "landing_page", "referrer")
# Without what ends the sentence that it stands in.
ADDRESS = re.compile(r"(https?://[^\s<>\"]*[^\s<>\".,;:!?)'])")
# How much of a query may come back in a page.
UTM_LENGTH = 200


def link_to(form: Form) -> str:
    """The page's address, as it is given to people."""
    return settings.SITE_URL.rstrip("/") + reverse("form-page", args=[form.public_id])


def snippet_of(form: Form) -> str:
    """What is pasted into a page of an allowed origin, where the form is to be; a link where scripts do not run."""
    source = settings.SITE_URL.rstrip("/") + reverse("form-embed", args=[form.public_id])
    link = f'<a href="{link_to(form)}">{escape(form.title or "Contact us")}</a>'
    return (
        f'<div data-leadhub-form="{form.public_id}"></div>\n'
        f'<script src="{source}" async></script><noscript>{link}</noscript>'
    )


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, form: str) -> HttpResponse:
    found = opened(request, form)
    if found is None:
        return closed()
    return submitted(request, found) if request.method == "POST" else blank(request, found)


@require_safe
def thanks(request: HttpRequest, form: str) -> HttpResponse:
    found = opened(request, form)
    return closed() if found is None else rendered("form/thanks.html", {"form": found})


@require_safe
def embed(request: HttpRequest, form: str) -> HttpResponse:
    """The same script for every form: which one it is for, it reads from its own address."""
    notes_of(request).door = DOOR
    kept = {"Cache-Control": "public, max-age=300"}
    return HttpResponse(script(), content_type="text/javascript; charset=utf-8", headers=kept)


@cache
def script() -> bytes:
    return SCRIPT.read_bytes()


def opened(request: HttpRequest, public_id: str) -> Form | None:
    notes_of(request).door = DOOR
    form = Form.objects.published(public_id)
    if form:
        notes_of(request).account_id = form.account_id
    return form


def blank(request: HttpRequest, form: Form) -> HttpResponse:
    given = {name: request.GET[name][:UTM_LENGTH] for name in UTM if request.GET.get(name)}
    return filled(form, given | whence(request, form))


def whence(request: HttpRequest, form: Form) -> dict[str, Any]:
    """The address that the visitor came to, and the one he came from."""
    query = iri_to_uri(request.META.get("QUERY_STRING", ""))
    found = {
        "landing_page": f"{link_to(form)}?{query}" if query else link_to(form),
        "referrer": iri_to_uri(request.headers.get("Referer", "")),
    }
    return {name: address[:LINE] for name, address in found.items()}


def submitted(request: HttpRequest, form: Form) -> HttpResponse:
    """A submission without a script: to the thanks page, or back to the form with what was typed and what is wrong."""
    body: dict[str, Any] = {}
    try:
        limits.by_address(request)
        payload, content_type = read_body(request, LIMIT), request.META.get("CONTENT_TYPE", "")
        # Read before it is let in: whoever has to wait finds what he typed.
        body = body_of(payload, content_type)
        enter(request, form)
        sent = Submission(form, fields_of(body, form), body, payload, content_type, info_of(request))
        run(lambda: take(sent))
    except (Problem, DomainError, ValidationError, DatabaseError, InterfaceError) as error:
        problem = problem_from(error)
        if problem is None:
            raise
        notes_of(request).outcome = problem.code
        return filled(form, body, problem)
    answer = HttpResponseRedirect(form.redirect_url or reverse("form-thanks", args=[form.public_id]))
    answer.status_code = 303
    return guarded(answer, form)


def preview(form: Form, *, sent: bool) -> HttpResponse:
    """The form as it looks, or would, and what it says when it is sent; what is typed goes nowhere."""
    return rendered("form/thanks.html", {"form": form}) if sent else filled(form, {}, is_preview=True)


def filled(
    form: Form, body: dict[str, Any], problem: Problem | None = None, *, is_preview: bool = False
) -> HttpResponse:
    """The form with what was typed. Its token stays the one that it began with, or a correction would be too fast."""
    typed = {name: value for name, value in body.items() if isinstance(value, str)}
    token = typed.get("token", "")
    begun = token if tokens.age_of(token, form) is not None else tokens.issue(form)
    fields = [filled_field(field, typed, problem) for field in shown(form.fields)]
    context = {
        "form": form,
        "to": "" if is_preview else reverse("form-page", args=[form.public_id]),
        "intro": linked(form.intro),
        "fields": fields,
        "wrong": said(problem, {field["name"] for field in fields}) if problem else "",
        "first_wrong": next((field["name"] for field in fields if field["wrong"]), None),
        "carried": [(name, typed[name]) for name in CARRIED if typed.get(name)],
        "token": begun,
        "trap": TRAP,
    }
    answer = rendered("form/page.html", context, status=problem.status if problem else 200)
    if problem and problem.retry_after is not None:
        answer.headers["Retry-After"] = str(problem.retry_after)
    return guarded(answer, form)


def filled_field(field: dict[str, Any], typed: dict[str, str], problem: Problem | None) -> dict[str, Any]:
    """A field with what was typed into it, and what is wrong with that."""
    name, wrong = field["name"], problem.fields if problem else {}
    words, value = linked(field["label"]), typed.get(name, "")
    return {**field, "words": words, "value": value, "wrong": " ".join(wrong.get(name, []))}


def linked(text: str) -> SafeString:
    """Text of the form's, its addresses links that leave the form as it is."""
    parts = ADDRESS.split(text)
    return format_html_join("", "{}", ((link(part) if at % 2 else part,) for at, part in enumerate(parts)))


def link(address: str) -> SafeString:
    return format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', address, address)


def said(problem: Problem, asked: set[str]) -> str:
    """What stands above the form: what is wrong next to no field of it."""
    if problem.fields and problem.fields.keys() <= asked:
        return "Please look at the marked fields."
    if problem.status == 429:
        return "The form is sent very often just now. Please try again in a minute."
    return problem.message


def closed() -> HttpResponse:
    return rendered("form/closed.html", {}, status=404)


def rendered(template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Without the request: nothing of a session is in these pages."""
    answer = HttpResponse(render_to_string(template, context), status=status)
    return guarded(answer)


def guarded(answer: HttpResponse, form: Form | None = None) -> HttpResponse:
    """No script; and only the console, which previews it, may frame it."""
    # A browser holds the answer to a form to this list too: the thanks page, and wherever that sends the visitor on.
    elsewhere = [form.redirect_url.partition("//")[0]] if form and form.redirect_url else []
    answer._csp_config = {  # type: ignore[attr-defined]
        "default-src": [CSP.NONE],
        "style-src": [CSP.SELF],
        "img-src": [CSP.SELF, "data:"],
        "form-action": [CSP.SELF, *elsewhere],
        "base-uri": [CSP.NONE],
        "frame-ancestors": [CSP.SELF],
    }
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer

"""The doors of the abuse cases: who comes in by each, and what must be so after a refusal."""

import json
from typing import Any

from django.apps import apps
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from intake.models import Form, FormKind
from tests.doors import NAMES, Town, Visitor, post

# Where a credential is asked for; and the form, which asks for none.
KEYED = [*NAMES, "api"]
DOORS = [*KEYED, "form"]
# Doors that take what a form in a browser sends.
FORMS = ["source", "form"]
PROBLEMS = {"source", "api"}
# Published clients of the source door know no other refusals.
AT_SOURCE = {409: 429, 413: 400, 415: 400, 422: 400}
TAKEN = {"form": 202}
# The words of each error body: those that are always there, and those that may be.
WORDS: dict[str, tuple[set[str], set[str]]] = {
    "platform": ({"code", "message", "http_status"}, {"details"}),
    "account": ({"error"}, set()),
    "workspace": ({"error", "message", "code"}, {"_id", "existingLeadId", "data"}),
    "source": ({"type", "title", "status", "detail", "instance", "errors", "traceId", "code"}, set()),
}
WORDS["api"] = (WORDS["source"][0], {"lead"})
WORDS["form"] = WORDS["platform"]
NAMED = {
    "platform": "first_name", "account": "firstName", "workspace": "firstName", "source": "firstName",
    "api": "first_name", "form": "first_name",
}  # fmt: skip
# What a request may write although it is refused: what it was, and how often it came.
NOTED = {"AuditEntry", "QuarantinedLead", "RateCount", "SweepRun", "Session"}


def visitor(town: Town, door: str) -> Visitor:
    acme = town.acme.account
    if door == "api":
        return Visitor("api", "/api/v1/leads", acme, {"X-Api-Key": town.acme.key}, {"email": "jane@acme.com"})
    if door == "form":
        form, _ = Form.objects.get_or_create(account=acme, name="Contact", kind=FormKind.OPEN)
        return Visitor("form", f"/v1/public/forms/{form.public_id}/leads", acme, {}, {"email": "jane@acme.com"})
    return town.visitor(door)


def taken(door: str) -> int:
    return TAKEN.get(door, 201)


def with_value(body: dict[str, Any], name: str, raw: str) -> bytes:
    """The body with one more field, whose value is `raw` as it stands."""
    return f"{json.dumps(body)[:-1]}, {json.dumps(name)}: {raw}}}".encode()


def knock(client: Client, visitor: Visitor, body: Any, headers: dict[str, str]) -> HttpResponse:
    """A request with just these headers beside the visitor's, a Content-Type of "" being none."""
    return post(client, visitor.path, body, visitor.headers | headers)


def checksums() -> dict[str, str]:
    """Of each table: every row of every tenant, but for when something was last used."""
    models = [
        model for app in ("accounts", "teams", "leads", "intake") for model in apps.get_app_config(app).get_models()
    ]
    tables = [model._meta.db_table for model in models if model.__name__ not in NOTED]
    one = (
        "SELECT '{0}', md5(string_agg((to_jsonb(t) - 'last_used_at' - 'last_login')::text, '|' ORDER BY t::text)) "
        "FROM {0} t"
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(one.format(table) for table in tables))
        return dict(cursor.fetchall())


def assert_refused(answer: Any, door: str, status: int, *, before: dict[str, str]) -> None:
    """Refused with this status, in the door's own body and kept by no cache; every row is as it was."""
    status = AT_SOURCE.get(status, status) if door == "source" else status
    body, (always, maybe) = json.loads(answer.content), WORDS[door]

    assert answer.status_code == status, body
    assert always <= set(body) <= always | maybe
    assert answer.headers["Content-Type"] == ("application/problem+json" if door in PROBLEMS else "application/json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert said(body) in (None, status)
    assert checksums() == before


def said(body: dict[str, Any]) -> int | None:
    """The status as the body says it."""
    found = body.get("http_status", body.get("status", body.get("code")))
    return found if isinstance(found, int) else None

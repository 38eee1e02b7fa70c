"""The doors of the tests: who may come in, with what in his hands, and what must not have changed after a refusal."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, User
from intake.models import IdempotentAnswer, QuarantinedLead
from leads.models import Lead
from teams.models import LeadSource, LeadSourceTeam, Rotation, Team
from tests.people import Company, company, platform_admin, rotation, source

NAMES = ["platform", "account", "workspace", "source"]
TRACE = "trace-1"


@dataclass
class Visitor:
    """A caller that its door lets in: `body` is the least the door takes, and another one needs another `email`."""

    name: str
    path: str
    account: Account
    credential: dict[str, str]
    body: dict[str, Any]
    place: dict[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        return self.credential | self.place

    def post(self, client: Client, body: Any = None, **headers: str | None) -> HttpResponse:
        """The body posted with this visitor's headers; a header given as None is left out."""
        return post(client, self.path, self.body if body is None else body, self.headers | named(headers))

    def with_email(self, email: str) -> dict[str, Any]:
        return self.body | {"email": email}


@dataclass
class Town:
    """All four doors: Acme without teams, Initech with a team that has a source of its own, and the platform."""

    acme: Company
    initech: Company
    admin: User
    platform: Account
    platform_key: str
    vendor: LeadSource
    vendor_key: str
    team: Team
    team_source: LeadSource

    def visitor(self, name: str) -> Visitor:
        acme, names = self.acme.account, {"first_name": "Jane", "last_name": "Doe"}
        camel, email = {"firstName": "Jane", "lastName": "Doe"}, {"email": "jane@acme.com"}
        admin = bearer(self.platform_key)
        pair = {"X-Leadping-Source-Id": str(self.vendor.uuid), "X-Leadping-Source-Key": self.vendor_key}
        here = {"x-account-id": str(acme.pk)}
        return {
            "platform": Visitor("platform", "/v1/platform/leads", self.platform, admin, email | names),
            "account": Visitor("account", "/leads", acme, bearer(self.acme.token), email | camel, here),
            "workspace": Visitor("workspace", "/v1/leads", acme, {"X-Api-Key": self.acme.key}, email),
            "source": Visitor("source", "/leads/intake", acme, pair, email),
        }[name]

    @property
    def secrets(self) -> list[str]:
        """Every secret issued here, none of which may be found again anywhere."""
        companies = [secret for c in (self.acme, self.initech) for secret in (c.key, c.user_key, c.token)]
        return [*companies, self.platform_key, self.vendor_key]


def town() -> Town:
    acme, initech = company("Acme", reps=3), company("Initech", reps=2)
    admin = platform_admin()
    platform = Account.objects.platform()
    rotation(platform, [])
    team = Team.objects.create(account=initech.account, name="Sales")
    rotation(initech.account, initech.reps, team=team)
    team_source, _ = source(initech.account, initech.owner, "Fair")
    LeadSourceTeam.objects.create(account=initech.account, source=team_source, team=team)
    vendor, vendor_key = source(acme.account, acme.owner)
    platform_key = ApiKey.objects.issue(KeyKind.PLATFORM, user=admin)[1]
    return Town(acme, initech, admin, platform, platform_key, vendor, vendor_key, team, team_source)


def standing[T](blocker: Any, build: Callable[[], T] = town) -> Iterator[T]:
    """What stands for all tests of a module, in a transaction around theirs, so that each leaves it as it was."""
    block = transaction.atomic()
    # As a test's own: inside it, work may believe that its transaction is the outermost.
    block._from_testcase = True  # type: ignore[attr-defined]
    with blocker.unblock(), block:
        # Kept by the process once they are known, so that a test's queries are as many whoever came before it.
        ContentType.objects.get_for_models(*apps.get_models())
        yield build()
        transaction.set_rollback(True)


def bearer(credential: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {credential}"}


def named(headers: dict[str, str | None]) -> dict[str, str | None]:
    """Headers by keyword: X_Api_Key is X-Api-Key."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


def post(client: Client, path: str, body: Any, headers: dict[str, str | None]) -> HttpResponse:
    """A POST of JSON, or of bytes as they are; without a header whose value is None."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Type": "application/json"} | {name: text for name, text in headers.items() if text is not None}
    return client.generic("POST", path, data, content_type=sent["Content-Type"], headers=sent)


def state() -> list[Any]:
    """What a refusal leaves as it was: leads, turns, kept answers."""
    rotations = list(Rotation.objects.order_by("pk").values_list("pk", "state"))
    return [Lead.objects.count(), rotations, IdempotentAnswer.objects.count()]


def kept() -> list[tuple[str, bytes]]:
    """Why and what the quarantine holds."""
    return [(row.code, bytes(row.payload)) for row in QuarantinedLead.objects.order_by("pk")]


def refusal(
    door: str, status: int, message: str, *, code: str, path: str, fields: dict[str, list[str]] | None = None
) -> dict[str, Any]:
    """The whole error body in this door's words; `code` is the platform's or the source's, the others have none."""
    reason = {
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        409: "Conflict", 413: "Payload Too Large", 415: "Unsupported Media Type", 422: "Unprocessable Entity",
        429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable",
    }[status]  # fmt: skip
    if door == "platform":
        details = {"details": {"fields": fields}} if fields else {}
        return {"code": code, "message": message, "http_status": status} | details
    if door == "account":
        return {"error": message}
    if door == "workspace":
        return {"error": reason, "message": message, "code": status}
    about = {"type": "about:blank", "title": reason, "status": status, "detail": message}
    return about | {"instance": path, "errors": fields or {}, "traceId": TRACE, "code": code}

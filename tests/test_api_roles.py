"""Who may do what, by the API: every call by every role, and a refusal changes nothing."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import get_resolver

from accounts.actors import Actor
from accounts.keyformat import KeyKind
from accounts.models import ApiKey, DayOff, Holiday, Job, Membership
from accounts.roles import Role
from intake.models import Form, QuarantinedLead
from leads.lifecycle import delete
from teams.models import RoutingRule, Team
from teams.ruling import save_rule
from tests.apis import Api, api_as
from tests.doors import Town
from tests.people import lead, person
from tests.test_urls import patterns, strangers

pytestmark = pytest.mark.django_db

EVERYBODY = set(Role)
LOOKING = EVERYBODY
WORKING = {Role.OWNER, Role.ADMIN, Role.MANAGER, Role.AGENT}
MANAGING = {Role.OWNER, Role.ADMIN, Role.MANAGER}
ADMINISTERING = {Role.OWNER, Role.ADMIN}
SEEING_ALL = EVERYBODY - {Role.AGENT}
# Platform administrators alone, who have no role.
ABOVE: set[Role] = set()

# Method, path, body, who may, and the status he gets.
CALLS: list[tuple[str, str, Any, set[Role], int]] = [
    ("GET", "me", None, EVERYBODY, 200),
    ("PATCH", "me", {"name": "New"}, EVERYBODY, 200),
    ("GET", "me/keys", None, EVERYBODY, 200),
    ("POST", "me/keys", {"name": "New"}, EVERYBODY, 201),
    ("GET", "me/keys/{own_key}", None, EVERYBODY, 200),
    ("PATCH", "me/keys/{own_key}", {"name": "New"}, EVERYBODY, 200),
    ("DELETE", "me/keys/{own_key}", None, EVERYBODY, 204),
    ("GET", "notices", None, LOOKING, 200),
    ("POST", "notices/read", None, LOOKING, 200),
    ("GET", "accounts", None, EVERYBODY, 200),
    ("POST", "accounts", {"name": "New", "owner": "new@new.test"}, ABOVE, 201),
    ("GET", "accounts/{account}", None, EVERYBODY, 200),
    ("PATCH", "accounts/{account}", {"name": "New"}, ABOVE, 200),
    ("POST", "accounts/{tenant}/suspend", None, ABOVE, 200),
    ("POST", "accounts/{tenant}/resume", None, ABOVE, 200),
    ("GET", "users", None, ABOVE, 200),
    ("POST", "users", {"email": "new@new.test"}, ABOVE, 201),
    ("GET", "users/{user}", None, ABOVE, 200),
    ("PATCH", "users/{user}", {"name": "New"}, ABOVE, 200),
    ("POST", "users/{user}/reset-password", None, ABOVE, 200),
    ("POST", "users/{user}/log-out", None, ABOVE, 204),
    ("GET", "users/{user}/keys", None, ABOVE, 200),
    ("DELETE", "users/{user}/keys/{user_key}", None, ABOVE, 204),
    ("GET", "leads", None, LOOKING, 200),
    ("POST", "leads", {"email": "new@example.com"}, WORKING, 201),
    ("GET", "leads/{lead}", None, LOOKING, 200),
    ("PATCH", "leads/{lead}", {"company": "New"}, WORKING, 200),
    ("PATCH", "leads/{lead}", {"owner": "rep1@acme.test"}, MANAGING, 200),
    ("DELETE", "leads/{lead}", None, MANAGING, 204),
    ("POST", "leads/{deleted}/restore", None, MANAGING, 200),
    ("POST", "leads/{lead}/archive", None, WORKING, 200),
    ("POST", "leads/{lead}/unarchive", None, WORKING, 200),
    ("POST", "leads/{lead}/contact", None, WORKING, 200),
    ("POST", "leads/{lead}/convert", None, WORKING, 200),
    ("POST", "leads/{lead}/status", {"status": "lost"}, WORKING, 200),
    ("POST", "leads/{lead}/assign", {"owner": None}, MANAGING, 200),
    ("POST", "leads/{lead}/route", None, MANAGING, 200),
    ("GET", "leads/{lead}/routing", None, LOOKING, 200),
    ("GET", "leads/{lead}/timeline", None, LOOKING, 200),
    ("POST", "leads/assign", {"ids": [1], "owner": None}, MANAGING, 200),
    ("POST", "leads/route", {"ids": [1]}, MANAGING, 200),
    ("POST", "leads/status", {"ids": [1], "status": "lost"}, WORKING, 200),
    ("POST", "leads/archive", {"ids": [1]}, WORKING, 200),
    ("POST", "leads/unarchive", {"ids": [1]}, WORKING, 200),
    ("POST", "leads/delete", {"ids": [1]}, MANAGING, 200),
    ("POST", "leads/restore", {"ids": [1]}, MANAGING, 200),
    ("POST", "routing/simulate", {"lead": {}}, SEEING_ALL, 200),
    ("GET", "rules", None, EVERYBODY, 200),
    ("POST", "rules", {"name": "All", "user": "owner@acme.test"}, MANAGING, 201),
    ("POST", "rules/order", {"ids": []}, MANAGING, 200),
    ("GET", "rules/{rule}", None, EVERYBODY, 200),
    ("PATCH", "rules/{rule}", {"name": "New"}, MANAGING, 200),
    ("DELETE", "rules/{rule}", None, MANAGING, 204),
    ("GET", "teams", None, EVERYBODY, 200),
    ("POST", "teams", {"name": "New"}, MANAGING, 201),
    ("GET", "teams/{team}", None, EVERYBODY, 200),
    ("PATCH", "teams/{team}", {"name": "New"}, MANAGING, 200),
    ("GET", "members", None, EVERYBODY, 200),
    ("POST", "members", {"email": "new@acme.test", "role": "agent"}, ADMINISTERING, 201),
    ("GET", "members/{member}", None, EVERYBODY, 200),
    ("PATCH", "members/{member}", {"role": "viewer"}, ADMINISTERING, 200),
    ("POST", "members/{member}/hand-over", None, ADMINISTERING, 202),
    ("GET", "members/{member}/days-off", None, EVERYBODY, 200),
    ("POST", "members/{member}/days-off", {"first_date": "2026-08-03", "last_date": "2026-08-03"}, ADMINISTERING, 201),
    ("GET", "members/{member}/days-off/{day_off}", None, EVERYBODY, 200),
    ("DELETE", "members/{member}/days-off/{day_off}", None, ADMINISTERING, 204),
    ("GET", "sources", None, EVERYBODY, 200),
    ("POST", "sources", {"name": "New"}, MANAGING, 201),
    ("GET", "sources/{source}", None, EVERYBODY, 200),
    ("PATCH", "sources/{source}", {"name": "New"}, MANAGING, 200),
    ("GET", "sources/{source}/keys", None, ADMINISTERING, 200),
    ("POST", "sources/{source}/rotate-key", None, ADMINISTERING, 201),
    ("GET", "forms", None, EVERYBODY, 200),
    ("POST", "forms", {"name": "New"}, MANAGING, 201),
    ("GET", "forms/{form}", None, EVERYBODY, 200),
    ("PATCH", "forms/{form}", {"title": "New"}, MANAGING, 200),
    ("GET", "quarantine", None, SEEING_ALL, 200),
    ("GET", "quarantine/{payload}", None, SEEING_ALL, 200),
    ("POST", "quarantine/run", {"ids": [1]}, MANAGING, 202),
    ("POST", "quarantine/{payload}/run", None, MANAGING, 200),
    ("POST", "quarantine/{payload}/discard", None, MANAGING, 200),
    ("GET", "rotations", None, EVERYBODY, 200),
    ("POST", "rotations", {"name": "New"}, MANAGING, 201),
    ("GET", "rotations/{rotation}", None, EVERYBODY, 200),
    ("PATCH", "rotations/{rotation}", {"name": "New"}, MANAGING, 200),
    ("GET", "rotations/{rotation}/standing", None, EVERYBODY, 200),
    ("GET", "holidays", None, EVERYBODY, 200),
    ("POST", "holidays", {"date": "2026-12-25", "name": "Christmas"}, MANAGING, 201),
    ("GET", "holidays/{holiday}", None, EVERYBODY, 200),
    ("DELETE", "holidays/{holiday}", None, MANAGING, 204),
    ("GET", "keys", None, ADMINISTERING, 200),
    ("POST", "keys", {"name": "New"}, ADMINISTERING, 201),
    ("GET", "keys/{key}", None, ADMINISTERING, 200),
    ("PATCH", "keys/{key}", {"name": "New"}, ADMINISTERING, 200),
    ("DELETE", "keys/{key}", None, ADMINISTERING, 204),
    ("GET", "jobs", None, MANAGING, 200),
    ("GET", "jobs/{job}", None, MANAGING, 200),
    ("POST", "jobs/{job}/retry", None, MANAGING, 200),
    ("GET", "audit", None, MANAGING, 200),
    ("GET", "account", None, EVERYBODY, 200),
    ("PATCH", "account", {"name": "New"}, ADMINISTERING, 200),
]
TABLES = (
    "accounts_account", "accounts_apikey", "accounts_auditentry", "accounts_dayoff", "accounts_holiday", "accounts_job",
    "accounts_loginsession", "accounts_membership", "accounts_user", "leads_lead", "leads_notice", "teams_leadsource",
    "teams_rotation", "teams_routingrule", "teams_sourcekey", "teams_team", "intake_form", "intake_idempotentanswer",
    "intake_quarantinedlead",
)  # fmt: skip


@dataclass
class Colleague:
    """Somebody of a role with a key of his own, and what is there: the leads are his."""

    headers: dict[str, str]
    rows: dict[str, int]


@pytest.fixture(scope="module")
def colleagues(places: Town) -> dict[Role, Colleague]:
    account, rows, found = places.acme.account, furnished(places), {}
    for role in Role:
        user = person(f"one-{role}@acme.test", account, role)
        kept = lead(account, f"kept-{role}@example.com", assignee_email=user.email)
        gone = lead(account, f"gone-{role}@example.com", assignee_email=user.email)
        delete(account, [gone.pk], actor=Actor())
        own_key, _ = ApiKey.objects.issue(KeyKind.USER, user=user)
        own = {"lead": kept.pk, "deleted": gone.pk, "own_key": own_key.pk}
        found[role] = Colleague(api_as(user, account).headers, rows | own)
    return found


def furnished(town: Town) -> dict[str, int]:
    """One row of each kind."""
    account, rep = town.acme.account, town.acme.reps[0]
    job = Job.objects.start("nothing", account=account, actor=Actor(), title="Work", arguments={})
    Job.objects.filter(pk=job.pk).update(state="failed")
    rule = RoutingRule(account=account, name="Rule", user=rep, is_active=False)
    days = {"first_date": "2026-07-06", "last_date": "2026-07-07"}
    colleague = town.initech.reps[0]
    return {
        "account": account.pk,
        "tenant": town.initech.account.pk,
        "user": colleague.pk,
        "user_key": ApiKey.objects.issue(KeyKind.USER, user=colleague)[0].pk,
        "rule": save_rule(rule, by=None).pk,
        "team": Team.objects.create(account=account, name="West").pk,
        "member": Membership.objects.get(account=account, user=rep).pk,
        "day_off": DayOff.objects.create(account=account, user=rep, **days).pk,
        "source": town.vendor.pk,
        "form": Form.objects.create(account=account, name="Website").pk,
        "payload": refused_payload(town).pk,
        "rotation": account.rotations.get().pk,
        "holiday": Holiday.objects.create(account=account, date="2026-01-01", name="New Year").pk,
        "key": ApiKey.objects.issue(KeyKind.ACCOUNT, user=town.acme.owner, account=account)[0].pk,
        "job": job.pk,
    }


def refused_payload(town: Town) -> QuarantinedLead:
    return QuarantinedLead.objects.create(
        account=town.acme.account, lead_source=town.vendor, door="source", code="state_not_allowed", reason="No.",
        content_type="application/json", payload=b'{"email": "kept@example.com"}',
    )  # fmt: skip


def checksums() -> list[str]:
    found = []
    with connection.cursor() as cursor:
        for table in TABLES:
            # When a key was last used is no change of anybody's.
            cursor.execute(
                "SELECT md5(coalesce(string_agg((to_jsonb(row) - 'last_used_at')::text, '' ORDER BY row.id), '')) "
                f"FROM {table} row"
            )
            found.append(cursor.fetchone()[0])
    return found


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("method", "path", "body", "allowed", "status"), CALLS, ids=[f"{c[0]} {c[1]}" for c in CALLS])
def test_each_role_may_what_the_table_says_and_a_refusal_changes_nothing(
    colleagues: dict[Role, Colleague], role: Role, method: str, path: str, body: Any, allowed: set[Role], status: int
) -> None:
    caller = Api(colleagues[role].headers)
    before = checksums()

    caller.send(method, path.format(**colleagues[role].rows), body)

    if role in allowed:
        assert caller.status == status
    else:
        assert caller.status == 403
        assert checksums() == before


def tried(caller: Api, rows: dict[str, int]) -> dict[tuple[str, str, str], int]:
    """The status of every call of the table, each made as if it were the only one."""
    statuses = {}
    for method, path, body, *_ in CALLS:
        before = transaction.savepoint_create()
        caller.send(method, path.format(**rows), body)
        transaction.savepoint_rollback(before)
        statuses[method, path, str(body)] = caller.status
    return statuses


def test_a_platform_administrator_may_make_every_call(places: Town, colleagues: dict[Role, Colleague]) -> None:
    own_key, _ = ApiKey.objects.issue(KeyKind.USER, user=places.admin)
    rows = colleagues[Role.AGENT].rows | {"own_key": own_key.pk}

    statuses = tried(api_as(places.admin, places.acme.account), rows)

    assert statuses == {(method, path, str(body)): status for method, path, body, _, status in CALLS}


def test_an_accounts_key_may_what_an_admin_may_but_is_nobody(places: Town, colleagues: dict[Role, Colleague]) -> None:
    made_by_admin = ApiKey.objects.issue(KeyKind.ACCOUNT, user=places.admin, account=places.acme.account)[1]

    statuses = tried(Api({"X-Api-Key": made_by_admin}), colleagues[Role.AGENT].rows)

    may = {
        (method, path, str(body)): status if Role.ADMIN in allowed and not is_own(method, path) else 403
        for method, path, body, allowed, status in CALLS
    }
    assert statuses == may


def is_own(method: str, path: str) -> bool:
    """Whether this is about the person who calls."""
    return path.startswith(("me/keys", "notices")) or (method, path) == ("PATCH", "me")


def test_no_call_takes_a_query_that_it_does_not_know(places: Town, colleagues: dict[Role, Colleague]) -> None:
    own_key, _ = ApiKey.objects.issue(KeyKind.USER, user=places.admin)
    rows, told = colleagues[Role.AGENT].rows | {"own_key": own_key.pk}, {}
    caller = api_as(places.admin, places.acme.account)
    before = checksums()

    for method, path, body, *_ in CALLS:
        problem = caller.send(method, path.format(**rows), body, query={"nothing": "1"})
        told[method, path] = (caller.status, problem and list(problem["errors"]))

    assert {call: said for call, said in told.items() if said != (400, ["nothing"])} == {}
    assert checksums() == before


@pytest.mark.parametrize(("method", "path", "body", "allowed", "status"), [c for c in CALLS if c[-1] in (201, 202)])
def test_what_was_made_is_found_at_its_location(
    places: Town,
    colleagues: dict[Role, Colleague],
    method: str,
    path: str,
    body: Any,
    allowed: set[Role],
    status: int,
) -> None:
    caller = api_as(places.admin, places.acme.account)

    made = caller.send(method, path.format(**colleagues[Role.AGENT].rows), body)

    location = caller.answer.headers["Location"]
    assert caller.get(location.removeprefix("/api/v1/"))["id"] == made["id"]


def api_paths() -> dict[str, set[str]]:
    """Every path of the API with its methods."""
    found: dict[str, set[str]] = {}
    for route, pattern in patterns(get_resolver().url_patterns):
        actions = getattr(pattern.callback, "actions", None)
        if route.startswith("api/v1/") and not route.endswith("/") and actions:
            found.setdefault(route.removeprefix("api/v1/"), set()).update(method.upper() for method in actions)
    return found


def test_the_table_has_every_call_of_the_api() -> None:
    asked = {(method, re.sub(r"\{\w+\}", "{}", path)) for method, path, *_ in CALLS}
    served = {(method, re.sub(r"<[^>]+>", "{}", route)) for route, methods in api_paths().items() for method in methods}

    assert served - {("HEAD", route) for _, route in served} == asked


@pytest.mark.parametrize("route", sorted(api_paths()))
def test_a_stranger_gets_nowhere_at_any_path(client: Client, places: Town, route: str) -> None:
    path = f"/api/v1/{re.sub(r'<[^>]+>', '1', route)}"
    callers, tried = strangers(places, "api"), {}
    before = checksums()

    for name, headers in callers.items():
        for method in api_paths()[route]:
            answer = client.generic(method, path, b"{}", "application/json", headers=headers)
            tried[name, method] = answer.status_code

    assert {key: status for key, status in tried.items() if status not in (401, 403)} == {}
    assert checksums() == before

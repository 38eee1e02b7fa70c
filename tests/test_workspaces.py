"""Whose the workspace door's keys are: the person, his workspaces, and each workspace's own key."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from accounts.keyformat import KeyKind, parse
from accounts.models import Account, ApiKey, AuditEntry, Membership, User
from accounts.roles import Role
from intake.models import IdempotentAnswer
from leadhub.lib.times import milliseconds
from teams import founding
from tests.doors import Town, bearer
from tests.people import person, platform_admin
from tests.test_urls import patterns, strangers

NOWHERE = "665d4e5f0000000000000007"
NO_WORKSPACE = (404, {"error": "Not Found", "message": "Workspace not found.", "code": 404})
NO_KEY = (404, {"error": "Not Found", "message": "key not found", "code": 404})
NEEDS_A_PERSON = "This kind of credential is not taken here: one that begins with sk_user_ is."
WRONG_KIND = (403, {"error": "Forbidden", "message": NEEDS_A_PERSON, "code": 403})
FORBIDDEN = (403, {"error": "Forbidden", "message": "You do not have permission to do this.", "code": 403})

pytestmark = pytest.mark.django_db


def ask(method: str, path: str, body: Any = None, *, by: str, **headers: str) -> tuple[int, Any]:
    """Ask with a key; `X_Workspace_Id` and the like are headers."""
    data = b"" if body is None else json.dumps(body).encode()
    sent = bearer(by) | {name.replace("_", "-"): value for name, value in headers.items()}
    answer = Client().generic(method, f"/v1/{path}", data, content_type="application/json", headers=sent)
    return answer.status_code, json.loads(answer.content)


def key_of(user: User, **fields: Any) -> str:
    return ApiKey.objects.issue(KeyKind.USER, user=user, **fields)[1]


def facts() -> list[Any]:
    """All that these calls could change; whoever asks with a key uses it."""
    tables = (Account, Membership, User, AuditEntry, IdempotentAnswer)
    keys = [row | {"last_used_at": None} for row in ApiKey.objects.order_by("pk").values()]
    return [keys, *(list(table.objects.order_by("pk").values()) for table in tables)]


def entry() -> tuple[str, str, str, str | None]:
    """The latest: what it is about, the event, by which door and whom."""
    last = AuditEntry.objects.latest("pk")
    return last.content_type.model, last.event, last.door, last.actor_email


# --- the person ---


def test_the_account_is_the_persons_whose_key_it_is(places: Town) -> None:
    acme, owner = places.acme.account, places.acme.owner
    shown = {
        "_id": owner.hex_id,
        "email": "owner@acme.test",
        "name": "Owner",
        "workspaceId": None,
        "createdAt": milliseconds(owner.created_at),
    }

    assert ask("GET", "account", by=places.acme.user_key) == (200, {"success": True, "data": shown})
    inside = {"success": True, "data": shown | {"workspaceId": acme.hex_id}}
    assert ask("GET", "account", by=places.acme.key) == (200, inside)
    assert ask("GET", "account", by=places.acme.user_key, X_Workspace_Id=acme.hex_id) == (200, inside)


def test_a_person_changes_his_own_name(places: Town) -> None:
    status, answer = ask("PATCH", "account", {"name": " Ada "}, by=places.acme.user_key)

    assert (status, answer["data"]["name"]) == (200, "Ada")
    assert User.objects.get(pk=places.acme.owner.pk).name == "Ada"
    assert entry() == ("user", "updated", "workspace", "owner@acme.test")


def test_a_workspaces_key_changes_nobodys_name(places: Town) -> None:
    before = facts()

    assert ask("PATCH", "account", {"name": "Ada"}, by=places.acme.key) == WRONG_KIND
    assert facts() == before


# --- his workspaces ---


def names(answer: tuple[int, Any]) -> list[str]:
    assert answer[0] == 200, answer
    return [row["name"] for row in answer[1]["data"]]


def test_a_person_sees_the_workspaces_he_works_in_and_a_key_its_own(places: Town) -> None:
    owner, initech = places.acme.owner, places.initech.account
    Membership.objects.create(account=initech, user=owner, role=Role.VIEWER)
    shut = Account.objects.create(name="Shut", suspended_at=timezone.now())
    Membership.objects.create(account=shut, user=owner)
    left = Account.objects.create(name="Left")
    Membership.objects.create(account=left, user=owner, is_active=False)

    assert names(ask("GET", "workspaces", by=places.acme.user_key)) == ["Initech", "Acme"]
    assert names(ask("GET", "workspaces", by=places.acme.key)) == ["Acme"]
    inside = ask("GET", "workspaces", by=places.acme.user_key, X_Workspace_Id=initech.hex_id)
    assert names(inside) == ["Initech", "Acme"]


def test_workspaces_are_listed_a_page_at_a_time(places: Town) -> None:
    for number in range(3):
        ask("POST", "workspaces", {"name": f"W{number}"}, by=places.acme.user_key)

    _, first = ask("GET", "workspaces?limit=3", by=places.acme.user_key)
    cursor = first["pagination"].pop("nextCursor")
    _, second = ask("GET", f"workspaces?limit=3&cursor={cursor}", by=places.acme.user_key)

    assert [row["name"] for row in first["data"] + second["data"]] == ["W2", "W1", "W0", "Acme"]
    assert first["pagination"] == {"limit": 3, "total": 4, "hasMore": True}
    assert second["pagination"] == {"limit": 3, "total": 4, "hasMore": False, "nextCursor": None}


def test_a_new_workspace_is_its_makers_and_works_at_once(places: Town) -> None:
    status, answer = ask("POST", "workspaces", {"name": " Acme West "}, by=places.acme.user_key)

    made = Account.objects.get(name="Acme West")
    assert (status, answer["success"], answer["data"]["_id"]) == (201, True, made.hex_id)
    assert [(m.user, m.role) for m in made.memberships.all()] == [(places.acme.owner, "owner")]
    about = AuditEntry.objects.for_account(made).order_by("pk").values_list("content_type__model", "event", "door")
    assert list(about) == [("account", "created", "workspace"), ("membership", "created", "workspace")]
    posted = ask("POST", "leads", {"email": "a@b.co"}, by=places.acme.user_key, X_Workspace_Id=made.hex_id)
    assert (posted[0], posted[1]["data"]["workspaceId"]) == (201, made.hex_id)


def test_a_workspace_asked_for_twice_with_one_idempotency_key_is_made_once(places: Town) -> None:
    body = {"name": "Acme West"}
    first = ask("POST", "workspaces", body, by=places.acme.user_key, Idempotency_Key="k")
    again = ask("POST", "workspaces/", body, by=places.acme.user_key, Idempotency_Key="k")
    another = ask("POST", "workspaces", {"name": "East"}, by=places.acme.user_key, Idempotency_Key="k")
    of_another = ask("POST", "workspaces", body, by=places.initech.user_key, Idempotency_Key="k")

    assert (first[0], again, another[0], of_another[0]) == (201, first, 422, 201)
    assert first[1]["data"]["_id"] != of_another[1]["data"]["_id"]
    assert Account.objects.filter(name="Acme West").count() == 2


def test_whose_only_workspace_is_suspended_makes_no_other(places: Town) -> None:
    Account.objects.filter(pk=places.acme.account.pk).update(suspended_at=timezone.now())
    before = facts()

    status, answer = ask("POST", "workspaces", {"name": "New"}, by=places.acme.user_key)

    assert (status, answer["message"]) == (403, "Only who works in an account can make another.")
    assert facts() == before
    for path in ("account", "workspaces", f"workspaces/{places.acme.account.hex_id}"):
        assert ask("GET", path, by=places.acme.key)[0] == 403


def test_one_person_may_own_so_many_workspaces(places: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(founding, "MOST_OWNED", 2)
    asked = [ask("POST", "workspaces", {"name": name}, by=key_of(places.acme.owner)) for name in ("B", "C")]

    message = "There can be at most 2 accounts owned by one person."
    assert asked[0][0] == 201
    assert asked[1] == (409, {"error": "Conflict", "message": message, "code": 409})
    assert not Account.objects.filter(name="C").exists()


def test_a_platform_administrator_makes_one_too(places: Town) -> None:
    admin = platform_admin("another@platform.test")

    assert ask("POST", "workspaces", {"name": "New"}, by=key_of(admin))[0] == 201


@pytest.mark.parametrize(("method", "path"), [("POST", "workspaces"), ("PATCH", "workspaces/<acme>")])
@pytest.mark.parametrize(("body", "message"), [
    ({}, "name: This field is required."),
    ({"name": None}, "name: This field may not be null."),
    ({"name": "  "}, "name: This field may not be blank."),
    ({"name": 5}, "name: Not a valid string."),
    ({"name": "x" * 201}, "name: Ensure this field has no more than 200 characters."),
])  # fmt: skip
def test_a_workspace_needs_a_name(places: Town, method: str, path: str, body: Any, message: str) -> None:
    before = facts()

    answer = ask(method, path.replace("<acme>", places.acme.account.hex_id), body, by=places.acme.user_key)

    assert answer == (400, {"error": "Bad Request", "message": message, "code": 400})
    assert facts() == before


# --- one workspace ---


def test_a_workspace_is_read_and_renamed(places: Town) -> None:
    acme = places.acme.account
    path = f"workspaces/{acme.hex_id}"

    status, answer = ask("PATCH", path, {"name": "Acme West"}, by=places.acme.key)

    assert (status, answer["data"]["_id"], answer["data"]["name"]) == (200, acme.hex_id, "Acme West")
    assert ask("GET", path.upper().replace("WORKSPACES", "workspaces"), by=places.acme.user_key) == (200, answer)
    assert entry() == ("account", "updated", "workspace", "owner@acme.test")


@pytest.mark.parametrize(("method", "path", "body"), [
    ("GET", "workspaces/<id>", None),
    ("PATCH", "workspaces/<id>", {"name": "Ours"}),
    ("GET", "workspaces/<id>/api-key", None),
    ("POST", "workspaces/<id>/api-key", None),
    ("DELETE", "workspaces/<id>/api-key", None),
])  # fmt: skip
def test_anothers_workspace_is_not_there(places: Town, method: str, path: str, body: Any) -> None:
    acme, initech = places.acme.account, places.initech.account
    ask("POST", f"workspaces/{initech.hex_id}/api-key", by=places.initech.user_key)
    before = facts()

    for id in (initech.hex_id, NOWHERE, f"00000001{acme.hex_id[8:]}", "f" * 24, str(acme.pk), "x"):
        for key in (places.acme.user_key, places.acme.key):
            assert ask(method, path.replace("<id>", id), body, by=key) == NO_WORKSPACE
    assert facts() == before


def test_the_path_decides_which_workspace_is_meant(places: Town) -> None:
    owner, acme, initech = places.acme.owner, places.acme.account, places.initech.account
    Membership.objects.create(account=initech, user=owner, role=Role.VIEWER)
    path = f"workspaces/{initech.hex_id}"

    assert ask("GET", path, by=places.acme.user_key, X_Workspace_Id=acme.hex_id)[1]["data"]["name"] == "Initech"
    # An owner at Acme, and a viewer here.
    assert ask("PATCH", path, {"name": "Ours"}, by=places.acme.user_key, X_Workspace_Id=acme.hex_id) == FORBIDDEN
    elsewhere = ask("GET", f"workspaces/{acme.hex_id}", by=places.acme.key, X_Workspace_Id=initech.hex_id)
    assert (elsewhere[0], elsewhere[1]["message"]) == (403, "The key is of another workspace.")


# --- its key ---


def test_a_workspaces_new_key_is_shown_once_and_works(places: Town) -> None:
    path = f"workspaces/{places.acme.account.hex_id}/api-key"

    status, made = ask("POST", path, by=places.acme.user_key)
    secret = made["data"].pop("apiKey")

    parsed = parse(secret)
    assert parsed is not None
    assert (status, parsed.kind, made["data"]["keyId"]) == (201, KeyKind.ACCOUNT, parsed.public_id)
    assert entry() == ("apikey", "created", "workspace", "owner@acme.test")
    assert ask("GET", path, by=places.acme.user_key) == (200, made)
    assert ask("POST", "leads", {"email": "a@b.co"}, by=secret)[0] == 201


def test_a_key_made_anew_ends_the_one_before_and_no_other(places: Town) -> None:
    path = f"workspaces/{places.acme.account.hex_id}/api-key"
    first = ask("POST", path, by=places.acme.key)[1]["data"]["apiKey"]

    # The new one is asked for with the one that it ends.
    second = ask("POST", path, {}, by=first)[1]["data"]["apiKey"]

    assert [ask("GET", "account", by=key)[0] for key in (first, second, places.acme.key)] == [401, 200, 200]


def test_a_repeat_makes_another_key_for_no_secret_is_kept(places: Town) -> None:
    path = f"workspaces/{places.acme.account.hex_id}/api-key"

    answers = [ask("POST", path, by=places.acme.user_key, Idempotency_Key="k") for _ in range(2)]

    assert [status for status, _ in answers] == [201, 201]
    assert answers[0][1]["data"]["keyId"] != answers[1][1]["data"]["keyId"]
    assert IdempotentAnswer.objects.count() == 0


def test_a_revoked_key_is_refused_at_once(places: Town) -> None:
    path = f"workspaces/{places.acme.account.hex_id}/api-key"
    secret = ask("POST", path, by=places.acme.user_key)[1]["data"]["apiKey"]

    status, ended = ask("DELETE", path, by=places.acme.user_key)

    assert (status, ended["data"]["revokedAt"] is None) == (200, False)
    assert ask("GET", "account", by=secret)[0] == 401
    assert ask("GET", path, by=places.acme.user_key) == NO_KEY
    assert ask("DELETE", path, by=places.acme.user_key) == NO_KEY
    assert ask("GET", "account", by=places.acme.key)[0] == 200


def test_a_key_does_not_outlive_the_one_it_was_made_with(places: Town) -> None:
    path, ends = f"workspaces/{places.acme.account.hex_id}/api-key", timezone.now() + timedelta(days=1)

    _, made = ask("POST", path, by=key_of(places.acme.owner, expires_at=ends))

    assert made["data"]["expiresAt"] == milliseconds(ends)


# --- who may ---

ADMINISTERING = {Role.OWNER, Role.ADMIN}
# Method, path, body, who may, and the status he gets.
CALLS: list[tuple[str, str, Any, set[Role], int]] = [
    ("GET", "account", None, set(Role), 200),
    ("PATCH", "account", {"name": "Ada"}, set(Role), 200),
    ("GET", "workspaces", None, set(Role), 200),
    ("POST", "workspaces", {"name": "New"}, set(Role), 201),
    ("GET", "workspaces/{}", None, set(Role), 200),
    ("PATCH", "workspaces/{}", {"name": "New"}, ADMINISTERING, 200),
    ("GET", "workspaces/{}/api-key", None, ADMINISTERING, 200),
    ("POST", "workspaces/{}/api-key", None, ADMINISTERING, 201),
    ("DELETE", "workspaces/{}/api-key", None, ADMINISTERING, 200),
]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("method", "path", "body", "allowed", "status"), CALLS, ids=[f"{c[0]} {c[1]}" for c in CALLS])
def test_each_role_may_what_the_table_says_and_a_refusal_changes_nothing(
    places: Town, role: Role, method: str, path: str, body: Any, allowed: set[Role], status: int
) -> None:
    acme = places.acme.account
    ask("POST", f"workspaces/{acme.hex_id}/api-key", by=places.acme.key)
    key = key_of(person(f"one-{role}@acme.test", acme, role))
    before = facts()

    answer = ask(method, path.format(acme.hex_id), body, by=key)

    if role in allowed:
        assert (answer[0], answer[1]["success"]) == (status, True)
    else:
        assert (answer, facts() == before) == (FORBIDDEN, True)


def served() -> set[tuple[str, str]]:
    """Every call of the door that is not about leads."""
    found = set()
    for route, pattern in patterns(get_resolver().url_patterns):
        is_ours = re.match(r"v1/(account|workspaces)", route) and not route.endswith("/")
        for method in getattr(pattern.callback, "actions", {}) if is_ours else ():
            found.add((method.upper(), re.sub(r"<[^>]+>", "{}", route.removeprefix("v1/"))))
    return {(method, path) for method, path in found if method != "HEAD"}


def test_the_table_has_every_call() -> None:
    assert served() == {(method, path) for method, path, *_ in CALLS}


@pytest.mark.parametrize(("method", "path"), sorted(served()))
def test_a_stranger_gets_nowhere(places: Town, method: str, path: str) -> None:
    acme, callers = places.acme.account, strangers(places, "workspace")
    body = json.dumps({"name": "Ours"}).encode()
    before = facts()

    tried = {
        name: Client()
        .generic(method, f"/v1/{path.format(acme.hex_id)}", body, content_type="application/json", headers=headers)
        .status_code
        for name, headers in callers.items()
    }

    assert set(tried.values()) <= {401, 403, 404}, tried
    assert facts() == before


def test_two_credentials_are_refused_here_too(places: Town) -> None:
    answer = ask("GET", "account", by=places.acme.key, X_Api_Key=places.acme.user_key)

    assert (answer[0], answer[1]["message"]) == (401, "Two different credentials were sent.")

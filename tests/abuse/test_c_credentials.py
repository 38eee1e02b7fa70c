"""C: who somebody is, and what he may use."""

import json
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as project
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actors import Actor
from accounts.keyformat import KeyKind, checksum, generate, parse
from accounts.models import ApiKey, LoginSession, User
from accounts.suspension import suspend
from intake import limits
from intake.models import QuarantinedLead
from leadhub.lib.transactions import run
from tests.abuse.doors import KEYED, NAMED, assert_refused, checksums, visitor
from tests.consoles import console
from tests.doors import TRACE, Town, bearer, post
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db

LABEL = {"Content-Type": "application/json"}
TRACED = LABEL | {"X-Request-Id": TRACE}
# Doors of one account, which a caller of others must choose by a header.
CHOSEN = ["account", "api"]


@pytest.fixture(autouse=True)
def no_suspects() -> Any:
    yield
    limits.suspects.networks.clear()


def secret_of(town: Town, door: str) -> str:
    return {
        "platform": town.platform_key, "account": town.acme.token, "workspace": town.acme.key,
        "source": town.vendor_key, "api": town.acme.key,
    }[door]  # fmt: skip


def shown(town: Town, door: str, secret: str) -> dict[str, str]:
    """The headers of this door with another secret."""
    headers, own = visitor(town, door).headers, secret_of(town, door)
    return {name: text.replace(own, secret) for name, text in headers.items()}


def knocked(client: Client, town: Town, door: str, headers: dict[str, str]) -> Any:
    caller = visitor(town, door)
    return post(client, caller.path, caller.body | {NAMED[door]: "Jane"}, TRACED | headers)


@pytest.mark.parametrize("door", KEYED)
@pytest.mark.parametrize("headers", [
    pytest.param({}, id="C01-none"),
    pytest.param({"Authorization": "", "X-Api-Key": "", "X-Leadping-Source-Key": ""}, id="C01-empty"),
    pytest.param({"Authorization": "Bearer"}, id="C01-bearer"),
    pytest.param({"Authorization": "Bearer   "}, id="C01-blank"),
    pytest.param({"Authorization": "Basic YTpi"}, id="C01-basic"),
])  # fmt: skip
def test_without_a_credential_nobody_comes_in(client: Client, places: Town, door: str, headers: dict[str, str]) -> None:
    before = checksums()

    answer = knocked(client, places, door, headers | visitor(places, door).place)

    assert_refused(answer, door, 401, before=before)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("door", KEYED)
def test_a_key_with_another_character_is_refused_without_asking_the_database(
    client: Client, places: Town, door: str
) -> None:
    """C02."""
    own, before = secret_of(places, door), checksums()
    headers = shown(places, door, own[:-1] + ("0" if own[-1] != "0" else "1"))

    with CaptureQueriesContext(connection) as asked:
        answer = knocked(client, places, door, headers)

    assert asked.captured_queries == []
    assert_refused(answer, door, 401, before=before)


@pytest.mark.parametrize("door", KEYED)
def test_nothing_tells_a_key_that_is_known_from_one_that_is_not(client: Client, places: Town, door: str) -> None:
    """C03: the same bytes. The secret is found by its hash, so there is nothing that a wrong one could be near to."""
    own, before = secret_of(places, door), checksums()
    secret = parse(own)
    assert secret
    near = own[:-12] + "0" * 6
    stranger = generate(secret.kind)

    answers = [knocked(client, places, door, shown(places, door, key)) for key in (near + checksum(near), stranger)]

    assert answers[0].content == answers[1].content
    for answer in answers:
        assert_refused(answer, door, 401, before=before)


def revoke(town: Town, door: str) -> None:
    for rows in (ApiKey.objects, LoginSession.objects):
        rows.update(revoked_at=timezone.now())


def expire(town: Town, door: str) -> None:
    for rows in (ApiKey.objects, LoginSession.objects):
        rows.update(expires_at=timezone.now())


def suspended(town: Town, door: str) -> None:
    account = town.acme.account
    # What the verb does beside it, ending the sessions, would make it a 401.
    type(account).objects.filter(pk=visitor(town, door).account.pk).update(suspended_at=timezone.now())


@pytest.mark.parametrize("door", KEYED)
@pytest.mark.parametrize(("ends", "status"), [
    pytest.param(revoke, 401, id="C04-revoked"),
    pytest.param(expire, 401, id="C04-expired"),
    pytest.param(suspended, 403, id="C04-suspended"),
])  # fmt: skip
def test_the_very_next_request_after_a_key_ends_is_refused(
    client: Client, places: Town, door: str, ends: Callable[[Town, str], None], status: int
) -> None:
    visitor(places, door)
    assert knocked(client, places, door, visitor(places, door).headers).status_code == 201
    ends(places, door)
    before = checksums()

    answer = knocked(client, places, door, visitor(places, door).headers)

    assert_refused(answer, door, status, before=before)


@pytest.mark.parametrize("door", KEYED)
def test_a_key_in_the_query_is_none_and_is_not_logged(
    client: Client, places: Town, caplog: pytest.LogCaptureFixture, door: str
) -> None:
    """C05."""
    secret, before, caller = secret_of(places, door), checksums(), visitor(places, door)

    with caplog.at_level(logging.DEBUG):
        answer = post(client, f"{caller.path}?api_key={secret}&token={secret}", caller.body, TRACED | caller.place)

    assert_refused(answer, door, 401, before=before)
    assert secret not in caplog.text


def test_what_a_disabled_source_sends_is_refused_and_kept(client: Client, places: Town) -> None:
    """C08."""
    type(places.vendor).objects.filter(pk=places.vendor.pk).update(is_active=False)
    before = checksums()

    answer = knocked(client, places, "source", visitor(places, "source").headers)

    assert_refused(answer, "source", 403, before=before)
    assert [row.code for row in QuarantinedLead.objects.all()] == ["source_disabled"]


def test_what_a_source_of_a_suspended_account_sends_is_refused_and_kept(client: Client, places: Town) -> None:
    """C08."""
    run(lambda: suspend(places.acme.account, actor=Actor()))
    before = checksums()

    answer = knocked(client, places, "source", visitor(places, "source").headers)

    assert_refused(answer, "source", 403, before=before)
    assert [row.code for row in QuarantinedLead.objects.all()] == ["account_suspended"]


def account_key(town: Town) -> str:
    return town.acme.key


def source_key(town: Town) -> str:
    return town.vendor_key


def user_key(town: Town) -> str:
    return town.acme.user_key


# Contracts: at the source door a wrong kind of key is no credential: 401.
@pytest.mark.parametrize(("door", "key", "status"), [
    pytest.param("platform", source_key, 403, id="C09-platform"),
    pytest.param("account", source_key, 403, id="C09-account"),
    pytest.param("workspace", source_key, 403, id="C09-workspace"),
    pytest.param("api", source_key, 403, id="C09-api"),
    pytest.param("platform", account_key, 403, id="C10-account-key"),
    pytest.param("platform", user_key, 403, id="C10-user-key"),
    pytest.param("account", account_key, 403, id="C10-account"),
    pytest.param("source", account_key, 401, id="C10-source"),
])  # fmt: skip
def test_a_key_of_another_kind_opens_nothing(
    client: Client, places: Town, door: str, key: Callable[[Town], str], status: int
) -> None:
    before, caller = checksums(), visitor(places, door)

    answer = knocked(client, places, door, bearer(key(places)) | caller.place)

    assert_refused(answer, door, status, before=before)


@pytest.mark.parametrize("door", CHOSEN)
@pytest.mark.parametrize("elsewhere", [pytest.param(True, id="C11-another"), pytest.param(False, id="C11-nowhere")])
def test_an_account_that_is_not_the_callers_is_closed_whether_it_is_there_or_not(
    client: Client, places: Town, door: str, elsewhere: bool
) -> None:
    before = checksums()
    chosen = str(places.initech.account.pk) if elsewhere else "987654321"

    answer = knocked(client, places, door, bearer(places.acme.user_key) | {"x-account-id": chosen})

    assert_refused(answer, door, 403, before=before)
    assert "You do not have access to this account." in answer.content.decode()


def test_a_workspace_that_is_not_the_keys_is_closed(client: Client, places: Town) -> None:
    """C11."""
    before = checksums()

    answer = knocked(
        client,
        places,
        "workspace",
        {"X-Api-Key": places.acme.user_key, "X-Workspace-Id": places.initech.account.hex_id},
    )

    assert_refused(answer, "workspace", 403, before=before)


@pytest.mark.parametrize("door", CHOSEN)
@pytest.mark.parametrize("given", [
    None, "", "2311,9", "2311, 2311", "2311 OR 1=1", "\uff12\uff13", "\u0662\u0663", "-1", "0x1", "1e3", "9" * 30,
], ids=lambda given: f"C12-{given!r}")  # fmt: skip
def test_an_account_is_named_by_its_one_number(client: Client, places: Town, door: str, given: str | None) -> None:
    before = checksums()
    chosen = {} if given is None else {"x-account-id": given}

    answer = knocked(client, places, door, bearer(places.acme.user_key) | chosen)

    assert_refused(answer, door, 400, before=before)


@pytest.mark.parametrize("door", KEYED)
def test_who_is_logged_in_at_the_console_is_nobody_at_a_door(places: Town, door: str) -> None:
    """C13."""
    browser, before = console(places.acme.owner), checksums()

    answer = knocked(browser, places, door, visitor(places, door).place)

    assert_refused(answer, door, 401, before=before)


@pytest.mark.parametrize("door", KEYED)
def test_who_guesses_is_stopped_and_the_right_key_is_let_in(
    client: Client, places: Town, settings: Any, door: str
) -> None:
    """C15."""
    settings.RATE_LIMIT_GUESSES = 3
    kind = parse(secret_of(places, door))
    assert kind
    guesses = [shown(places, door, generate(kind.kind)) for _ in range(5)]
    before = checksums()

    answers = [knocked(client, places, door, headers) for headers in guesses]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert_refused(answers[-1], door, 429, before=before)
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert knocked(client, places, door, visitor(places, door).headers).status_code == 201


@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_leaked_key_is_found_and_proven_offline_as_published(kind: KeyKind) -> None:
    """C16."""
    told = (project.BASE_DIR / "docs" / "production.md").read_text().partition("## A key that leaked")[2]
    pattern, code = re.findall(r"```(?:python)?\n(.+?)```", told, re.DOTALL)[:2]
    published = dict[str, Any]()
    exec(code, published)
    key = generate(kind)

    found = re.findall(pattern.strip(), f'+    "key": "{key}",')

    assert (found, published["is_key"](key), published["is_key"](key[:-1] + "-")) == ([key], True, False)
    assert parse(key) is not None


def test_a_login_tells_nobody_who_is_known(client: Client, places: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """C20: the same answer, and the same work: a password is hashed once, whoever it is said to be of."""
    hashed = list[str]()
    [hasher] = project.PASSWORD_HASHERS
    assert hasher.endswith("Argon2PasswordHasher")
    from django.contrib.auth.hashers import Argon2PasswordHasher

    encode = Argon2PasswordHasher.encode
    monkeypatch.setattr(Argon2PasswordHasher, "encode", lambda *a, **k: hashed.append("x") or encode(*a, **k))
    monkeypatch.setattr(Argon2PasswordHasher, "verify", lambda *a, **k: hashed.append("x") or False)
    owner = User.objects.get(pk=places.acme.owner.pk)
    owner.set_password(PASSWORD)
    owner.save()
    hashed.clear()

    work, answers = list[int](), list[Any]()
    for email in ("owner@acme.test", "nobody@acme.test"):
        answers.append(post(client, "/auth/login", {"email": email, "password": "wrong password"}, TRACED))
        work.append(len(hashed))

    assert work == [1, 2]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].content == answers[1].content
    assert json.loads(answers[0].content) == {"error": "invalid credentials"}

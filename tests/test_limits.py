"""How often one may come: who is counted, by what, and where."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from time_machine import travel

from accounts import counting
from accounts.callers import identify
from accounts.counting import Counted, count, forget_old
from accounts.keyformat import KeyKind, generate
from accounts.models import Account, ApiKey, RateCount
from intake import limits
from intake.problems import Problem
from leadhub.lib.requests import RequestInfo
from leadhub.lib.sql import fetch
from tests import clock
from tests.counting import knock, no_suspects, subjects, used
from tests.doors import NAMES, Town, bearer

pytestmark = pytest.mark.django_db
__all__ = ["no_suspects"]

DOORS = [*NAMES, "api"]


def counts() -> dict[str, int]:
    return dict(RateCount.objects.order_by("minute").values_list("subject", "count"))


def wrong(door: str, places: Town) -> dict[str, str]:
    """A credential of this door's kind that was never issued."""
    if door == "source":
        pair = places.visitor(door).credential
        return pair | {"X-Leadping-Source-Key": generate(KeyKind.SOURCE)}
    if door in ("workspace", "api"):
        return {"X-Api-Key": generate(KeyKind.ACCOUNT)}
    return bearer(generate(KeyKind.PLATFORM if door == "platform" else KeyKind.SESSION))


def test_the_defaults_are_those_that_the_documentation_tells() -> None:
    told = (settings.BASE_DIR / "docs" / "settings.md").read_text()
    rows = re.findall(r"^\| (`(?:RATE_LIMIT|QUARANTINE)_[^|]+) \| ([^|]+) \|", told, re.MULTILINE)
    defaults = {name: int(number) for pair in rows for name, number in zip(*map(words, pair), strict=True)}

    assert defaults == {name: getattr(settings, name) for name in defaults}
    assert defaults.items() >= {
        "RATE_LIMIT_PLATFORM": 1000, "RATE_LIMIT_DOORS": 6000, "RATE_LIMIT_FORM": 60,
    }.items()  # fmt: skip


def words(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


# --- who is counted ---


@pytest.mark.parametrize("door", DOORS)
def test_a_request_counts_once_for_its_key_and_its_account(client: Client, places: Town, door: str) -> None:
    knock(client, places, door)

    assert counts() == dict.fromkeys(subjects(places, door), 1)


@pytest.mark.parametrize("door", DOORS)
def test_counting_is_one_statement(client: Client, places: Town, settings: Any, door: str) -> None:
    knock(client, places, door)
    counted = statements(client, places, door)
    settings.RATE_LIMITS = False

    assert counted - statements(client, places, door) == 1


def statements(client: Client, places: Town, door: str) -> int:
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        knock(client, places, door)
    return len(asked)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("setting", "of"), [("DOORS", 0), ("ACCOUNT", 1)])
def test_the_last_of_a_budget_passes_and_the_next_is_refused(
    client: Client, places: Town, door: str, setting: str, of: int
) -> None:
    setting = "PLATFORM" if (door, setting) == ("platform", "DOORS") else setting
    used(subjects(places, door)[of], getattr(settings, f"RATE_LIMIT_{setting}") - 1)

    last, next_one = knock(client, places, door), knock(client, places, door)

    assert (last.status_code < 300, next_one.status_code) == (True, 429)


def test_who_is_over_his_own_limit_does_not_use_up_what_he_shares(places: Town) -> None:
    assert [count("key:1", limit=2, within="account:1").within for _ in range(4)] == [1, 2, None, None]
    assert count("key:2", limit=2, within="account:1").within == 3


def test_a_refused_right_counts(client: Client, places: Town) -> None:
    Account.objects.filter(pk=places.acme.account.pk).update(suspended_at="2026-01-01T00:00:00Z")

    answer = knock(client, places, "workspace")

    assert (answer.status_code, counts()) == (403, dict.fromkeys(subjects(places, "workspace"), 1))


@pytest.mark.parametrize(("method", "path", "headers", "status"), [
    ("POST", "/leads", {"x-account-id": "987654321"}, 403),
    ("POST", "/leads", {}, 400),
    ("POST", "/v1/platform/leads", {}, 403),
    ("POST", "/v1/leads", {"X-Workspace-Id": "f" * 24}, 403),
    ("GET", "/v1/workspaces/665d4e5f00000000000f0007", {}, 404),
    ("GET", "/api/v1/leads", {"x-account-id": "987654321"}, 403),
    ("GET", "/api/v1/leads", {}, 400),
])  # fmt: skip
def test_a_good_key_that_is_refused_where_it_comes_in_counts(
    client: Client, places: Town, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    caller = identify(places.acme.user_key)
    assert caller and caller.key
    subject = f"key:{caller.key.pk}"

    def come() -> HttpResponse:
        sent = bearer(places.acme.user_key) | headers
        return client.generic(method, path, b"{}", "application/json", headers=sent)

    assert (come().status_code, counts()) == (status, {subject: 1})
    RateCount.objects.all().delete()
    used(subject, settings.RATE_LIMIT_DOORS)
    assert come().status_code == 429


def test_nothing_is_counted_where_limits_are_off(client: Client, places: Town, settings: Any) -> None:
    settings.RATE_LIMITS = False
    settings.RATE_LIMIT_DOORS = 1

    answers = [knock(client, places, "api") for _ in range(3)]

    assert ([answer.status_code for answer in answers], counts()) == ([200] * 3, {})
    assert "RateLimit" not in answers[0].headers


# --- wrong credentials ---


@pytest.mark.parametrize("door", DOORS)
def test_who_guesses_too_often_is_told_429_and_a_right_key_from_there_is_served(
    client: Client, places: Town, door: str
) -> None:
    used("guesses:127.0.0.1", 18)

    guesses = [knock(client, places, door, **wrong(door, places)).status_code for _ in range(4)]

    assert guesses == [401, 401, 429, 429]
    assert knock(client, places, door).status_code < 300


def test_a_guesser_is_refused_before_his_body_is_read(client: Client, places: Town) -> None:
    used("guesses:127.0.0.1", 20)
    large = {"Content-Type": "application/json"} | wrong("workspace", places)

    with travel(clock.stopped_at, tick=False):
        knock(client, places, "workspace", **wrong("workspace", places))
        guess = client.generic("POST", "/v1/leads", b"x" * (2**20 + 1), headers=large)
        right = client.generic("POST", "/v1/leads", b"x" * (2**20 + 1), headers={"X-Api-Key": places.acme.key})

    assert (guess.status_code, right.status_code) == (429, 413)


def test_what_cannot_be_a_key_is_not_counted(client: Client, places: Town) -> None:
    malformed = {"X-Api-Key": places.acme.key[:-1] + "_"}

    answers = {knock(client, places, "workspace", **malformed).status_code for _ in range(25)}

    assert (answers, counts()) == ({401}, {})


@pytest.mark.parametrize("why", ["revoked_at", "expires_at"])
def test_a_key_that_no_longer_holds_counts_as_a_guess(client: Client, places: Town, why: str) -> None:
    ApiKey.objects.filter(account=places.acme.account, kind=KeyKind.ACCOUNT).update(**{why: "2026-01-01T00:00:00Z"})

    answer = knock(client, places, "workspace")

    assert (answer.status_code, counts()) == (401, {"guesses:127.0.0.1": 1})


def test_suspicion_ends_with_the_minute() -> None:
    suspects = limits.Suspects()
    with travel("2026-03-02 10:00:59Z", tick=False):
        suspects.add("1.2.3.4")
        assert "1.2.3.4" in suspects and "1.2.3.5" not in suspects
    with travel("2026-03-02 10:01:00Z", tick=False):
        assert "1.2.3.4" not in suspects


# --- addresses ---


@pytest.mark.parametrize(("peer", "forwarded", "counted"), [
    ("9.9.9.9", "", "9.9.9.9"),
    ("9.9.9.9", "8.8.8.8", "9.9.9.9"),
    ("10.0.0.1", "8.8.8.8", "8.8.8.8"),
    ("10.0.0.1", "1.1.1.1, 8.8.8.8", "8.8.8.8"),
    ("2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
    ("2001:db8:1:2:ffff::5", "", "2001:db8:1:2::/64"),
    ("::ffff:9.9.9.9", "", "9.9.9.9"),
])  # fmt: skip
def test_an_address_is_the_peers_or_what_a_trusted_proxy_says(
    client: Client, places: Town, settings: Any, peer: str, forwarded: str, counted: str
) -> None:
    from ipaddress import ip_network

    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    headers = wrong("workspace", places) | ({"X-Forwarded-For": forwarded} if forwarded else {})

    client.post("/v1/leads", b"{}", content_type="application/json", headers=headers, REMOTE_ADDR=peer)

    assert counts() == {f"guesses:{counted}": 1}


def test_who_needs_no_credential_is_counted_by_address_before_his_body_is_read(client: Client, places: Town) -> None:
    used("address:127.0.0.1", 600)

    answer = client.generic("POST", "/auth/login", b"x" * (2**20 + 1), content_type="application/json")

    assert answer.status_code == 429
    assert answer.json() == {"error": "Too many requests: at most 600 in 60 seconds."}
    assert answer["RateLimit-Policy"] == '"address";q=600;w=60'


# --- forms ---


def visit(rf: Any, address: str) -> Any:
    request = rf.post("/v1/public/forms/7")
    request.info = RequestInfo(address=address)
    return request


def test_a_form_is_counted_by_address_and_by_itself(rf: Any, places: Town, settings: Any) -> None:
    settings.RATE_LIMIT_FORM, settings.RATE_LIMIT_FORM_TOTAL = 2, 3

    def refused(address: str, form: int = 7) -> int | None:
        try:
            limits.form(visit(rf, address), form)
        except Problem as problem:
            assert problem.standing
            return problem.standing.limit
        return None

    assert [refused("1.1.1.1") for _ in range(3)] == [None, None, 2]
    assert [refused("2.2.2.2"), refused("3.3.3.3"), refused("3.3.3.3", form=8)] == [None, 3, None]


# --- the table ---


def test_the_table_is_unlogged(places: Town) -> None:
    assert fetch("SELECT relpersistence::text FROM pg_class WHERE relname = 'accounts_ratecount'") == [("u",)]


def test_each_minute_counts_anew(places: Town) -> None:
    RateCount.objects.create(minute=1, subject="key:1", count=5)

    counted = count("key:1", limit=9)

    assert (counted.own, counted.within) == (1, None) and isinstance(counted, Counted)


def test_the_minute_is_the_database_s(places: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "COUNT", clock.COUNT)
    now = "SELECT extract(epoch FROM clock_timestamp())::float8"

    [(before,)], counted, [(after,)] = fetch(now), count("key:1", limit=9), fetch(now)

    assert before <= counted.at <= after
    assert RateCount.objects.get().minute == int(counted.at) // counting.WINDOW


def test_old_minutes_are_forgotten(places: Town) -> None:
    count("key:1", limit=9)
    RateCount.objects.create(minute=1, subject="key:1", count=7)

    assert (forget_old(), counts()) == (1, {"key:1": 1})

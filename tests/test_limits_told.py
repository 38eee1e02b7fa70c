"""How often one may come, as each door tells it: refusals and headers."""

import json

import pytest
from django.test import Client

from accounts.models import ApiKey, AuditEntry, RateCount
from intake.budgets import Standing, rate_headers
from intake.models import IdempotentAnswer, QuarantinedLead
from leads.models import Lead
from tests import clock
from tests.counting import knock, no_suspects, subjects, used
from tests.doors import TRACE, Town, post, refusal, state

pytestmark = pytest.mark.django_db
__all__ = ["no_suspects"]


# --- the answers ---


@pytest.mark.parametrize(("door", "status", "code"), [
    ("platform", 429, "RATE_LIMITED"),
    ("account", 429, ""),
    ("workspace", 429, ""),
    ("source", 429, "rate_limited"),
])  # fmt: skip
def test_each_door_refuses_in_its_own_words_and_stores_nothing(
    client: Client, places: Town, door: str, status: int, code: str
) -> None:
    limit = 1000 if door == "platform" else 6000
    used(subjects(places, door)[0], limit)
    before, trail = state(), AuditEntry.objects.count()

    answer = knock(client, places, door, **{"Idempotency-Key": "once"})

    wait = int(answer["Retry-After"])
    expected = refusal(
        door, status, f"Too many requests: at most {limit} in 60 seconds.", code=code, path=places.visitor(door).path
    )
    if door == "platform":
        expected["details"] = {"limit": 1000, "window_seconds": 60, "retry_after_seconds": wait}
    assert (answer.status_code, json.loads(answer.content)) == (429, expected)
    assert 1 <= wait <= 60
    assert (state(), AuditEntry.objects.count()) == (before, trail)
    assert (IdempotentAnswer.objects.count(), QuarantinedLead.objects.count()) == (0, 0)
    assert not ApiKey.objects.exclude(last_used_at=None).exists()


def test_the_hubs_own_api_refuses_with_problem_details(client: Client, places: Town) -> None:
    used(subjects(places, "api")[0], 6000)

    answer = knock(client, places, "api", **{"X-Request-Id": TRACE})

    assert (answer.status_code, answer["Content-Type"]) == (429, "application/problem+json")
    assert answer.json() == {
        "type": "about:blank", "title": "Too Many Requests", "status": 429, "instance": "/api/v1/me", "errors": {},
        "detail": "Too many requests: at most 6000 in 60 seconds.", "traceId": TRACE, "code": "rate_limited",
    }  # fmt: skip


def test_the_same_request_repeated_after_a_429_is_carried_out(client: Client, places: Town) -> None:
    used(subjects(places, "workspace")[0], 6000)
    knock(client, places, "workspace", **{"Idempotency-Key": "once"})
    RateCount.objects.all().delete()

    answer = knock(client, places, "workspace", **{"Idempotency-Key": "once"})

    assert (answer.status_code, "Idempotency-Replayed" in answer, Lead.objects.count()) == (201, False, 1)


# --- the headers ---


def test_the_platform_tells_how_the_budget_stands(client: Client, places: Town) -> None:
    used(subjects(places, "platform")[0], 41)

    answer = knock(client, places, "platform")

    told = {name: value for name, value in answer.headers.items() if name.startswith("X-RateLimit")}
    reset = int(told.pop("X-RateLimit-Reset"))
    assert told == {
        "X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "958", "X-RateLimit-Policy": "1000;w=60",
    }  # fmt: skip
    assert reset == int(clock.stopped_at.timestamp()) // 60 * 60 + 60


@pytest.mark.parametrize(("method", "path", "body", "status"), [
    ("POST", "/v1/platform/leads", b"{}", 401),
    ("PUT", "/v1/platform/leads", b"{}", 405),
    ("POST", "/v1/platform/leads", b"x" * (2**20 + 1), 413),
    ("GET", "/v1/platform/nowhere", b"", 404),
    ("OPTIONS", "/v1/platform/leads", b"", 204),
])  # fmt: skip
def test_every_answer_of_the_platform_tells_even_where_nobody_is_known(
    client: Client, places: Town, method: str, path: str, body: bytes, status: int
) -> None:
    answer = client.generic(method, path, body, content_type="application/json")

    told = [answer[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Policy")]
    assert (answer.status_code, told) == (status, ["1000", "1000", "1000;w=60"])
    assert int(answer["X-RateLimit-Reset"]) % 60 == 0


def test_refusals_of_a_known_caller_tell_what_is_left(client: Client, places: Town) -> None:
    visitor = places.visitor("platform")

    answer = post(client, visitor.path, b"{", visitor.headers)

    assert (answer.status_code, answer["X-RateLimit-Remaining"]) == (400, "999")


def test_a_bad_host_at_the_platform_tells_too(client: Client, places: Town) -> None:
    answer = knock(client, places, "platform", Host="evil.example.com")

    assert (answer.status_code, answer["X-RateLimit-Remaining"]) == (400, "1000")


@pytest.mark.parametrize("door", ["account", "workspace", "source", "api"])
def test_elsewhere_the_drafts_headers_tell(client: Client, places: Town, door: str) -> None:
    answer = knock(client, places, door)

    wait = answer["RateLimit"].rpartition("=")[2]
    assert answer["RateLimit-Policy"] == '"default";q=6000;w=60'
    assert answer["RateLimit"] == f'"default";r=5999;t={wait}' and 1 <= int(wait) <= 60
    assert not any(name.startswith("X-RateLimit") for name in answer.headers)


def test_the_closer_of_two_budgets_is_told(client: Client, places: Town) -> None:
    used(subjects(places, "api")[1], 11_990)

    answer = knock(client, places, "api")

    assert answer["RateLimit-Policy"] == '"account";q=12000;w=60'
    assert answer["RateLimit"].startswith('"account";r=9;t=')


@pytest.mark.parametrize(("at", "resets_at", "resets_in"), [
    (1_200.0, 1_260, 60), (1_200.4, 1_260, 60), (1_259.0, 1_260, 1), (1_259.99, 1_260, 1), (1_260.0, 1_320, 60),
])  # fmt: skip
def test_a_standing_resets_at_the_end_of_its_minute(at: float, resets_at: int, resets_in: int) -> None:
    standing = Standing("default", 10, used=12, at=at)

    assert (standing.resets_at, standing.resets_in) == (resets_at, resets_in)
    assert rate_headers(standing)["RateLimit"] == f'"default";r=0;t={resets_in}'

"""Idempotency-Key: the same request sent twice is carried out once, and answered the same, byte for byte."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from intake import endpoint
from intake.models import IdempotentAnswer
from leads.models import Lead
from tests.doors import NAMES, TRACE, Town, bearer, post, refusal, state

REUSED = "This Idempotency-Key was used for another request."
MALFORMED = "Idempotency-Key must be 1 to 255 printable ASCII characters."

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("door", NAMES)
@pytest.mark.parametrize("key", ["once", "x" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "a b", "!~"])
def test_a_repeat_is_given_the_first_answer_and_nothing_is_done(
    client: Client, places: Town, door: str, key: str
) -> None:
    visitor = places.visitor(door)
    first = visitor.post(client, Idempotency_Key=key)
    before = state()

    again = visitor.post(client, Idempotency_Key=key)

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    assert state() == before
    assert Lead.objects.count() == 1


@pytest.mark.parametrize(("door", "status", "code"), [
    ("platform", 422, "CONFLICT"), ("account", 422, ""), ("workspace", 422, ""),
    ("source", 400, "idempotency_key_reused"),
])  # fmt: skip
def test_the_same_key_with_another_body_or_query_is_refused(
    client: Client, places: Town, door: str, status: int, code: str
) -> None:
    visitor = places.visitor(door)
    visitor.post(client, Idempotency_Key="once")
    before = state()
    headers = visitor.headers | {"Idempotency-Key": "once", "X-Request-Id": TRACE}

    spaced = visitor.post(client, json.dumps(visitor.body).encode() + b" ", Idempotency_Key="once", X_Request_Id=TRACE)
    other = visitor.post(client, visitor.with_email("x@y.z"), Idempotency_Key="once", X_Request_Id=TRACE)
    queried = post(client, f"{visitor.path}?skipTeamAndSourceRequirement=true", visitor.body, headers)

    for answer in (spaced, other, queried):
        assert answer.json() == refusal(door, status, REUSED, code=code, path=visitor.path)
        assert answer.status_code == status
    assert state() == before


@pytest.mark.parametrize("door", NAMES)
@pytest.mark.parametrize("key", ["", "x" * 256, "a\0b", "a\r\nb", "schl\u00fcssel", "\U0001f511", " ", "a\tb", "\x7f"])
def test_a_key_that_is_none_is_refused(client: Client, places: Town, door: str, key: str) -> None:
    visitor, before = places.visitor(door), state()

    answer = visitor.post(client, Idempotency_Key=key, X_Request_Id=TRACE)

    code = "INVALID_INPUT" if door == "platform" else "invalid_idempotency_key"
    assert answer.json() == refusal(door, 400, MALFORMED, code=code, path=visitor.path)
    assert (answer.status_code, state()) == (400, before)


@pytest.mark.parametrize("door", NAMES)
def test_a_refusal_is_not_kept_so_the_repeat_is_carried_out(client: Client, places: Town, door: str) -> None:
    visitor = places.visitor(door)

    invalid = visitor.post(client, b"{}", Idempotency_Key="once")
    unknown = post(client, visitor.path, visitor.body, {"Idempotency-Key": "once"})
    answer = visitor.post(client, Idempotency_Key="once")

    assert (invalid.status_code, unknown.status_code, answer.status_code) == (400, 401, 201)
    assert "Idempotency-Replayed" not in answer.headers


@pytest.mark.parametrize("door", NAMES)
def test_a_fault_keeps_nothing_so_the_repeat_is_carried_out(
    client: Client, places: Town, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    visitor = places.visitor(door)
    client.raise_request_exception = False

    with monkeypatch.context() as broken:
        broken.setattr(endpoint, "receive", lambda *_, **__: [])
        fault = visitor.post(client, Idempotency_Key="once")
    answer = visitor.post(client, Idempotency_Key="once")

    assert (fault.status_code, answer.status_code) == (500, 201)


def test_already_known_is_kept_even_when_it_is_true_no_more(client: Client, places: Town) -> None:
    visitor = places.visitor("workspace")
    visitor.post(client)
    first = visitor.post(client, Idempotency_Key="once")
    Lead.objects.update(deleted_at=timezone.now())

    again = visitor.post(client, Idempotency_Key="once")

    assert (first.status_code, again.status_code, again.content) == (409, 409, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_accounts_and_paths_do_not_share_keys(client: Client, places: Town) -> None:
    for door in NAMES:
        visitor = places.visitor(door)
        assert visitor.post(client, visitor.with_email(f"{door}@acme.com"), Idempotency_Key="once").status_code == 201
    other = bearer(places.initech.key) | {"Idempotency-Key": "once"}
    assert post(client, "/v1/leads", {"email": "jane@acme.com"}, other).status_code == 201

    assert (Lead.objects.count(), IdempotentAnswer.objects.count()) == (5, 5)


@pytest.mark.parametrize("door", NAMES)
def test_a_trailing_slash_and_another_credential_of_the_account_are_the_same_scope(
    client: Client, places: Town, door: str
) -> None:
    visitor = places.visitor(door)
    first = visitor.post(client, Idempotency_Key="once")
    headers = visitor.headers | {"Idempotency-Key": "once"}
    if door == "workspace":
        headers = bearer(places.acme.user_key) | {"X-Workspace-Id": places.acme.account.hex_id}
        headers |= {"Idempotency-Key": "once"}

    again = post(client, f"{visitor.path}/", visitor.body, headers)

    assert (again.status_code, again.content, again.headers["Idempotency-Replayed"]) == (201, first.content, "true")


@pytest.mark.parametrize(("age", "leads"), [(timedelta(hours=23, minutes=59), 1), (timedelta(hours=24), 2)])
@pytest.mark.parametrize("door", ["platform", "account", "source"])
def test_after_a_day_the_key_is_a_new_one(client: Client, places: Town, door: str, age: timedelta, leads: int) -> None:
    visitor = places.visitor(door)
    visitor.post(client, Idempotency_Key="once")
    IdempotentAnswer.objects.update(created_at=timezone.now() - age)

    answers = [visitor.post(client, Idempotency_Key="once") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1].content == answers[0].content
    assert (Lead.objects.count(), IdempotentAnswer.objects.count()) == (leads, 1)


@pytest.mark.parametrize(("door", "method", "path", "status"), [
    ("account", "POST", "/leads/{}/archive", 404), ("account", "PATCH", "/teams/{}", 404),
    ("account", "DELETE", "/apikeys/{}", 404), ("workspace", "PATCH", "/v1/leads/{}", 404),
    ("platform", "POST", "/v1/platform/leads/{}/convert", 400),
])  # fmt: skip
@pytest.mark.parametrize("id", ["1%00", "%00", "1" * 600])
def test_a_path_that_names_nothing_is_no_fault_with_a_key_either(
    client: Client, places: Town, door: str, method: str, path: str, status: int, id: str
) -> None:
    headers = places.visitor(door).headers | {"Idempotency-Key": "once"}

    answer = client.generic(method, path.format(id), b"{}", content_type="application/json", headers=headers)

    assert (answer.status_code, IdempotentAnswer.objects.count()) == (status, 0)

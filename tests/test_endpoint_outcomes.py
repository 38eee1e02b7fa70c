"""What the shared endpoint keeps of a call: its answer for repeats, its errors, its key's use."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import exceptions as of_django
from django.db import OperationalError
from django.http import Http404
from django.test import Client
from django.utils.timezone import now
from rest_framework import exceptions, serializers

from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey
from intake import idempotency
from intake.idempotency import Answer
from intake.models import IdempotentAnswer
from leadhub.lib.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from tests.people import Company
from tests.things import THINGS, Things, ask, name_of, refusal

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.things")]
__all__ = ["ask"]


# --- once ---


def test_a_repeat_is_given_the_first_answer_and_nothing_is_done(ask: Any, acme: Company) -> None:
    first = ask("POST", body=b'{"name": "New"}', Idempotency_Key="k")
    Account.objects.filter(pk=acme.account.pk).update(name="Newer")

    again = ask("POST", body=b'{"name": "New"}', Idempotency_Key="k")
    other = ask("POST", body=b'{"name": "Other"}', Idempotency_Key="k")

    assert (again.status_code, again.content) == (201, first.content)
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    assert refusal(other)[:2] == (422, "idempotency_key_reused")
    assert name_of(acme) == "Newer"


def test_an_answer_without_a_body_is_given_again_as_well(ask: Any) -> None:
    ask("PATCH", body=b"{}", Idempotency_Key="k")

    again = ask("PATCH", body=b"{}", Idempotency_Key="k")

    assert (again.status_code, again.content, again.headers.get("Content-Type")) == (204, b"", None)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_without_a_key_each_is_carried_out(ask: Any) -> None:
    answers = [ask("POST", body=b'{"name": "New"}') for _ in range(2)]

    assert [answer.headers.get("Idempotency-Replayed") for answer in answers] == [None, None]
    assert IdempotentAnswer.objects.count() == 0


def test_a_secret_is_not_kept_so_a_repeat_is_carried_out_again(ask: Any, acme: Company) -> None:
    ask("POST", "/api/v1/secrets", b'{"name": "New"}', Idempotency_Key="k")
    Account.objects.filter(pk=acme.account.pk).update(name="Newer")

    again = ask("POST", "/api/v1/secrets", b'{"name": "New"}', Idempotency_Key="k")

    assert (again.status_code, again.headers.get("Idempotency-Replayed")) == (201, None)
    assert (name_of(acme), IdempotentAnswer.objects.count()) == ("New", 0)


@pytest.mark.parametrize("path", [THINGS, "/api/v1/secrets"])
def test_a_key_that_is_none_is_refused_and_nothing_is_done(ask: Any, acme: Company, path: str) -> None:
    answer = ask("POST", path, b'{"name": "New"}', Idempotency_Key="x" * 256)

    assert (refusal(answer)[:2], name_of(acme)) == ((400, "invalid_idempotency_key"), "Acme")


def test_a_refusal_undoes_the_work_and_is_not_kept(ask: Any, acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as failing:
        failing.setattr(Things, "fails", Conflict("There is one."))
        refused = ask("POST", body=b'{"name": "New"}', Idempotency_Key="k")
        before = name_of(acme)

    again = ask("POST", body=b'{"name": "New"}', Idempotency_Key="k")

    assert (refusal(refused), before) == ((409, "conflict", "There is one."), "Acme")
    assert (again.status_code, name_of(acme)) == (201, "New")


def test_a_twins_conflict_with_the_first_is_given_the_firsts_answer(
    ask: Any, acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, looks = Answer(201, b'{"name":"New"}', replayed=True), []

    def looked(claim: idempotency.Claim) -> Answer | None:
        looks.append(claim.key)
        return first if len(looks) > 1 else None

    monkeypatch.setattr(idempotency, "earlier", looked)
    monkeypatch.setattr(Things, "fails", Conflict("There is one."))
    answer = ask("POST", body=b'{"name": "New"}', Idempotency_Key="k")

    assert (answer.status_code, answer.content) == (201, first.body)
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert name_of(acme) == "Acme"


# --- what goes wrong ---


@pytest.mark.parametrize(("error", "expected"), [
    (Invalid("No.", field="first_name"), (400, "invalid_input", {"firstName": ["No."]})),
    (Invalid("No.", code="bad_name", field="last_name"), (400, "bad_name", {"last_name": ["No."]})),
    (Forbidden("No."), (403, "forbidden", {})),
    (NotFound("No."), (404, "not_found", {})),
    (Conflict("No."), (409, "conflict", {})),
    (serializers.ValidationError({"a": {"b": ["No."]}}), (400, "invalid_input", {"a.b": ["No."]})),
    (exceptions.ParseError("secret"), (400, "invalid_request", {})),
    (exceptions.NotAuthenticated("secret"), (401, "unauthorized", {})),
    (exceptions.AuthenticationFailed("secret"), (401, "unauthorized", {})),
    (exceptions.PermissionDenied("secret"), (403, "forbidden", {})),
    (exceptions.NotFound("secret"), (404, "not_found", {})),
    (exceptions.MethodNotAllowed("POST"), (405, "method_not_allowed", {})),
    (exceptions.UnsupportedMediaType("secret"), (415, "unsupported_media_type", {})),
    (exceptions.Throttled(2.5), (429, "throttled", {})),
    (exceptions.Throttled(), (429, "throttled", {})),
    (Http404("secret"), (404, "not_found", {})),
    (of_django.PermissionDenied("secret"), (403, "forbidden", {})),
    (Unavailable(), (503, "unavailable", {})),
    (OperationalError("secret"), (503, "unavailable", {})),
    (exceptions.APIException("secret"), (500, "internal_error", {})),
    (RuntimeError("secret"), (500, "internal_error", {})),
])  # fmt: skip
@pytest.mark.parametrize("headers", [{}, {"Idempotency_Key": "k"}])
def test_every_error_leaves_in_the_doors_words(
    ask: Any, client: Client, acme: Company, monkeypatch: pytest.MonkeyPatch, error: Exception, expected: Any,
    headers: dict[str, str],
) -> None:  # fmt: skip
    client.raise_request_exception = False
    monkeypatch.setattr(Things, "fails", error)

    answer = ask("POST", body=b'{"name": "New"}', **headers)

    body = answer.json()
    assert (answer.status_code, body["code"], body["errors"]) == expected
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (name_of(acme), IdempotentAnswer.objects.count()) == ("Acme", 0)
    assert "secret" not in answer.content.decode()
    assert ("Retry-After" in answer.headers) == (answer.status_code in (429, 503))


@pytest.mark.parametrize(("wait", "seconds"), [(2.5, "3"), (None, "1"), (0.0, "1")])
def test_who_is_throttled_is_told_when_to_come_again(
    ask: Any, monkeypatch: pytest.MonkeyPatch, wait: float | None, seconds: str
) -> None:
    monkeypatch.setattr(Things, "fails", exceptions.Throttled(wait))

    assert ask("POST", body=b'{"name": "New"}').headers["Retry-After"] == seconds


# --- the key's last use ---


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("PUT", 403), ("DELETE", 200), ("POST", 415)])
def test_every_authenticated_request_is_a_use_of_its_key(ask: Any, method: str, status: int) -> None:
    answer = ask(method)

    [used] = ApiKey.objects.exclude(last_used_at=None)
    assert (answer.status_code, used.kind) == (status, KeyKind.ACCOUNT)
    assert now() - used.last_used_at < timedelta(minutes=1)


def test_a_second_use_within_the_minute_writes_nothing(ask: Any) -> None:
    half_a_minute_ago = datetime.now(UTC) - timedelta(seconds=30)
    ApiKey.objects.update(last_used_at=half_a_minute_ago)

    ask("GET")

    assert set(ApiKey.objects.values_list("last_used_at", flat=True)) == {half_a_minute_ago}

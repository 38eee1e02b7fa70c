"""What the shared endpoint does in which order: who may, what comes, what is answered."""

from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from accounts.models import Account, Membership
from accounts.roles import Role
from intake.models import IdempotentAnswer
from tests.doors import bearer
from tests.people import Company, person
from tests.things import THINGS, ask, name_of, refusal

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.things")]
__all__ = ["ask"]

FORBIDDEN = ("forbidden", "You do not have permission to do this.")


# --- who may ---


@pytest.mark.parametrize(("role", "statuses"), [
    (Role.OWNER, (200, 201, 204, 200)),
    (Role.ADMIN, (200, 201, 204, 200)),
    (Role.MANAGER, (200, 201, 204, 403)),
    (Role.AGENT, (200, 403, 403, 403)),
    (Role.VIEWER, (200, 403, 403, 403)),
])  # fmt: skip
def test_a_role_may_what_the_views_table_says(ask: Any, acme: Company, role: Role, statuses: tuple[int, ...]) -> None:
    user = person("one@acme.test", acme.account, role)

    asked = [("GET", b""), ("POST", b'{"name": "Acme"}'), ("PATCH", b"{}"), ("DELETE", b"")]
    answers = [ask(method, body=body, user=user) for method, body in asked]

    assert tuple(answer.status_code for answer in answers) == statuses
    assert {refusal(answer)[1:] for answer in answers if answer.status_code == 403} <= {FORBIDDEN}


def test_an_action_that_the_table_does_not_name_is_closed_to_everybody(ask: Any, acme: Company) -> None:
    for user in (None, acme.owner):
        assert refusal(ask("PUT", body=b"{}", user=user)) == (403, *FORBIDDEN)


def test_a_refused_write_changes_nothing(ask: Any, acme: Company) -> None:
    answer = ask("POST", body=b'{"name": "Mine"}', user=acme.reps[0], Idempotency_Key="once")

    assert (answer.status_code, name_of(acme), IdempotentAnswer.objects.count()) == (403, "Acme", 0)


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "PUT"])
def test_a_suspended_account_is_closed(ask: Any, acme: Company, method: str) -> None:
    Account.objects.filter(pk=acme.account.pk).update(suspended_at=now())

    assert refusal(ask(method)) == (403, "account_suspended", "The account is suspended.")
    assert refusal(ask("GET", f"{THINGS}/me"))[1] == "account_suspended"


def test_any_caller_of_the_account_may_what_is_open_to_callers(ask: Any, acme: Company) -> None:
    viewer = person("viewer@acme.test", acme.account, Role.VIEWER)

    answer = ask("GET", f"{THINGS}/me", user=viewer)
    Membership.objects.filter(user=viewer).update(is_active=False)
    former = ask("GET", f"{THINGS}/me", user=viewer)

    assert answer.json() == [acme.account.pk, viewer.pk, "api", "viewer@acme.test"]
    assert former.status_code == 403


def test_a_public_action_asks_for_no_credential_and_knows_no_caller(client: Client, acme: Company) -> None:
    answers = [
        client.post("/api/v1/form", {"a": 1}, "application/json", headers=headers)
        for headers in ({}, bearer(acme.key), bearer("nonsense"))
    ]

    assert [answer.json() for answer in answers] == [{"caller": None, "body": {"a": 1}}] * 3
    assert [answer.status_code for answer in answers] == [201] * 3


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_is_not_public_is_closed_even_where_the_view_forgot_to_ask(
    client: Client, acme: Company, method: str
) -> None:
    answer = client.generic(method, "/api/v1/form", headers=bearer(acme.key))

    assert refusal(answer)[:2] == (401, "unauthorized")


# --- in this order ---


def test_the_method_comes_before_the_body_and_the_body_before_the_credential(client: Client) -> None:
    large = b" " * (2**20 + 1)

    answers = [client.generic(method, THINGS, large, "application/json") for method in ("TRACE", "PATCH")]

    assert [answer.status_code for answer in answers] == [405, 413]
    assert answers[0].headers["Allow"] == "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"


def test_the_right_comes_before_parsing(ask: Any, acme: Company) -> None:
    assert ask("POST", body=b"{", user=acme.reps[0]).status_code == 403
    assert ask("POST", body=b"{").status_code == 400


def test_options_tells_the_methods_to_anyone(client: Client) -> None:
    answer = client.options(THINGS)

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Allow"] == "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"


# --- what comes ---


def test_each_action_has_a_limit_of_its_own_and_a_megabyte_else(ask: Any) -> None:
    fits = b'{"name": "Acme"}'.ljust(100)

    answers = [ask("POST", body=fits), ask("POST", body=fits + b" "), ask("DELETE", body=b"{}".ljust(2**20))]

    assert [answer.status_code for answer in answers] == [201, 413, 200]
    assert refusal(answers[1]) == (413, "payload_too_large", "The body is larger than 100 bytes.")


@pytest.mark.parametrize(("body", "status", "answer"), [
    (b"", 200, {}), (b'{"a": 1}', 200, {"a": 1}),
    (b"[]", 400, None), (b"{", 400, None), (b'{"a": "\\u0000"}', 400, None),
])  # fmt: skip
def test_a_delete_may_have_a_body_and_need_not(ask: Any, body: bytes, status: int, answer: Any) -> None:
    answered = ask("DELETE", body=body)

    assert answered.status_code == status
    assert answer is None or answered.json() == answer


@pytest.mark.parametrize("body", [b" ", b"[]", b"{", b"null", b"\xff", b'{"name": 1, "name": 2}'])
def test_a_demanded_body_is_one_json_object(ask: Any, acme: Company, body: bytes) -> None:
    answer = ask("POST", body=body)

    assert (refusal(answer)[:2], name_of(acme)) == ((400, "invalid_request"), "Acme")


def test_a_body_that_says_it_is_no_json_is_refused(client: Client, acme: Company) -> None:
    answer = client.generic("POST", THINGS, b"{}", content_type="text/plain", headers=bearer(acme.key))

    assert refusal(answer)[:2] == (415, "unsupported_media_type")


def test_a_get_may_have_a_body_which_nobody_reads(ask: Any) -> None:
    assert ask("GET", body=b"not even JSON").status_code == 200


def test_an_unknown_parameter_is_named(ask: Any) -> None:
    answer = ask("GET", f"{THINGS}?limit=2&colour=red")

    assert answer.json()["errors"] == {"colour": ["There is no such parameter."]}
    assert answer.status_code == 400


# --- the answer ---


def test_an_answer_is_json_with_its_instants_in_utc(ask: Any) -> None:
    answer = ask("GET", f"{THINGS}?limit=2")

    assert answer.content == b'{"limit":2,"at":"2026-01-31T12:00:00Z"}'
    assert answer.headers["Content-Type"] == "application/json"


def test_a_204_has_no_body_and_no_type(ask: Any) -> None:
    answer = ask("PATCH", body=b"{}")

    assert (answer.status_code, answer.content, answer.headers.get("Content-Type")) == (204, b"", None)


def test_a_head_is_answered_as_a_get_without_its_body(ask: Any) -> None:
    answer = ask("HEAD")

    assert (answer.status_code, answer.content) == (200, b"")

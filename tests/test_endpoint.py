"""What every endpoint does with what comes, in this order: method, body, credential, right, parse, once, answer."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.core import exceptions as of_django
from django.db import OperationalError
from django.http import Http404, HttpResponse
from django.test import Client
from django.urls import path
from django.utils.timezone import now
from rest_framework import exceptions, serializers
from rest_framework.request import Request

from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, Membership
from accounts.roles import Right, Role
from intake import idempotency
from intake.api.views import ApiViewSet
from intake.authentication import CALLER, PUBLIC, Open
from intake.endpoint import Endpoint, answer_with
from intake.idempotency import Answer
from intake.models import IdempotentAnswer
from leadhub.lib.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from tests.doors import bearer
from tests.people import Company, person

THINGS = "/api/v1/things"
FORBIDDEN = ("forbidden", "You do not have permission to do this.")

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.test_endpoint")]


class Things(ApiViewSet):
    """A view of each kind of action; what is done is to name the account anew."""

    door = replace(ApiViewSet.door, names={"first_name": "firstName"})
    rights: ClassVar[Mapping[str, Right | Open]] = {
        "list": Right.VIEW_LEADS, "create": Right.MANAGE_TEAMS, "partial_update": Right.MANAGE_TEAMS,
        "destroy": Right.MANAGE_ACCOUNT, "me": CALLER,
    }  # fmt: skip
    body_limits: ClassVar[Mapping[str, int]] = {"create": 100}
    optional_body = frozenset({"destroy"})
    # What the create raises, and whether its answer is kept.
    fails: ClassVar[Exception | None] = None
    stored = True

    def list(self, request: Request) -> HttpResponse:
        limit = self.query(request, "limit").whole("limit", least=1, most=9, default=5)
        return self.ok(200, {"limit": limit, "at": datetime(2026, 1, 31, 12, tzinfo=UTC)})

    def create(self, request: Request) -> HttpResponse:
        name = self.json(request)["name"]
        return self.once(request, lambda: self.renamed(name), stored=self.stored)

    def renamed(self, name: str) -> Answer:
        Account.objects.filter(pk=self.account.pk).update(name=name)
        if type(self).fails:
            raise type(self).fails
        return answer_with(201, {"name": name})

    def partial_update(self, request: Request) -> HttpResponse:
        return self.once(request, lambda: answer_with(204))

    def destroy(self, request: Request) -> HttpResponse:
        return self.ok(200, self.json(request))

    def me(self, request: Request) -> HttpResponse:
        actor = self.actor(request)
        return self.ok(200, [self.account.pk, self.user.pk, actor.door, actor.email])

    def forgotten(self, request: Request) -> HttpResponse:
        raise AssertionError("nobody gets here")


class Secrets(Things):
    stored = False


class Form(Endpoint):
    """A view that asks for no credential; and one action that should have."""

    door = ApiViewSet.door
    authentication_classes = ()
    rights: ClassVar[Mapping[str, Right | Open]] = {"create": PUBLIC, "list": CALLER, "destroy": Right.VIEW_LEADS}

    def create(self, request: Request) -> HttpResponse:
        return self.ok(201, {"caller": self.caller, "body": self.json(request)})

    def list(self, request: Request) -> HttpResponse:
        raise AssertionError("nobody gets here")

    destroy = list


ACTIONS = {"get": "list", "post": "create", "patch": "partial_update", "delete": "destroy", "put": "forgotten"}
urlpatterns = [
    path("api/v1/things", Things.as_view(ACTIONS)),
    path("api/v1/things/me", Things.as_view({"get": "me"})),
    path("api/v1/secrets", Secrets.as_view({"post": "create"})),
    path("api/v1/form", Form.as_view({"post": "create", "get": "list", "delete": "destroy"})),
]
handler500 = "leadhub.handlers.server_error"


@pytest.fixture
def ask(client: Client, acme: Company) -> Callable[..., HttpResponse]:
    """Ask by the account's key, or as a given user."""

    def asked(method: str, path: str = THINGS, body: bytes = b"", user: Any = None, **headers: str) -> HttpResponse:
        credential = bearer(acme.key)
        if user:
            credential = bearer(ApiKey.objects.issue(KeyKind.USER, user=user)[1])
            credential |= {"x-account-id": str(acme.account.pk)}
        sent = credential | {name.replace("_", "-"): text for name, text in headers.items()}
        return client.generic(method, path, body, content_type="application/json", headers=sent)

    return asked


def refusal(answer: HttpResponse) -> tuple[int, str, str]:
    body = answer.json()
    return answer.status_code, body["code"], body["detail"]


def name_of(company: Company) -> str:
    return Account.objects.get(pk=company.account.pk).name


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

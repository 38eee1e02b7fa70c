"""The hub's own API: its credentials, its words, and the paths that end in them."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, Membership
from accounts.roles import Role
from intake.handlers import door_of
from leadhub import reference
from tests.doors import NAMES, TRACE, Town, bearer, refusal
from tests.people import person

ME = "/api/v1/me"
PROBLEM = "application/problem+json"
NO_ACCOUNT = "x-account-id is required: the number of one account"

pytestmark = pytest.mark.django_db


def here(town: Town) -> dict[str, str]:
    return {"x-account-id": str(town.acme.account.pk)}


def problem(status: int, message: str, *, code: str, path: str = ME, **fields: list[str]) -> dict[str, Any]:
    """The API says it as the source door does, with the status it has."""
    return refusal("source", status, message, code=code, path=path, fields=fields)


@pytest.mark.parametrize("path", [ME, f"{ME}/"])
@pytest.mark.parametrize("as_header", [bearer, lambda key: {"X-Api-Key": key}])
def test_an_accounts_key_needs_no_account_and_is_nobodys(
    client: Client, places: Town, path: str, as_header: Any
) -> None:
    acme = places.acme

    answers = [client.get(path, headers=as_header(acme.key) | extra) for extra in ({}, here(places))]

    key = ApiKey.objects.get(kind=KeyKind.ACCOUNT, account=acme.account).public_id
    account = {"id": acme.account.pk, "name": "Acme"}
    for answer in answers:
        assert answer.json() == {"account": account, "user": None, "key": key, "role": None}
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize("role", list(Role))
def test_a_person_has_his_role_in_the_account_he_names(client: Client, places: Town, role: Role) -> None:
    user = person(f"one-{role}@acme.test", places.acme.account, role)
    key, secret = ApiKey.objects.issue(KeyKind.USER, user=user)

    answer = client.get(ME, headers=bearer(secret) | here(places))

    account = {"id": places.acme.account.pk, "name": "Acme"}
    person_of = {
        "id": user.pk, "email": f"one-{role}@acme.test", "name": user.name, "is_platform_admin": False,
        "wants_bell": True, "wants_mail": True,
    }  # fmt: skip
    assert answer.json() == {"account": account, "user": person_of, "key": key.public_id, "role": role.value}


def test_a_session_has_no_key(client: Client, places: Town) -> None:
    answer = client.get(ME, headers=bearer(places.acme.token) | here(places))

    assert (answer.json()["key"], answer.json()["role"]) == (None, "owner")


@pytest.mark.parametrize("account", [None, "", "0", "x", "-1", "1.0", "01", "1,2", "9" * 19, "\u0661"])
def test_a_persons_credential_needs_the_number_of_an_account(client: Client, places: Town, account: str | None) -> None:
    headers = bearer(places.acme.user_key) | {"X-Request-Id": TRACE}

    answer = client.get(ME, headers=headers | ({} if account is None else {"x-account-id": account}))

    assert (answer.status_code, answer.json()) == (400, problem(400, NO_ACCOUNT, code="account_required"))


def test_nobody_enters_an_account_that_is_not_his(client: Client, places: Town) -> None:
    headers = {"X-Request-Id": TRACE, "x-account-id": str(places.initech.account.pk)}
    nowhere = headers | {"x-account-id": str(10**17)}

    for sent in (headers, nowhere):
        answer = client.get(ME, headers=bearer(places.acme.user_key) | sent)
        message = "You do not have access to this account."
        assert (answer.status_code, answer.json()) == (403, problem(403, message, code="forbidden"))
        answer = client.get(ME, headers=bearer(places.acme.key) | sent)
        message = "The key is of another account."
        assert (answer.status_code, answer.json()) == (403, problem(403, message, code="forbidden"))


def test_a_former_member_is_not_let_in(client: Client, places: Town) -> None:
    Membership.objects.filter(user=places.acme.owner).update(is_active=False)

    answer = client.get(ME, headers=bearer(places.acme.user_key) | here(places))

    assert answer.status_code == 403


REQUIRED = "A credential is required, as Authorization: Bearer or X-Api-Key."


def test_keys_of_other_kinds_are_refused(client: Client, places: Town) -> None:
    for secret in (places.platform_key, places.vendor_key):
        answer = client.get(ME, headers=bearer(secret) | here(places) | {"X-Request-Id": TRACE})
        message = "This kind of credential is not taken here: one that begins with ses_, sk_ or sk_user_ is."
        assert (answer.status_code, answer.json()) == (403, problem(403, message, code="wrong_credential_kind"))


@pytest.mark.parametrize(("headers", "message"), [
    ({}, REQUIRED),
    ({"Authorization": "Bearer sk_nothing"}, "The credential is not valid."),
    ({"Authorization": "Basic abc"}, REQUIRED),
    ({"Authorization": "Bearer a", "X-Api-Key": "b"}, "Two different credentials were sent."),
])  # fmt: skip
def test_without_a_credential_it_is_a_401(client: Client, places: Town, headers: dict[str, str], message: str) -> None:
    answer = client.get(ME, headers=here(places) | headers | {"X-Request-Id": TRACE})

    assert (answer.status_code, answer.json()) == (401, problem(401, message, code="unauthorized"))
    assert (answer.headers["WWW-Authenticate"], answer.headers["Content-Type"]) == ("Bearer", PROBLEM)


def test_the_consoles_session_opens_nothing(client: Client, places: Town) -> None:
    client.force_login(places.admin)

    assert client.get(ME, headers=here(places)).status_code == 401


def test_a_suspended_account_is_closed(client: Client, places: Town) -> None:
    Account.objects.filter(pk=places.acme.account.pk).update(suspended_at=timezone.now())

    answer = client.get(ME, headers=bearer(places.acme.key) | {"X-Request-Id": TRACE})

    message = "The account is suspended."
    assert (answer.status_code, answer.json()) == (403, problem(403, message, code="account_suspended"))


def test_a_parameter_that_nobody_knows_is_refused(client: Client, places: Town) -> None:
    answer = client.get(f"{ME}?verbose=1", headers=bearer(places.acme.key) | {"X-Request-Id": TRACE})

    message = "There is no such parameter."
    expected = problem(400, f"verbose: {message}", code="invalid_input", verbose=[message])
    assert (answer.status_code, answer.json()) == (400, expected)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE"])
def test_another_method_is_told_which_are_served(client: Client, method: str) -> None:
    answer = client.generic(method, ME, headers={"X-Request-Id": TRACE})

    expected = problem(405, "This method is not served here.", code="method_not_allowed")
    assert (answer.status_code, answer.json()) == (405, expected)
    assert {"GET", "HEAD", "PATCH", "OPTIONS"} == set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v1", "/api/v1/nothing/", "/api/v2/me", "/api/docsx", "/api/v1/a%0Ab"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_path_where_nothing_is_answers_in_the_apis_words(client: Client, path: str, method: str) -> None:
    answer = client.generic(method, path, headers={"X-Request-Id": TRACE})

    shown = path.replace("%0A", "\n")
    expected = problem(404, "There is nothing at this path.", code="not_found", path=shown)
    assert (answer.status_code, answer.json()) == (404, expected)
    assert answer.headers["Content-Type"] == PROBLEM


@pytest.mark.parametrize("path", ["/api/docs", "/api/schema", "/api/docs/", "/api/schema/"])
def test_the_documentation_keeps_its_own_words(client: Client, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.headers["Content-Type"] == PROBLEM) == (200, False)


@pytest.mark.parametrize(("method", "query", "status", "code"), [
    ("GET", "format=xml", 400, "invalid_input"),
    ("GET", "version=1%0d%0aX-Evil:1", 400, "invalid_input"),
    ("POST", "", 405, "method_not_allowed"),
])  # fmt: skip
def test_the_schema_refuses_in_the_apis_words(client: Client, method: str, query: str, status: int, code: str) -> None:
    answer = client.generic(method, f"/api/schema?{query}")

    assert (answer.status_code, answer.json()["code"], answer.headers["Content-Type"]) == (status, code, PROBLEM)


def test_the_schema_is_written_once_in_each_form_whoever_asks(client: Client) -> None:
    """It takes a second, and anybody may ask."""
    asked: list[dict[str, str]] = [{}, {"Accept": "application/json,*/*"}]
    for headers in asked:
        client.get("/api/schema", headers=headers)
    before = reference.written.cache_info().misses

    answers = [client.get("/api/schema", headers=headers) for headers in asked]

    openapi = "application/vnd.oai.openapi"
    assert [answer.headers["Content-Type"] for answer in answers] == [
        f"{openapi}; charset=utf-8", f"{openapi}+json; charset=utf-8",
    ]  # fmt: skip
    assert reference.written.cache_info().misses == before
    assert answers[1].json()["openapi"]


def test_a_host_that_is_not_ours_is_refused_in_the_apis_words(client: Client) -> None:
    answer = client.get(ME, headers={"X-Request-Id": TRACE}, HTTP_HOST="evil.test")

    expected = problem(400, "The host of this request is not one of ALLOWED_HOSTS.", code="invalid_request")
    assert (answer.status_code, answer.json()) == (400, expected)


@pytest.mark.parametrize(("path", "door"), [
    ("/api/v1/me", "api"), ("/api/v1", "api"), ("/v1/api", "workspace"), ("/api/v2", "api"), ("/apis", None),
    ("/apikeys", "account"),
])  # fmt: skip
def test_a_path_has_the_door_of_its_prefix(path: str, door: str | None) -> None:
    found = door_of(path)

    assert (found.name if found else None) == door


@pytest.mark.parametrize("door", NAMES)
def test_no_answer_of_a_door_is_kept_by_a_cache(client: Client, places: Town, door: str) -> None:
    visitor = places.visitor(door)
    good, bad = visitor.post(client), visitor.post(client, b"{")
    stranger = client.post(visitor.path, visitor.body, "application/json")
    wrong, options = client.put(visitor.path), client.options(visitor.path)
    nothing = client.get(f"{visitor.path}/nothing/here")
    foreign = client.post(visitor.path, visitor.body, "application/json", HTTP_HOST="evil.test")

    answers = [good, bad, stranger, wrong, options, nothing, foreign]
    assert [answer.status_code for answer in answers] == [201, 400, 401, 405, 204, 404, 400]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}


def test_no_answer_of_the_api_is_kept_by_a_cache(client: Client, places: Town) -> None:
    key = bearer(places.acme.key)

    answers = [client.get(ME, headers=key), client.get(ME), client.get("/api/nothing"), client.put(ME, headers=key)]

    assert [answer.status_code for answer in answers] == [200, 401, 404, 405]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}

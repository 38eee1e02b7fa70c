"""What else each door refuses, in its own words; and that nothing has changed then."""

import json
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from intake import endpoint
from tests.doors import NAMES, TRACE, Town, bearer, post, refusal, state

PLATFORM_CODES = {
    400: "INVALID_INPUT", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT", 413: "PAYLOAD_TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE", 500: "INTERNAL_ERROR",
    503: "SERVICE_UNAVAILABLE",
}  # fmt: skip
# Published clients of the source door parse no other refusal.
AT_SOURCE = {413: 400, 415: 400}
NOT_JSON = "The body is not valid JSON: Expecting value: line 1 column 1 (char 0)."
MEDIA_TYPE = "The body must be application/json in UTF-8."
FORM_TOO = "The body must be application/json or application/x-www-form-urlencoded, in UTF-8."
COMPRESSED = "Compressed bodies are not taken."
TOO_LARGE = "The body is larger than 1048576 bytes."
NOTHING_HERE = "There is nothing at this path."
FAULT = "Something went wrong on our side. The request can be repeated."
BUSY = "The service is busy. Please try again."

pytestmark = pytest.mark.django_db


def words(door: str, status: int, message: str, *, code: str, path: str) -> tuple[int, dict[str, Any]]:
    """Status and body of a refusal that every door knows, in this door's words."""
    if door == "source":
        status = AT_SOURCE.get(status, status)
    code = PLATFORM_CODES[status] if door == "platform" and code != "INVALID_REQUEST" else code
    return status, refusal(door, status, message, code=code, path=path)


@pytest.mark.parametrize("door", NAMES)
@pytest.mark.parametrize(("headers", "expected"), [
    ({"Content-Type": "text/plain"}, (b"{}", 415, MEDIA_TYPE)),
    ({"Content-Type": ""}, (b"{}", 415, MEDIA_TYPE)),
    ({"Content-Type": "multipart/form-data; boundary=x"}, (b"--x--", 415, MEDIA_TYPE)),
    ({"Content-Type": "application/json; charset=bz2_codec"}, (b"{}", 415, MEDIA_TYPE)),
    ({"Content-Type": "application/json; charset=utf-16"}, (b"{}", 415, MEDIA_TYPE)),
    ({"Content-Type": "application/json; odata=verbose; charset=latin-1"}, (b"{}", 415, MEDIA_TYPE)),
    ({"Content-Type": "application/json; charset=utf-8; charset=utf-16"}, (b"{}", 415, MEDIA_TYPE)),
    ({"Content-Encoding": "gzip"}, (b"{}", 415, COMPRESSED)),
    ({}, (b" " * (2**20 + 1), 413, TOO_LARGE)),
])  # fmt: skip
def test_what_is_not_a_plain_json_body_is_refused(
    client: Client, places: Town, door: str, headers: dict[str, str], expected: tuple[bytes, int, str]
) -> None:
    visitor, before, (body, status, message) = places.visitor(door), state(), expected
    message = FORM_TOO if door == "source" and message == MEDIA_TYPE else message
    code = "payload_too_large" if status == 413 else "unsupported_media_type"

    answer = post(client, visitor.path, body, visitor.headers | {"X-Request-Id": TRACE} | headers)

    assert (answer.status_code, answer.json()) == words(door, status, message, code=code, path=visitor.path)
    assert state() == before


@pytest.mark.parametrize(("door", "headers"), [(door, headers) for door in NAMES for headers in [
    {"Content-Type": "application/json; charset=UTF-8"}, {"Content-Type": 'Application/JSON;charset="utf-8"'},
    {"Content-Type": "application/json;charset=utf-8;"}, {"Content-Type": "application/json; odata=nometadata"},
    {"Content-Type": 'application/json; odata=verbose; charset = "UTF-8"'},
    {"Content-Encoding": "identity"}, {"Accept": "text/html"}, {"X-HTTP-Method-Override": "PUT"},
]])  # fmt: skip
def test_what_clients_like_to_add_is_taken(client: Client, places: Town, door: str, headers: dict[str, str]) -> None:
    visitor = places.visitor(door)

    answer = post(client, visitor.path, visitor.body, visitor.headers | headers)

    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "application/json")


@pytest.mark.parametrize("door", ["platform", "account", "workspace"])
def test_a_form_is_no_json(client: Client, places: Town, door: str) -> None:
    visitor, before = places.visitor(door), state()
    form = b"email=jane%40acme.com&firstName=Jane&lastName=Doe&first_name=Jane&last_name=Doe"

    answer = visitor.post(client, form, Content_Type="application/x-www-form-urlencoded", X_Request_Id=TRACE)

    expected = words(door, 415, MEDIA_TYPE, code="unsupported_media_type", path=visitor.path)
    assert (answer.status_code, answer.json()) == expected
    assert state() == before


@pytest.mark.parametrize("door", NAMES)
@pytest.mark.parametrize("method", ["PUT", "TRACE"])
def test_another_method_is_told_which_are_served(client: Client, places: Town, door: str, method: str) -> None:
    visitor, before = places.visitor(door), state()

    answer = client.generic(method, visitor.path, headers=visitor.headers | {"X-Request-Id": TRACE})

    message = "This method is not served here."
    expected = words(door, 405, message, code="method_not_allowed", path=visitor.path)
    assert (answer.status_code, answer.json()) == expected
    assert "POST" in answer.headers["Allow"]
    assert state() == before


@pytest.mark.parametrize("door", NAMES)
def test_options_tells_the_methods_to_anyone_and_nothing_else(client: Client, places: Town, door: str) -> None:
    answer = client.options(places.visitor(door).path)

    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(("door", "path"), [
    ("platform", "/v1/platform"),
    ("platform", "/v1/platform/nothing/here"),
    ("platform", "/v1/public/nothing/here"),
    ("account", "/leads/nothing/here"),
    ("account", "/leads/intakes/nothing/here"),
    ("account", "/teams/nothing/here"),
    ("account", "/lead-sources/nothing/here"),
    ("account", "/lead-rotations/nothing/here"),
    ("account", "/apikeys/nothing/here"),
    ("account", "/auth/nothing/here"),
    ("workspace", "/v1"),
    ("workspace", "/v1/nothing/here"),
    ("workspace", "/v1/leads/nothing/here"),
    ("workspace", "/v1/nothing%0Ahere"),
    ("source", "/leads/intake/nothing/here"),
])  # fmt: skip
def test_a_path_where_nothing_is_answers_in_the_words_of_its_door(
    client: Client, method: str, door: str, path: str
) -> None:
    answer = client.generic(method, path, headers={"X-Request-Id": TRACE})

    shown = path.replace("%0A", "\n")
    assert (answer.status_code, answer.json()) == words(door, 404, NOTHING_HERE, code="not_found", path=shown)
    assert "Allow" not in answer.headers


@pytest.mark.parametrize("door", NAMES)
@pytest.mark.parametrize("hosts", [{"HTTP_HOST": "evil.test"}, {"HTTP_HOST": "localhost:x"}])
def test_a_host_that_is_not_ours_is_refused(client: Client, places: Town, door: str, hosts: dict[str, str]) -> None:
    visitor, before = places.visitor(door), state()
    headers = visitor.headers | {"X-Request-Id": TRACE}

    answer = client.post(visitor.path, visitor.body, "application/json", headers=headers, **hosts)

    message = "The host of this request is not one of ALLOWED_HOSTS."
    code = "INVALID_REQUEST" if door == "platform" else "invalid_request"
    assert (answer.status_code, answer.json()) == words(door, 400, message, code=code, path=visitor.path)
    assert answer.headers["X-Request-Id"] == TRACE
    assert state() == before


@pytest.mark.parametrize("door", NAMES)
def test_a_fault_of_ours_is_a_500_in_the_doors_words_and_tells_nothing(
    client: Client, places: Town, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    visitor, before = places.visitor(door), state()
    client.raise_request_exception = False
    monkeypatch.setattr(endpoint, "receive", raising(RuntimeError("secret of the house")))

    answer = visitor.post(client, X_Request_Id=TRACE)

    assert (answer.status_code, answer.json()) == words(door, 500, FAULT, code="internal_error", path=visitor.path)
    assert answer.headers["X-Request-Id"] == TRACE
    assert state() == before


@pytest.mark.parametrize("door", NAMES)
@pytest.mark.parametrize("fault", [
    ("receive", OperationalError("the connection is lost")), ("receive", InterfaceError("closed")),
    ("note_use", OperationalError("the connection is lost")),
])  # fmt: skip
def test_a_database_away_is_a_503_and_nothing_is_stored_before_it(
    client: Client, places: Town, monkeypatch: pytest.MonkeyPatch, door: str, fault: tuple[str, Exception]
) -> None:
    visitor, before, (step, error) = places.visitor(door), state(), fault
    if (door, step) == ("account", "note_use"):
        visitor.credential = bearer(places.acme.user_key)
    monkeypatch.setattr(endpoint, step, raising(error))

    answer = visitor.post(client, X_Request_Id=TRACE)

    assert (answer.status_code, answer.json()) == words(door, 503, BUSY, code="unavailable", path=visitor.path)
    assert answer.headers["Retry-After"] == "1"
    assert state() == before


def raising(error: Exception) -> Any:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    return fail


REQUIRED = ["This field is required."]
BLANK = ["This field may not be blank."]
NO_TEXT = ["Not a valid string."]
NO_ADDRESS = ["Enter a valid email address."]
NAMES_ONLY = {"first_name": "Jane", "last_name": "Doe"}


@pytest.mark.parametrize(("door", "body", "fields"), [
    ("platform", {}, {"email": REQUIRED, "first_name": REQUIRED, "last_name": REQUIRED}),
    ("platform", {"email": "a@b.c", "first_name": None, "last_name": " "},
     {"first_name": REQUIRED, "last_name": BLANK}),
    ("platform", {"email": "a@b.c", "first_name": 12, "last_name": []}, {"first_name": NO_TEXT, "last_name": NO_TEXT}),
    ("platform", {"email": "jane"} | NAMES_ONLY, {"email": NO_ADDRESS}),
    ("platform", {"email": "\u202e", "first_name": "\u202e", "last_name": "\a\x7f"},
     {"email": BLANK, "first_name": BLANK, "last_name": BLANK}),
    ("account", {"lastName": ""}, {"firstName": REQUIRED, "lastName": REQUIRED}),
    ("account", {"firstName": " ", "lastName": {}}, {"firstName": BLANK, "lastName": NO_TEXT}),
    ("workspace", {}, {"email": REQUIRED}),
    ("workspace", {"email": ""}, {"email": REQUIRED}),
    ("workspace", {"email": "\u2066 \u2069"}, {"email": BLANK}),
    ("workspace", {"email": "no address"}, {"email": NO_ADDRESS}),
    ("workspace", {"email": "a@b.c", "tags": "vip"}, {"tags": ['Expected a list of items but got type "str".']}),
    ("workspace", {"email": "a@b.c", "tags": ["vip", {}]}, {"tags.1": NO_TEXT}),
    ("workspace", {"email": "a@b.c", "customFields": []},
     {"customFields": ['Expected a dictionary of items but got type "list".']}),
    ("source", {"firstName": True}, {"firstName": NO_TEXT}),
    ("source", {"email": "a@b.c", "tagNames": ["x", 1]}, {"tagNames.1": NO_TEXT}),
])  # fmt: skip
def test_fields_that_are_missing_or_of_another_type_are_named(
    client: Client, places: Town, door: str, body: dict[str, Any], fields: dict[str, list[str]]
) -> None:
    visitor, before = places.visitor(door), state()
    message = "; ".join(f"{name}: {text}" for name, [text] in fields.items())

    answer = visitor.post(client, body, X_Request_Id=TRACE)

    code = "INVALID_INPUT" if door == "platform" else "invalid_input"
    assert answer.json() == refusal(door, 400, message, code=code, path=visitor.path, fields=fields)
    assert (answer.status_code, state()) == (400, before)


@pytest.mark.parametrize("door", NAMES)
def test_what_is_not_json_is_refused_as_such(client: Client, places: Town, door: str) -> None:
    visitor, before = places.visitor(door), state()

    answer = visitor.post(client, b"", X_Request_Id=TRACE)

    code = "INVALID_REQUEST" if door == "platform" else "invalid_request"
    assert json.loads(answer.content) == refusal(door, 400, NOT_JSON, code=code, path=visitor.path)
    assert (answer.status_code, state()) == (400, before)

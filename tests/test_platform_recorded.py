"""The platform's leads as its existing clients ask for them and change them, and all they are answered.

A recording's `before` are requests that come first, by the same caller: the lead is made, then what it says.
"""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Account
from tests.contract import FOLDER, SAMPLES, facts, filled, marked
from tests.doors import Town
from tests.test_schema import body_of, check

RECORDINGS = FOLDER / "platform" / "leads"
NAMES = sorted(path.stem for path in RECORDINGS.glob("*.json"))
LEADS = "/v1/platform/leads"
CREATED = {
    "email": "jane@acme.com",
    "first_name": "Jane",
    "last_name": "Doe",
    "company": "Acme Corp",
    "title": "VP of Engineering",
    "industry": "finance",
}

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema() -> Any:
    return Client().get("/api/schema", {"format": "json"}).json()


def recording(name: str) -> Any:
    return json.loads((RECORDINGS / f"{name}.json").read_text())


def send(client: Client, request: dict[str, Any], marks: dict[str, Any], slash: str = "") -> Any:
    body = json.dumps(filled(request["body"], marks)).encode() if "body" in request else b""
    path, _, query = filled(request["path"], marks).partition("?")
    return client.generic(
        request.get("method", "POST"),
        f"{path}{slash}?{query}",
        body,
        content_type="application/json" if body else "",
        headers=filled(request["headers"], marks),
    )


def prepared(client: Client, exchange: dict[str, Any], marks: dict[str, Any]) -> None:
    headers = exchange["request"]["headers"]
    made = send(client, {"path": LEADS, "headers": headers, "body": CREATED}, marks).json()
    marks |= {"<missing>": f"lead_{uuid4()}", "<lead>": made["id"], "<bare id>": made["id"].removeprefix("lead_")}
    for request in exchange.get("before", []):
        send(client, {"headers": headers} | request, marks)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_recorded_request_is_answered_as_recorded(client: Client, places: Town, name: str, slash: str) -> None:
    exchange, marks = recording(name), facts(places)
    prepared(client, exchange, marks)

    answer = send(client, exchange["request"], marks, slash)

    expected = filled(exchange["answer"], marks)
    given = answer.getvalue().decode() if answer.streaming else answer.json()
    if answer.streaming:
        # Its instants are the lead's own.
        given = given.replace(shown(client, exchange, marks)["created_at"], "<second>")
    if "account_id" in given:
        assert given.pop("account_id") == str(Account.objects.latest("pk").pk)
        del expected["body"]["account_id"]
    assert marked(given, expected["body"]) == expected["body"]
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        expected["status"],
        expected["headers"]["Content-Type"],
    )


def shown(client: Client, exchange: dict[str, Any], marks: dict[str, Any]) -> Any:
    path = f"{LEADS}/{marks['<lead>']}"
    return send(client, {"method": "GET", "path": path, "headers": exchange["request"]["headers"]}, marks).json()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "export"])
def test_a_recorded_exchange_fits_the_schema(schema: Any, name: str) -> None:
    exchange = recording(name)
    request, answer = exchange["request"], exchange["answer"]
    path = request["path"].partition("?")[0]
    for mark in ("<lead>", "<bare id>", "<missing>", "not-an-id"):
        path = path.replace(mark, "{id}")
    told = schema["paths"][path][request["method"].lower()]
    marks = SAMPLES | {"<lead>": SAMPLES["<lead uuid>"]}

    if "body" in request and answer["status"] < 300:
        check(request["body"], body_of(schema, told["requestBody"]))
    check(filled(answer["body"], marks), body_of(schema, told["responses"][str(answer["status"])]))


@pytest.mark.parametrize(("method", "path"), [
    ("get", ""), ("get", "/{id}"), ("patch", "/{id}"), ("post", "/{id}/convert"), ("get", "/export"),
])  # fmt: skip
def test_every_call_is_documented_with_an_example_and_all_it_answers(schema: Any, method: str, path: str) -> None:
    told = schema["paths"][f"{LEADS}{path}"][method]

    writes = {"409", "415", "422"} if method != "get" else set()
    made = "201" if path.endswith("convert") else "200"
    assert set(told["responses"]) == {made, "400", "401", "403", "404", "405", "413", "429", "500", "503"} | writes
    assert told["security"] == [{"platformKey": []}]
    [content] = told["responses"][made]["content"].values()
    assert content["examples"]

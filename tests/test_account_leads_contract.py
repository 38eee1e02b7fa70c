"""The account door's leads as its existing clients ask for them and change them, and all they are answered.

A recording's `before` are requests that come first, by the same caller: the lead is made, then what it says.
"""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.contract import FOLDER, SAMPLES, facts, filled, marked
from tests.doors import Town
from tests.test_schema import body_of, check

RECORDINGS = sorted((FOLDER / "account" / "leads").glob("*.json"))
CREATED = {"firstName": "Jane", "lastName": "Doe", "email": "jane@acme.com", "company": "Acme Corp"}

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema() -> Any:
    return Client().get("/api/schema", {"format": "json"}).json()


def send(client: Client, request: dict[str, Any], marks: dict[str, Any]) -> HttpResponse:
    body = b"" if request.get("body") is None else json.dumps(request["body"]).encode()
    marks["<content length>"] = str(len(body)) if body else ""
    headers = filled(request["headers"], marks)
    path = filled(request["path"], marks)
    return client.generic(request["method"], path, body, content_type=headers.get("Content-Type", ""), headers=headers)


def prepared(client: Client, exchange: dict[str, Any], marks: dict[str, Any]) -> None:
    headers = exchange["request"]["headers"]
    create = {"method": "POST", "path": "/leads", "headers": headers | {"Content-Type": "application/json"}}
    lead = json.loads(send(client, create | {"body": CREATED}, marks).content)
    marks |= {"<lead>": lead["id"], "<made length>": marks["<content length>"], "<missing>": lead["id"] + 1}
    for request in exchange.get("before", []):
        send(client, {"headers": headers} | request, marks)


@pytest.mark.parametrize("name", [path.stem for path in RECORDINGS])
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_recorded_request_is_answered_as_recorded(client: Client, places: Town, name: str, slash: str) -> None:
    exchange = json.loads((FOLDER / "account" / "leads" / f"{name}.json").read_text())
    request, marks = exchange["request"], facts(places)
    prepared(client, exchange, marks)
    path, _, query = request["path"].partition("?")

    answer = send(client, request | {"path": f"{path}{slash}?{query}"}, marks)

    expected = filled(exchange["answer"], marks | {"<path>": filled(path, marks) + slash})
    assert marked(json.loads(answer.content), expected["body"]) == expected["body"]
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        expected["status"],
        expected["headers"]["Content-Type"],
    )


@pytest.mark.parametrize("name", [path.stem for path in RECORDINGS])
def test_a_recorded_exchange_fits_the_schema(schema: Any, name: str) -> None:
    exchange = json.loads((FOLDER / "account" / "leads" / f"{name}.json").read_text())
    request, answer, marks = exchange["request"], exchange["answer"], SAMPLES | {"<lead>": 7}
    path = request["path"].partition("?")[0].replace("<lead>", "{id}").replace("<missing>", "{id}")
    told = schema["paths"][path][request["method"].lower()]

    if request.get("body") and answer["status"] == 200:
        check(request["body"], body_of(schema, told["requestBody"]))
    check(filled(answer["body"], marks), body_of(schema, told["responses"][str(answer["status"])]))

"""The workspace door's other calls as its existing clients make them, and every property of what they are answered.

A recording's `before` are requests that come first, by the same caller; a lead of Acme is there always.
"""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.contract import SAMPLES, facts, filled, marked, recorded, recordings
from tests.doors import Town
from tests.test_schema import check, resolved

NAMES = recordings("workspace/leads", "workspace/workspaces")
LEAD = {"email": "john@acme.com", "firstName": "John", "phone": "+1-555-123-4567", "customFields": {"industry": "SaaS"}}
HEX = SAMPLES["<hex id>"]

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema() -> Any:
    return Client().get("/api/schema", {"format": "json"}).json()


def send(client: Client, request: dict[str, Any], marks: dict[str, Any]) -> HttpResponse:
    request = filled(request, marks)
    body = json.dumps(request["body"]).encode() if "body" in request else b""
    return client.generic(
        request["method"], request["path"], body, content_type="application/json", headers=request["headers"]
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_recorded_request_is_answered_as_recorded(client: Client, places: Town, name: str, slash: str) -> None:
    exchange, marks = recorded(f"workspace/{name}"), facts(places)
    request, headers = exchange["request"], exchange["request"]["headers"]
    create = {"method": "POST", "path": "/v1/leads", "headers": {"X-Api-Key": "<acme key>"}, "body": LEAD}
    marks["<lead>"] = json.loads(send(client, create, marks).content)["data"]["_id"]
    for earlier in exchange.get("before", []):
        send(client, {"headers": headers} | earlier, marks)
    path, _, query = request["path"].partition("?")

    answer = send(client, request | {"path": f"{path}{slash}?{query}"}, marks)

    expected, given = filled(exchange["answer"], marks), json.loads(answer.content)
    assert marked(given, expected["body"]) == expected["body"]
    assert (answer.status_code, answer.headers["Content-Type"]) == (expected["status"], "application/json")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_exchange_fits_the_schema(schema: Any, name: str) -> None:
    exchange = recorded(f"workspace/{name}")
    request, answer, marks = exchange["request"], exchange["answer"], SAMPLES | {"<lead>": HEX, "<acme hex>": HEX}
    parts = request["path"].partition("?")[0].strip("/").split("/")
    template = "/".join(["", *("{id}" if part.startswith(("<", "665d")) else part for part in parts)])
    operation = schema["paths"][template][request["method"].lower()]
    said = operation["responses"][str(answer["status"])]["content"]["application/json"]["schema"]

    check(filled(answer["body"], marks), resolved(schema, said))
    # OpenAPI 3.0 has no words for the body of a DELETE.
    if answer["status"] < 300 and "body" in request and request["method"] != "DELETE":
        taken = operation["requestBody"]["content"]["application/json"]["schema"]
        check(filled(request["body"], marks), resolved(schema, taken))

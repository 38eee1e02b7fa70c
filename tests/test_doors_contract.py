"""The four create calls as their existing clients send them, and every field of what they are answered."""

import json

import pytest
from django.test import Client

from tests.contract import facts, filled, marked, recorded, recordings
from tests.doors import NAMES, Town, post

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", recordings(*NAMES))
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_recorded_request_is_answered_as_recorded(client: Client, places: Town, name: str, slash: str) -> None:
    exchange, marks = recorded(name), facts(places)
    request, body = exchange["request"], json.dumps(filled(exchange["request"]["body"], marks)).encode()
    path, _, query = request["path"].partition("?")
    marks["<content length>"] = str(len(body))

    answer = post(client, f"{path}{slash}?{query}", body, filled(request["headers"], marks))

    expected = filled(exchange["answer"], marks)
    for entry in expected["body"].get("auditLog", []):
        entry["requestPath"] += slash
    if "instance" in expected["body"]:
        expected["body"]["instance"] += slash
    assert marked(json.loads(answer.content), expected["body"]) == expected["body"]
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        expected["status"],
        expected["headers"]["Content-Type"],
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-Id"]

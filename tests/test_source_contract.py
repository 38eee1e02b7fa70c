"""The source door's other ways in and its refusals, recorded: the bytes that are sent, and the whole answer."""

import json
from typing import Any

import pytest
from django.test import Client

from teams.models import LeadSource
from tests.contract import SAMPLES, facts, filled, marked, recorded, recordings
from tests.doors import Town
from tests.test_schema import body_of, check

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", recordings("source/ways"))
@pytest.mark.parametrize("slash", ["", "/"])
def test_it_is_answered_as_recorded(client: Client, places: Town, name: str, slash: str) -> None:
    exchange, marks = recorded(f"source/{name}"), facts(places)
    request, headers = exchange["request"], filled(exchange["request"]["headers"], marks)
    path, _, query = request["path"].partition("?")
    LeadSource.objects.filter(pk=places.vendor.pk).update(**exchange["source"])

    answer = client.generic(
        request["method"], path + slash, request["body"], headers.get("Content-Type", ""), headers=headers,
        QUERY_STRING=query,
    )  # fmt: skip

    expected = filled(exchange["answer"], marks)
    if "instance" in expected["body"]:
        expected["body"]["instance"] += slash
    assert marked(json.loads(answer.content), expected["body"]) == expected["body"]
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        expected["status"], expected["headers"]["Content-Type"],
    )  # fmt: skip


@pytest.fixture(scope="module")
def schema() -> Any:
    return Client().get("/api/schema", {"format": "json"}).json()


@pytest.mark.parametrize("name", recordings("source/ways"))
def test_a_recorded_answer_fits_the_schema(schema: Any, name: str) -> None:
    exchange = recorded(f"source/{name}")
    operation = schema["paths"]["/leads/intake"][exchange["request"]["method"].lower()]
    answer = exchange["answer"]

    documented = operation["responses"][str(answer["status"])]

    check(filled(answer["body"], SAMPLES), body_of(schema, documented, answer["headers"]["Content-Type"]))


def test_the_query_is_documented_by_its_names(schema: Any) -> None:
    parameters = schema["paths"]["/leads/intake"]["get"]["parameters"]

    named = {parameter["name"] for parameter in parameters if parameter["in"] == "query"}
    assert {"FirstName", "SourceMetadata", "TagNames", "DirectPostPrice"} <= named
    assert len(named) == 32

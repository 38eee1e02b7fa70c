"""The documentation: it is valid, it is whole, and what the doors answer is what it says."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command
from django.test import Client

from intake.documentation import documented
from leadhub import reference
from tests.contract import SAMPLES, filled, recorded, recordings
from tests.doors import NAMES, refusal

PATHS = {
    "platform": "/v1/platform/leads", "account": "/leads", "workspace": "/v1/leads", "source": "/leads/intake",
}  # fmt: skip
SECURITY = {
    "platform": [{"platformKey": []}],
    "account": [{"accountToken": []}],
    "workspace": [{"workspaceKey": []}, {"workspaceBearer": []}],
    "source": [{"sourceId": [], "sourceKey": []}, {"sourceBearer": []}],
}
HEADERS = {
    "platform": {"Idempotency-Key"},
    "account": {"Idempotency-Key", "x-account-id", "skipTeamAndSourceRequirement"},
    "workspace": {"Idempotency-Key", "X-Workspace-Id"},
    "source": {"Idempotency-Key"},
}
ALL = {400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503}
# Published clients of the source door know these only.
OF_SOURCE = {400, 401, 403, 404, 405, 429, 500, 503}
ERRORS = {"platform": ALL, "account": ALL, "workspace": ALL, "source": OF_SOURCE}
# Where a known person's lead is the answer, it is no new one.
ANSWERED = {"platform": {200, 201}, "account": {200, 201}, "workspace": {201}, "source": {201}}
JSON, FORM = {"application/json"}, {"application/x-www-form-urlencoded"}
BODIES = {"platform": JSON, "account": JSON, "workspace": JSON, "source": JSON | FORM}
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def schema() -> Any:
    return Client().get("/api/schema", {"format": "json"}).json()


def operation(schema: Any, door: str) -> Any:
    return schema["paths"][PATHS[door]]["post"]


def body_of(schema: Any, part: Any, media_type: str = "application/json") -> Any:
    """The JSON schema of a request's or an answer's body, its references resolved."""
    return resolved(schema, part["content"][media_type]["schema"])


def resolved(schema: Any, node: Any) -> Any:
    """OpenAPI 3.0 as JSON schema: references in place, `nullable` as a type, objects without further keys."""
    if isinstance(node, list):
        return [resolved(schema, item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return resolved(schema, schema["components"]["schemas"][node["$ref"].rpartition("/")[2]])
    found = {name: resolved(schema, item) for name, item in node.items() if name != "nullable"}
    if "properties" in found:
        found["additionalProperties"] = False
    return {"anyOf": [found, {"type": "null"}]} if node.get("nullable") is True else found


def check(value: Any, body: Any) -> None:
    jsonschema.Draft202012Validator(body, format_checker=jsonschema.FormatChecker()).validate(value)


def test_the_schema_is_valid_and_made_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn")

    assert capsys.readouterr().out.startswith("openapi: 3.0")


def test_the_schema_is_the_same_in_every_process() -> None:
    found = [("/a", "", "POST", 0), ("/a", "", "DELETE", 0), ("/a", "", "GET", 0), ("/a/", "", "GET", 0)]

    in_order = [("/b", "GET"), ("/a", "GET"), ("/a", "POST"), ("/a", "DELETE")]
    assert [(path, method) for path, _, method, _ in documented([("/b", "", "GET", 0), *found])] == in_order


def test_every_scheme_is_one_that_its_door_takes(schema: Any) -> None:
    schemes = {
        name: (scheme["type"], scheme.get("scheme") or scheme.get("name"))
        for name, scheme in schema["components"]["securitySchemes"].items()
    }

    assert schemes == {
        "platformKey": ("http", "bearer"),
        "accountToken": ("http", "bearer"),
        "workspaceKey": ("apiKey", "X-Api-Key"),
        "workspaceBearer": ("http", "bearer"),
        "sourceId": ("apiKey", "X-Leadping-Source-Id"),
        "sourceKey": ("apiKey", "X-Leadping-Source-Key"),
        "sourceBearer": ("http", "bearer"),
        "apiKey": ("apiKey", "X-Api-Key"),
        "apiBearer": ("http", "bearer"),
    }


@pytest.mark.parametrize("door", NAMES)
def test_a_create_call_is_documented_whole(schema: Any, door: str) -> None:
    create = operation(schema, door)

    assert create["security"] == SECURITY[door]
    assert {parameter["name"] for parameter in create["parameters"]} == HEADERS[door]
    assert {int(status) for status in create["responses"]} == ANSWERED[door] | ERRORS[door]
    assert set(create["requestBody"]["content"]) == BODIES[door]


@pytest.mark.parametrize("door", NAMES)
def test_the_examples_fit_their_own_schema(schema: Any, door: str) -> None:
    request = operation(schema, door)["requestBody"]
    examples = request["content"]["application/json"]["examples"]

    assert len(examples) == 1
    for example in examples.values():
        check(example["value"], body_of(schema, request))


@pytest.mark.parametrize("name", recordings(*NAMES))
def test_a_recorded_exchange_fits_the_schema(schema: Any, name: str) -> None:
    exchange, create = recorded(name), operation(schema, name.partition("/")[0])
    request, answer = exchange["request"], exchange["answer"]
    media_type = answer["headers"]["Content-Type"]
    marks = SAMPLES | {"<team>": 7, "<team source>": 7}

    if answer["status"] == 201:
        check(filled(request["body"], marks), body_of(schema, create["requestBody"]))
    check(filled(answer["body"], marks), body_of(schema, create["responses"][str(answer["status"])], media_type))


@pytest.mark.parametrize("door", NAMES)
def test_a_refusal_fits_the_schema(schema: Any, door: str) -> None:
    media_type = PROBLEM if door == "source" else "application/json"

    for status in ERRORS[door]:
        body = refusal(door, status, "No.", code="no", path="/leads", fields={"email": ["No."]})
        check(body, body_of(schema, operation(schema, door)["responses"][str(status)], media_type))


def test_the_schema_says_more_than_that_something_is_an_object(schema: Any) -> None:
    """The check above would pass anything if it did."""
    answer = body_of(schema, operation(schema, "platform")["responses"]["201"])
    [lead] = [recorded("platform/create")["answer"]["body"]]

    for broken in (lead | {"more": 1}, lead | {"status": "lost"}, {"id": "lead_1"}, lead | {"email": None}):
        with pytest.raises(jsonschema.ValidationError):
            check(filled(broken, SAMPLES), answer)


def test_the_documentation_page_runs_no_inline_script(client: Client) -> None:
    page = client.get("/api/docs")
    html = page.content.decode()

    scripts = re.findall(r"<script\b([^>]*)>(.*?)</script>", html, re.DOTALL)
    assert page.status_code == 200
    assert scripts
    assert [text for attributes, text in scripts if "src=" not in attributes or text.strip()] == []
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", html) == []
    assert not re.search(r"\son\w+=", html)
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/api/docs", "/api/docs/"])
def test_the_script_of_the_page_is_served(client: Client, path: str) -> None:
    answer = client.get(path, {"script": ""})

    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "application/javascript")


def test_of_many_who_ask_first_at_once_one_has_it_written(rf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    class Slow(reference.SchemaGenerator):
        def get_schema(self, *given: Any, **named: Any) -> Any:
            written.append(1)
            time.sleep(0.1)
            return {"openapi": "3.0.3"}

    monkeypatch.setattr(reference, "SchemaGenerator", Slow)
    reference.written.cache_clear()

    with ThreadPoolExecutor(8) as pool:
        answers = [answer.content for answer in pool.map(reference.schema, [rf.get("/api/schema")] * 8)]
    reference.written.cache_clear()

    # The library makes itself ready with the first, and two at once would find it half ready.
    assert (len(set(answers)), len(written)) == (1, 1)

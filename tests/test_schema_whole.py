"""The documentation against what is served: every path and method of the doors and of our own API, and all it needs."""

import json
import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import jsonschema
import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from intake.endpoint import Endpoint
from intake.refusals import NothingHere
from intake.urls import DOORS
from tests.test_schema import resolved

ANY = {400, 404, 405, 429, 500, 503}
OF_A_CALLER = {401, 403}
# The source door's clients know these as 400.
OF_A_BODY = {413, 415}
CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, route)
        else:
            yield route, pattern


def served() -> dict[tuple[str, str], type[Endpoint]]:
    """By path and method, as the documentation writes them: what is served by an endpoint."""
    found = {}
    for route, pattern in patterns(get_resolver()):
        view = getattr(pattern.callback, "cls", None)
        if view and issubclass(view, Endpoint) and not route.endswith("/"):
            path = "/" + CONVERTER.sub(r"{\1}", route)
            found |= {(path, method): view for method in pattern.callback.actions if method != "head"}
    return found


SERVED = served()
OPERATIONS = [pytest.param(*each, id=f"{each[1]} {each[0]}") for each in SERVED]


@pytest.fixture(scope="module")
def schema() -> Any:
    return Client().get("/api/schema", {"format": "json"}).json()


def test_all_that_is_served_is_documented_and_nothing_else(schema: Any) -> None:
    documented = {(path, method) for path, operations in schema["paths"].items() for method in operations}

    assert documented == set(SERVED)
    assert len(SERVED) > 100


def test_every_path_is_served_alike_with_and_without_a_trailing_slash() -> None:
    bare, slashed = {}, {}
    for route, pattern in patterns(get_resolver()):
        if issubclass(getattr(pattern.callback, "cls", object), Endpoint):
            (slashed if route.endswith("/") else bare)[route.rstrip("/")] = (
                pattern.callback.cls,
                pattern.callback.actions,
            )

    assert slashed == bare


def test_every_call_is_in_a_chapter_that_is_introduced_and_the_doors_come_first(schema: Any) -> None:
    chapters = [tag["name"] for tag in schema["tags"]]
    called = [tag for operations in schema["paths"].values() for each in operations.values() for tag in each["tags"]]

    assert set(called) == set(chapters)
    assert list(dict.fromkeys(called))[:5] == chapters[:5]
    assert chapters[:5] == ["platform door", "account door", "workspace door", "source door", "public form"]
    assert all(tag["description"] for tag in schema["tags"])


def test_under_the_prefixes_of_the_doors_nothing_is_served_but_by_endpoints() -> None:
    prefixes = tuple(prefix.lstrip("/") for door in DOORS for prefix in door.prefixes)

    others = {
        route
        for route, pattern in patterns(get_resolver())
        if route.lstrip("^").startswith(prefixes)
        and not issubclass(getattr(pattern.callback, "cls", object), Endpoint | NothingHere)
    }

    assert others == {"api/docs", "api/docs/", "api/schema", "api/schema/"}


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_an_operation_is_documented_with_its_credentials_errors_and_examples(
    schema: Any, path: str, method: str
) -> None:
    operation, view = schema["paths"][path][method], SERVED[path, method]
    statuses = {int(status) for status in operation["responses"]}
    body = operation.get("requestBody", {}).get("content", {})

    asks = bool(view.authentication_classes)
    assert bool(operation.get("security")) == asks
    assert statuses >= ANY | (OF_A_CALLER if asks else set())
    assert not body or view.door.name == "source" or statuses >= OF_A_BODY
    assert all(answer.get("content") for status, answer in operation["responses"].items() if int(status) >= 400)
    assert operation["summary"]
    assert not body or any(media.get("examples") for media in body.values())


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_its_examples_fit(schema: Any, path: str, method: str) -> None:
    operation = schema["paths"][path][method]
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]

    for media in (media for body in bodies for media in body.get("content", {}).values()):
        for value in [each["value"] for each in media.get("examples", {}).values()] or [media.get("example")]:
            jsonschema.Draft202012Validator(resolved(schema, media["schema"])).validate(value)
            # What a text stands for whose name has no sample.
            assert '": "text"' not in json.dumps(value).replace('"type": "text"', "")


@pytest.mark.parametrize(("package", "least"), [("django", (6, 1, 3)), ("djangorestframework", (3, 18, 2))])
def test_what_we_build_on_has_its_known_holes_mended(package: str, least: tuple[int, ...]) -> None:
    assert tuple(int(part) for part in version(package).split(".")[:3]) >= least

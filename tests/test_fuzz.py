"""Requests made up from the documentation, right ones and wrong ones, at every path: no fault, no answer it knows not.

They are the same each time. Each finds the town as it was: what it did is undone before the next.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as told
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from leadhub.wsgi import application
from tests.doors import Town
from tests.drawing import load_all_modules
from tests.there import named_ids

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CREDENTIALS = ("Authorization", "X-Api-Key", "X-Leadping-Source-Id", "X-Leadping-Source-Key", "x-account-id")
TAGS = {"platform door": "platform", "account door": "account", "workspace door": "workspace", "source door": "source"}
RIGHT, WRONG = 8, 6
# So many of an operation's requests are sent again without a credential.
UNKNOWN = 8
LEAST = 2000

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def connected() -> Iterator[None]:
    """The test's connection is not the requests' own: none of them closes it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(autouse=True)
def without_limits(settings: Any) -> None:
    settings.RATE_LIMITS = False


def operations() -> list[Any]:
    schema = schemathesis.openapi.from_wsgi("/api/schema?format=json", application)
    schema.config.generation.update(with_security_parameters=False)
    return [found.ok() for found in schema.get_all_operations()]


def test_no_request_made_up_from_the_documentation_meets_a_fault_or_an_answer_it_does_not_name(places: Town) -> None:
    load_all_modules()
    ids, sent, faults = named_ids(places), 0, list[str]()

    for operation in operations():
        headers = credentials(places, operation)
        for number, case in enumerate(made_up(operation, headers=headers, ids=ids)):
            faults += judged(case)
            sent += 1
            if number < UNKNOWN and headers:
                faults += judged(without_credential(case))
                sent += 1

    assert faults == []
    assert sent >= LEAST


def made_up(operation: Any, *, headers: dict[str, str], ids: dict[str, str]) -> list[Case]:
    """Requests that fit the documentation, to what is there; and such as do not, where there is anything to get wrong.

    Of an operation that takes forms too, as many of each kind.
    """
    collection = operation.path.partition("/{")[0]
    names = re.findall(r"{(\w+)}", operation.path)
    path = {name: ids.get(name) or ids[collection] for name in names}
    cases = list[Case]()
    for media_type in operation.get_request_payload_content_types() or [None]:
        options = {"headers": headers} | ({"media_type": media_type} if media_type else {})
        cases += drawn(operation.as_strategy(GenerationMode.POSITIVE, path_parameters=path, **options), RIGHT)
        if operation.body or operation.query:
            cases += drawn(operation.as_strategy(GenerationMode.NEGATIVE, **options), WRONG)
    return cases


def drawn(strategy: Any, number: int) -> list[Case]:
    found = list[Case]()

    @seed(0)
    @told(max_examples=number, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(strategy)
    def keep(case: Case) -> None:
        found.append(case)

    keep()
    return found


def judged(case: Case) -> list[str]:
    """What is wrong with the answer; nothing of what the request did is left."""
    try:
        undone(lambda: case.call_and_validate(checks=CHECKS))
    except FailureGroup as group:
        return [f"{case.method} {case.path}: {failure}" for failure in group.exceptions]
    return []


def undone(work: Callable[[], Any]) -> None:
    block = transaction.atomic()
    # As the test's own: the work's transaction is to be the outermost, and may believe that it is.
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        try:
            work()
        finally:
            transaction.set_rollback(True)


def without_credential(case: Case) -> Case:
    case.headers = {name: value for name, value in case.headers.items() if name not in CREDENTIALS}
    return case


def credentials(town: Town, operation: Any) -> dict[str, str]:
    """What its door takes; nothing where nobody is asked."""
    if not operation.definition.raw.get("security"):
        return {}
    door = next((TAGS[tag] for tag in operation.tags if tag in TAGS), None)
    if door:
        return dict(town.visitor(door).headers)
    return {"Authorization": f"Bearer {town.acme.user_key}", "x-account-id": str(town.acme.account.pk)}

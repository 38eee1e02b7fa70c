"""The account whose settings are read and changed by the API."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.apis import Api, api
from tests.doors import standing
from tests.people import Company, company

STAMPS = ("id", "created_at", "updated_at")


@pytest.fixture(scope="module")
def standing_acme(django_db_setup: None, django_db_blocker: object) -> Iterator[Company]:
    yield from standing(django_db_blocker, lambda: company("Acme", reps=2))


@pytest.fixture
def hub(acme: Company) -> Api:
    return api(acme)


def without(answer: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in names}

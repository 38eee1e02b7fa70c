from collections.abc import Iterator

import pytest

from tests.doors import Town, standing


@pytest.fixture(scope="module")
def places(django_db_setup: None, django_db_blocker: object) -> Iterator[Town]:
    yield from standing(django_db_blocker)

"""A public form and what its visitor is told."""

import pytest

from intake.models import Form
from tests.forms import public_form
from tests.people import Company


@pytest.fixture
def form(acme: Company) -> Form:
    return public_form(acme)

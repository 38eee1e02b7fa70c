"""A form's token sent by many at the same moment."""

import json

import pytest
from django.test import Client

from intake.models import FormKind
from tests.forms import JANE, kept, leads, path_of, public_form, token
from tests.people import Company
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_many_with_one_token_only_one_becomes_a_lead(acme: Company) -> None:
    form = public_form(acme, kind=FormKind.HOSTED)
    one = token(form)

    def post(number: int) -> int:
        body = json.dumps(JANE | {"email": f"jane{number}@example.com", "token": one})
        return int(Client().post(path_of(form), body, "application/json").status_code)

    assert at_once(post, range(8)) == [202] * 8
    assert (len(leads(form)), kept(form)) == (1, ["token_reused"] * 7)

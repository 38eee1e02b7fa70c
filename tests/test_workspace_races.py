"""Two programs at the workspace door at the same moment, each with a connection of its own."""

import pytest
from django.test import Client

from accounts.models import ApiKey
from accounts.workspacekeys import NAME
from leads.models import Lead
from tests.doors import bearer
from tests.people import company, lead
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_who_make_the_workspaces_key_at_once_one_key_is_left() -> None:
    acme = company("Acme")
    path = f"/v1/workspaces/{acme.account.hex_id}/api-key"

    def make(_: int) -> int:
        return Client().post(path, content_type="application/json", headers=bearer(acme.user_key)).status_code

    assert at_once(make, range(4)) == [201] * 4
    assert ApiKey.objects.usable().filter(name=NAME).count() == 1
    assert ApiKey.objects.filter(name=NAME).count() == 4


def test_of_two_who_delete_the_same_leads_each_is_told_what_he_deleted() -> None:
    acme = company("Acme")
    for number in range(20):
        lead(acme.account, f"p{number}@acme.com")

    def delete(_: int) -> int:
        answer = Client().delete(
            "/v1/leads", {"deleteAll": True}, content_type="application/json", headers=bearer(acme.key)
        )
        return int(answer.json()["data"]["deletedCount"])

    assert sum(at_once(delete, range(3))) == 20
    assert Lead.objects.live().count() == 0

"""One lead made a tenant by many hands at once: one account, one owner, and the others are told that it is done."""

from typing import Any

import pytest
from django.test import Client

from accounts.actors import NOBODY
from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, Membership, User
from leads import converting, lifecycle
from leads.models import Lead
from tests.doors import bearer
from tests.people import lead, platform_admin
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def headers(transactional_db: None) -> dict[str, str]:
    return bearer(ApiKey.objects.issue(KeyKind.PLATFORM, user=platform_admin())[1])


def qualified(email: str, company: str) -> Lead:
    made = lead(Account.objects.platform(), email, first_name="Jane", last_name="Doe", company=company)
    lifecycle.set_status(made.account, [made.pk], "qualified", actor=NOBODY)
    return made


def convert(made: Lead, headers: dict[str, str]) -> Any:
    return Client().post(f"/v1/platform/leads/{made.uuid}/convert", {}, "application/json", headers=headers)


def test_conversions_of_one_lead_at_once_make_one_tenant(headers: dict[str, str]) -> None:
    made = qualified("jane@globex.com", "Globex")

    answers = at_once(lambda _: convert(made, headers), range(4))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert Account.objects.filter(is_platform=False).count() == Membership.objects.count() == 1
    assert User.objects.filter(email="jane@globex.com").count() == 1


def test_without_the_lock_on_the_lead_each_makes_a_tenant(
    headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above."""
    made = qualified("jane@globex.com", "Globex")
    stale = Lead.objects.select_related("owner").get(pk=made.pk)
    monkeypatch.setattr(converting, "lock_lead", lambda account, lead_id: stale)
    monkeypatch.setattr(lifecycle, "convert", lambda *args, **kwargs: None)

    answers = at_once(lambda _: convert(made, headers), range(2))

    assert [answer.status_code for answer in answers] == [201, 201]
    assert Account.objects.filter(is_platform=False).count() == 2


def test_one_person_behind_two_leads_converted_at_once_owns_both_accounts(headers: dict[str, str]) -> None:
    both = [qualified("jane@globex.com", "Globex"), qualified("jane@globex.com", "Initech")]

    answers = at_once(lambda made: convert(made, headers), both)

    assert [answer.status_code for answer in answers] == [201, 201]
    owner = User.objects.get(email="jane@globex.com")
    assert set(owner.memberships.values_list("account__name", flat=True)) == {"Globex", "Initech"}

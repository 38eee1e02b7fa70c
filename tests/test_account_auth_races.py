"""Log-ins that fail at the same moment."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.doors import post
from tests.people import PASSWORD, company
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_many_wrong_passwords_at_once_ten_are_looked_at(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    owner = company("Acme").owner
    owner.set_password(PASSWORD)
    owner.save()

    def guess(number: int) -> int:
        body = {"email": owner.email, "password": f"wrong{number}"}
        return int(post(Client(), "/auth/login", body, {}).status_code)

    statuses = at_once(guess, range(25))

    assert sorted(statuses) == [401] * 10 + [429] * 15
    assert User.objects.get(pk=owner.pk).last_login is None

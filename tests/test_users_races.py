"""Platform administrators who change each other at once, over real connections."""

import pytest

from accounts.actors import Actor
from accounts.models import User
from leadhub.lib.transactions import run
from teams.users import LastAdministrator, change_user
from tests.people import platform_admin
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("given", [{"is_platform_admin": False}, {"is_active": False}])
def test_two_who_take_the_platform_from_each_other_leave_one(given: dict[str, bool]) -> None:
    both = [platform_admin("one@platform.test"), platform_admin("two@platform.test")]

    def take(number: int) -> str:
        actor, other = both[number], both[1 - number]
        try:
            run(lambda: change_user(other, given, actor=Actor(user_id=actor.pk)))
        except LastAdministrator:
            return "refused"
        return "taken"

    assert sorted(at_once(take, range(2))) == ["refused", "taken"]
    assert User.objects.filter(is_platform_admin=True, is_active=True).count() == 1

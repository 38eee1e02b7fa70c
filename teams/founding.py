"""How an account begins: with a name, and somebody who owns it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import Account, Membership, User
from accounts.roles import Role
from accounts.working import accounts_open_to
from leadhub.lib.errors import Forbidden
from teams.bounds import refuse_more
from teams.settling import change_account, checked_name

MOST_OWNED = 100


class NoAccountOpen(Forbidden):
    """Whose only account is suspended may not go on in a new one."""

    code = "no_account_open"

    def __init__(self) -> None:
        super().__init__("Only who works in an account can make another.")


@transaction.atomic(savepoint=False)
def found_account(name: str, *, owner: User) -> Account:
    """A new account of this name, owned by this person. Raises Invalid for a name that is none."""
    account = Account.objects.create(name=checked_name(name))
    Membership.objects.create(account=account, user=owner, role=Role.OWNER)
    return account


@transaction.atomic(savepoint=False)
def open_account(given: Mapping[str, Any]) -> Account:
    """A new account with a name and these settings, in which nobody is yet. Raises Invalid naming the field."""
    return change_account(Account.objects.create(name=checked_name(given["name"])), given)


def found_own_account(name: str, *, owner: User) -> Account:
    """The same, by the owner, who may have a hundred. Raises NoAccountOpen and TooMany, too."""
    if not accounts_open_to(owner).exists():
        raise NoAccountOpen
    refuse_more(Membership.objects.filter(user=owner, role=Role.OWNER), MOST_OWNED, "accounts owned by one person")
    return found_account(name, owner=owner)

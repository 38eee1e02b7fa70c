"""The account a person works in, in the console: one at a time, chosen among those that are open to him."""

from dataclasses import dataclass

from django.db.models import QuerySet

from accounts import audit
from accounts.actors import Actor
from accounts.models import Account, Event, Membership, User
from accounts.roles import Right, allows
from leadhub.lib.rowids import row_id


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a person works, and as what; `account` is None when no account is open to him.

    `is_chosen` says whether he chose it himself, or only begins there.
    """

    user: User | None = None
    account: Account | None = None
    role: str | None = None
    is_chosen: bool = False

    @property
    def is_platform_admin(self) -> bool:
        return self.user is not None and self.user.is_superuser

    @property
    def only_begins(self) -> bool:
        """Whether he could work in any account, and has not said in which."""
        return self.is_platform_admin and not self.is_chosen

    def allows(self, right: Right | str) -> bool:
        """Whether the role in this account allows it; a platform administrator may do all, in the account he chose."""
        if self.is_platform_admin:
            return True
        return self.account is not None and allows(self.role, Right(right))


def accounts_open_to(user: User) -> QuerySet[Account]:
    """The accounts a person may work in: any for a platform administrator, else his own that are not suspended."""
    if user.is_superuser:
        return Account.objects.all()
    return Account.objects.active().filter(memberships__user=user, memberships__is_active=True)


def primary_account(user: User) -> Account | None:
    """The first that took him in; a platform administrator who is in none begins in the platform's own."""
    first = memberships_of(user).first()
    if first is not None:
        return first.account
    return accounts_open_to(user).filter(suspended_at=None).order_by("-is_platform", "pk").first()


def memberships_of(user: User) -> QuerySet[Membership]:
    """Where a person is a member, in accounts that are in use."""
    own = Membership.objects.filter(user=user, is_active=True, account__suspended_at=None)
    return own.select_related("account").order_by("pk")


def desk_of(user: User, *, chosen: object = None) -> Desk:
    """The desk in the chosen account where that is open to the person, else where his log-ins begin."""
    accounts = accounts_open_to(user)
    own_choice = accounts.filter(pk=chosen).first() if isinstance(chosen, int) else None
    account = own_choice or primary_account(user)
    if account is None or user.is_superuser:
        return Desk(user, account, is_chosen=own_choice is not None)
    role = Membership.objects.for_account(account).active().filter(user=user).values_list("role", flat=True).first()
    return Desk(user, account, role, is_chosen=own_choice is not None)


def choose_account(user: User, account_id: object, *, actor: Actor) -> Account | None:
    """The account the person is to work in from now on, recorded there; None when it is not open to him."""
    account = accounts_open_to(user).filter(pk=row_id(account_id) or 0).first()
    if account is not None:
        audit.record(account, Event.ACCOUNT_CHOSEN, actor=actor)
    return account

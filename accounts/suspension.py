"""A tenant shut out, and let in again."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.actors import Actor, acting
from accounts.models import Account, LoginSession, Membership, User
from accounts.sessions import end_sessions
from leadhub.lib.errors import Conflict


class PlatformStays(Conflict):
    code = "platform_account"

    def __init__(self) -> None:
        super().__init__("The platform's own account cannot be suspended.")


@transaction.atomic(savepoint=False)
def suspend(account: Account, *, actor: Actor) -> Account:
    """Close every door to the account, and end the sessions of the members who are in no other; its jobs wait.

    Raises PlatformStays. A suspended one stays so, since when it was.
    """
    stored = locked(account)
    if stored.is_platform:
        raise PlatformStays
    if stored.suspended_at is None:
        stored.suspended_at = timezone.now()
        store(stored, actor=actor)
        members = list(members_of_no_other(stored).values_list("pk", flat=True))
        LoginSession.objects.usable().filter(user__in=members).update(revoked_at=stored.suspended_at)
        end_sessions(members)
    return stored


@transaction.atomic(savepoint=False)
def resume(account: Account, *, actor: Actor) -> Account:
    """Let the account in again; whoever was logged in logs in anew. What else goes on is for higher rooms to say."""
    stored = locked(account)
    if stored.suspended_at is not None:
        stored.suspended_at = None
        store(stored, actor=actor)
    return stored


def locked(account: Account) -> Account:
    return Account.objects.select_for_update(no_key=True).get(pk=account.pk)


def store(account: Account, *, actor: Actor) -> None:
    with acting(actor):
        account.save(update_fields=["suspended_at", "updated_at"])


def members_of_no_other(account: Account) -> QuerySet[User]:
    """The members whose only account in use this is; platform administrators stand above accounts."""
    elsewhere = Membership.objects.active().filter(account__suspended_at=None).exclude(account=account)
    own = Membership.objects.for_account(account).filter(is_active=True)
    members = User.objects.filter(pk__in=own.values("user"), is_platform_admin=False)
    return members.exclude(pk__in=elsewhere.values("user"))

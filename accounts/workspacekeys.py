"""The one key of an account that is made at the workspace door; its others are made in the console and by the API."""

from datetime import datetime

from accounts.issuing import NoSuchKey
from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, User

# What tells it from the account's other keys.
NAME = "Workspace API key"


def workspace_key(account: Account) -> ApiKey:
    """Raises NoSuchKey where none was made, or it has ended."""
    keys = ApiKey.objects.for_account(account).usable().filter(kind=KeyKind.ACCOUNT, name=NAME)
    key = keys.order_by("-pk").first()
    if key is None:
        raise NoSuchKey
    return key


def renew_workspace_key(account: Account, *, user: User, expires_at: datetime | None) -> tuple[ApiKey, str]:
    """A new key and its secret, which cannot be had a second time; the one before ends at once.

    Needs an open transaction.
    """
    # Of two who ask at once the second ends the first one's.
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    for key in ApiKey.objects.for_account(account).usable().filter(kind=KeyKind.ACCOUNT, name=NAME):
        key.revoke()
    return ApiKey.objects.issue(KeyKind.ACCOUNT, user=user, account=account, name=NAME, expires_at=expires_at)


def end_workspace_key(account: Account) -> ApiKey:
    """The key, ended at once. Raises NoSuchKey. Needs an open transaction."""
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    key = workspace_key(account)
    key.revoke()
    return key

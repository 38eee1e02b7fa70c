"""The one key of an account that is made at the workspace door; its others are made in the console and by the API."""

from accounts.callers import Caller
from accounts.issuing import NoSuchKey, issue_account_key
from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey

# What tells it from the account's other keys.
NAME = "Workspace API key"


def workspace_key(account: Account) -> ApiKey:
    """Raises NoSuchKey where none was made, or it has ended."""
    keys = ApiKey.objects.for_account(account).usable().filter(kind=KeyKind.ACCOUNT, name=NAME)
    key = keys.order_by("-pk").first()
    if key is None:
        raise NoSuchKey
    return key


def renew_workspace_key(account: Account, *, by: Caller) -> tuple[ApiKey, str]:
    """A new key and its secret, which cannot be had a second time; the one before ends at once.

    Needs an open transaction. `by` is in the account.
    """
    # Of two who ask at once the second ends the first one's.
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    for key in ApiKey.objects.for_account(account).usable().filter(kind=KeyKind.ACCOUNT, name=NAME):
        key.revoke()
    return issue_account_key(by, name=NAME)


def end_workspace_key(account: Account) -> ApiKey:
    """The key, ended at once. Raises NoSuchKey. Needs an open transaction."""
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    key = workspace_key(account)
    key.revoke()
    return key

"""Keys made, changed and ended by the people they belong to, and by those who manage an account."""

import re
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from accounts.callers import Caller
from accounts.keyformat import KeyKind
from accounts.models import ApiKey
from accounts.roles import Right
from leadhub.lib.columns import set_given
from leadhub.lib.errors import Invalid, NotFound

PUBLIC_ID = re.compile(r"[0-9A-Za-z_]{1,24}", re.ASCII)
LATEST = timedelta(days=36_525)


class NoSuchKey(NotFound):
    code = "unknown_key"

    def __init__(self) -> None:
        super().__init__("key not found")


class BadExpiry(Invalid):
    code = "bad_expiry"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="expires_at")


def keys_open_to(caller: Caller) -> QuerySet[ApiKey]:
    """The keys a caller sees and ends: his own, and those of the account he is in, if he manages it.

    A colleague's own key is his in all his accounts, and none of theirs: ending his membership shuts it out.
    """
    keys = ApiKey.objects.select_related("user").order_by("-pk")
    own = keys.own_of(caller.user)
    if caller.account and caller.may(Right.MANAGE_ACCOUNT):
        return own | keys.for_account(caller.account)
    return own


def key_named(caller: Caller, public_id: str) -> ApiKey:
    """The key with this public id, locked until the transaction ends. Raises NoSuchKey."""
    keys = keys_open_to(caller).select_for_update(of=("self",), no_key=True)
    key = keys.filter(public_id=public_id).first() if PUBLIC_ID.fullmatch(public_id) else None
    if key is None:
        raise NoSuchKey
    return key


def issue_own_key(caller: Caller, *, name: str = "", expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    """A new key of the caller himself and its secret, which cannot be had a second time. Raises BadExpiry.

    One made by a key that expires does not outlive it.
    """
    refuse_expiry(expires_at, latest=caller.expires_at)
    return ApiKey.objects.issue(KeyKind.USER, user=caller.user, name=name, expires_at=expires_at or caller.expires_at)


def issue_account_key(caller: Caller, *, name: str = "", expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    """The same of the account that the caller is in."""
    refuse_expiry(expires_at, latest=caller.expires_at)
    ends_at = expires_at or caller.expires_at
    return ApiKey.objects.issue(
        KeyKind.ACCOUNT, user=caller.user, account=caller.account, name=name, expires_at=ends_at
    )


def change_key(key: ApiKey, *, name: str | None, expires_at: datetime | None, by: Caller) -> None:
    """Give a key another name, or another time at which it ends; None leaves it as it is stored. Raises BadExpiry."""
    refuse_expiry(expires_at, latest=by.expires_at)
    set_given(key, name=name, expires_at=expires_at)


def refuse_expiry(expires_at: datetime | None, *, latest: datetime | None = None) -> None:
    """Raises BadExpiry for a time at which no key may end; `latest` is when the one ends that this is asked with."""
    if expires_at is None:
        return
    now = timezone.now()
    if expires_at <= now:
        raise BadExpiry("the expiry must be still to come")
    if expires_at > now + LATEST:
        raise BadExpiry("the expiry must be within a hundred years")
    if latest and expires_at > latest:
        raise BadExpiry("the expiry must not be later than that of the key this is asked with")

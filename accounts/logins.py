"""Logging in: by password or by a user's key, and how often that may fail."""

import hashlib
import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib.auth import authenticate
from django.db import transaction
from django.utils import timezone

from accounts.callers import identify
from accounts.counting import WINDOW, count, take_back
from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, LoginSession, User
from accounts.working import primary_account
from leadhub.lib.errors import DomainError, Forbidden

# In a minute. Whoever guesses from elsewhere shuts nobody out: one name is counted for each address by itself.
FAILURES_OF_NAME, FAILURES_OF_ADDRESS = 10, 50


class TooManyAttempts(DomainError):
    code = "throttled"

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(f"too many failed log-ins; try again in {retry_after} seconds")
        self.retry_after = retry_after


class NoAccount(Forbidden):
    code = "no_account"

    def __init__(self) -> None:
        super().__init__("no active account is open to this user")


@contextmanager
def counted(name: str, *, address: str | None) -> Iterator[None]:
    """Count what happens inside as a failed log-in with this name from this address, unless it ends well.

    Counted before it is tried, so that a hundred tries at once are a hundred. Not inside a transaction, which would
    take the count back. Raises TooManyAttempts before it begins.
    """
    origin = network_of(address)
    own, shared = subject(name, origin), subject(origin)
    tried = count(own, limit=FAILURES_OF_NAME, within=shared)
    if tried.own > FAILURES_OF_NAME or (tried.within or 0) > FAILURES_OF_ADDRESS:
        raise TooManyAttempts(retry_after=WINDOW - int(tried.at) % WINDOW)
    yield
    take_back(own, shared, counted=tried)


def subject(*parts: str) -> str:
    """Kept as a hash: what people type as an e-mail address is sometimes their password."""
    return "login:" + hashlib.sha256(repr(tuple(part.strip().lower() for part in parts)).encode()).hexdigest()


def network_of(address: str | None) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: whoever has one address of that has all."""
    if not address:
        return ""
    parsed = ipaddress.ip_address(address)
    return str(parsed if parsed.version == 4 else ipaddress.ip_network((parsed, 64), strict=False))


def user_by_password(email: str, password: str) -> User | None:
    """The active user with this password; it takes as long to find that there is none."""
    user = authenticate(username=email, password=password)
    return user if isinstance(user, User) else None


def key_of_user(public_id: str, secret: str) -> ApiKey | None:
    """The user's key with this public id and this secret, where it can be used."""
    caller = identify(secret)
    if caller is None or caller.kind != KeyKind.USER or caller.key is None or caller.key.public_id != public_id:
        return None
    caller.key.user = caller.user
    return caller.key


@dataclass(frozen=True, slots=True)
class Login:
    """A session that was opened, its token, which cannot be had a second time, and the account it begins in."""

    session: LoginSession
    token: str
    account: Account


def open_session(user: User, *, key: ApiKey | None = None) -> Login | None:
    """Let a person in whose password or key was just found right; None when it no longer is. Raises NoAccount.

    A session opened by a key ends with it.
    """
    account = primary_account(user)
    if account is None:
        raise NoAccount
    with transaction.atomic():
        # Holds the row: a new password, or shutting him out, comes before this or ends this session too.
        same = User.objects.filter(pk=user.pk, password=user.password, is_active=True)
        if not same.update(last_login=timezone.now()):
            return None
        return Login(*LoginSession.objects.open(user, key=key), account)

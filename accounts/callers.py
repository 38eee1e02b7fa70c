"""Who calls: the user, key or session behind a request's credential, and the account it acts in."""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.audit import Actor
from accounts.keyformat import KeyKind, Secret, parse
from accounts.models import Account, ApiKey, LoginSession, Membership, User
from accounts.roles import Right, allows
from leadhub.lib.requests import RequestInfo

USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller. `key` is None for a log-in session, `role` None for a key that is not a person's."""

    kind: KeyKind
    user: User
    key: ApiKey | None = None
    account: Account | None = None
    role: str | None = None

    # DRF asks this of whatever stands for the user.
    is_authenticated = True

    def may(self, right: Right) -> bool:
        """Whether the caller may do this in its account; its own and its sources' keys may do what their doors offer."""
        own = self.kind in (KeyKind.ACCOUNT, KeyKind.SOURCE)
        return own or self.user.is_superuser or allows(self.role, right)

    def actor(self, *, door: str, request: RequestInfo) -> Actor:
        key = self.key
        return Actor(
            user_id=self.user.pk,
            email=self.user.email,
            api_key_id=key.pk if key else None,
            api_key_public_id=key.public_id if key else None,
            door=door,
            request=request,
        )

    def within(self, account: Account, role: str | None) -> "Caller":
        return replace(self, account=account, role=role)


def identify(text: str) -> Caller | None:
    """The caller that presents this key or session token; None when it is malformed, unknown, expired or revoked.

    A malformed one is refused without asking the database.
    """
    secret = parse(text)
    if secret is None:
        return None
    return by_session(secret) if secret.kind == KeyKind.SESSION else by_key(secret)


def by_session(secret: Secret) -> Caller | None:
    session = LoginSession.objects.usable().select_related("user").filter(token_hash=secret.hash).first()
    return Caller(secret.kind, session.user) if session and session.user.is_active else None


def by_key(secret: Secret) -> Caller | None:
    key = ApiKey.objects.usable().select_related("user", "account").filter(secret_hash=secret.hash).first()
    if key is None or (key.kind in (KeyKind.USER, KeyKind.PLATFORM) and not key.user.is_active):
        return None
    return Caller(secret.kind, key.user, key, key.account)


def enter(caller: Caller, account_id: int) -> Caller | None:
    """The caller within that account; None when there is none or the caller does not belong to it: the two look alike."""
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        return None
    if caller.user.is_superuser:
        return caller.within(account, None)
    membership = Membership.objects.for_account(account).active().filter(user=caller.user).first()
    return caller.within(account, membership.role) if membership else None


def note_use(key: ApiKey) -> None:
    """Remember when a key was last used, at most once a minute: no write a request."""
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > USED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)

"""Who calls: the user, key or session behind a request's credential, and the account it acts in."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.actors import Actor
from accounts.keyformat import KeyKind, Secret, parse
from accounts.models import Account, ApiKey, LoginSession, Membership, User
from accounts.roles import Right, allows
from leadhub.lib.requests import RequestInfo
from leadhub.lib.sql import columns, fetch, instances

USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller. `key` is None for a log-in session, `role` None for a key that is not a person's."""

    kind: KeyKind
    user: User
    key: ApiKey | None = None
    account: Account | None = None
    role: str | None = None
    session: LoginSession | None = None

    # DRF asks this of whatever stands for the user.
    is_authenticated = True

    @property
    def is_personal(self) -> bool:
        """Whether a person calls; the key of an account, or of a source, is in many hands, whoever made it."""
        return self.kind not in (KeyKind.ACCOUNT, KeyKind.SOURCE)

    @property
    def is_platform_admin(self) -> bool:
        return self.is_personal and self.user.is_superuser

    @property
    def expires_at(self) -> datetime | None:
        """When the key ends that he came by, also where it opened his session: what he makes does not outlive it."""
        key = self.key or (self.session.key if self.session else None)
        return key.expires_at if key else None

    def may(self, right: Right) -> bool:
        """Whether the caller may do this in its account; its own and its sources' keys may do what their doors do."""
        if self.is_platform_admin:
            return True
        return allows(self.role, right) if self.is_personal else right != Right.MANAGE_PLATFORM

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
    session = LoginSession.objects.usable().select_related("user", "key").filter(token_hash=secret.hash).first()
    return Caller(secret.kind, session.user, session=session) if session and session.user.is_active else None


# Asked with every request, so in one read, and written out: composing it each time costs more than answering it.
BY_HASH = f"""
SELECT {columns(ApiKey, "key")}, {columns(User, "person")}, {columns(Account, "account")}
FROM accounts_apikey key JOIN accounts_user person ON person.id = key.user_id
LEFT JOIN accounts_account account ON account.id = key.account_id
WHERE key.secret_hash = %(hash)s::bytea AND key.revoked_at IS NULL
AND (key.expires_at IS NULL OR key.expires_at > statement_timestamp())
"""  # noqa: S608 - the names are those of the models' own columns


def by_key(secret: Secret) -> Caller | None:
    rows = fetch(BY_HASH, hash=secret.hash)
    if not rows:
        return None
    key, user, account = instances(rows[0], ApiKey, User, Account)
    personal = secret.kind in (KeyKind.USER, KeyKind.PLATFORM)
    return None if personal and not user.is_active else Caller(secret.kind, user, key, account)


def enter(caller: Caller, account_id: int) -> Caller | None:
    """The caller within that account; None when there is none, and when the caller does not belong to it."""
    if caller.user.is_superuser:
        account = Account.objects.filter(pk=account_id).first()
        return caller.within(account, None) if account else None
    own = Membership.objects.for_account(account_id).active().filter(user=caller.user)
    membership = own.select_related("account").first()
    return caller.within(membership.account, membership.role) if membership else None


def note_use(key: ApiKey) -> None:
    """Remember when a key was last used, at most once a minute: no write a request."""
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > USED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)

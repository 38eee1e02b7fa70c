from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts import keyformat
from accounts.keyformat import KeyKind
from accounts.models.account import Account
from accounts.models.user import User
from leadhub.lib.tenancy import TenantQuerySet

SESSION_HOURS = 12


class ApiKeyQuerySet(TenantQuerySet["ApiKey"]):
    def usable(self) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)

    def own_of(self, user: User) -> Self:
        """A person's own, with which he acts in all his accounts."""
        return self.filter(kind=KeyKind.USER, user=user)

    def issue(
        self,
        kind: KeyKind,
        *,
        user: User,
        account: Account | None = None,
        name: str = "",
        expires_at: datetime | None = None,
    ) -> tuple["ApiKey", str]:
        """A new key and its secret, which cannot be had a second time."""
        secret = keyformat.generate(kind)
        parsed = keyformat.parse(secret)
        assert parsed is not None
        key = self.create(
            kind=kind,
            user=user,
            account=account,
            name=name,
            expires_at=expires_at,
            public_id=parsed.public_id,
            secret_hash=parsed.hash,
        )
        return key, secret


class ApiKey(models.Model):
    """A credential of one of four kinds. Of the secret only a hash is kept."""

    KINDS = [
        (KeyKind.PLATFORM.value, "platform administrator"),
        (KeyKind.USER.value, "user"),
        (KeyKind.ACCOUNT.value, "account"),
        (KeyKind.SOURCE.value, "lead source"),
    ]

    kind = models.CharField(max_length=10, choices=KINDS)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="api_keys")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="api_keys", help_text="Who made the key."
    )
    name = models.CharField(max_length=100, blank=True)
    public_id = models.CharField(max_length=24)
    secret_hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = "API key"
        constraints = [
            models.UniqueConstraint(fields=["secret_hash"], name="apikey_secret_once"),
            models.UniqueConstraint(fields=["account", "id"], name="apikey_in_account"),
            models.CheckConstraint(
                condition=Q(kind__in=["account", "source"], account__isnull=False)
                | Q(kind__in=["platform", "user"], account__isnull=True),
                name="apikey_kind_fits_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id}…"

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())

    def revoke(self) -> None:
        """End the key at once; the next request with it is refused."""
        self.revoked_at = self.revoked_at or timezone.now()
        self.save(update_fields=["revoked_at"])


class LoginSessionQuerySet(models.QuerySet["LoginSession"]):
    def usable(self) -> Self:
        now = timezone.now()
        key_lives = Q(key=None) | Q(Q(key__expires_at=None) | Q(key__expires_at__gt=now), key__revoked_at=None)
        return self.filter(key_lives, revoked_at=None, expires_at__gt=now)

    def open(self, user: User, *, key: ApiKey | None = None) -> tuple["LoginSession", str]:
        """A new session and its token, which cannot be had a second time; one opened by a key ends with it."""
        token = keyformat.generate(KeyKind.SESSION)
        parsed = keyformat.parse(token)
        assert parsed is not None
        expires_at = timezone.now() + timedelta(hours=SESSION_HOURS)
        if key and key.expires_at:
            expires_at = min(expires_at, key.expires_at)
        return self.create(user=user, key=key, token_hash=parsed.hash, expires_at=expires_at), token


class LoginSession(models.Model):
    """A log-in at the account door."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="login_sessions")
    key = models.ForeignKey(
        ApiKey, models.PROTECT, null=True, related_name="+", db_index=False, help_text="What opened it, if no password."
    )
    token_hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = LoginSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["token_hash"], name="loginsession_token_once")]

    def __str__(self) -> str:
        return f"{self.user} since {self.created_at:%Y-%m-%d %H:%M}"

    def revoke(self) -> None:
        self.revoked_at = self.revoked_at or timezone.now()
        self.save(update_fields=["revoked_at"])

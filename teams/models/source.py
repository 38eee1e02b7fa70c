import uuid
from datetime import datetime
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models, transaction

from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, User
from leadhub.lib.tenancy import TenantQuerySet
from teams.models.team import Team
from teams.models.tracked import Tracked


def words(name: str, **options: Any) -> "ArrayField[Any, Any]":
    return ArrayField(models.CharField(max_length=64), default=list, blank=True, size=50, verbose_name=name, **options)


class LeadSourceQuerySet(TenantQuerySet["LeadSource"]):
    def active(self) -> Self:
        return self.filter(is_active=True)


class LeadSource(Tracked):
    """Where leads come from, as the account manages it: a vendor, a campaign, a partner."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="lead_sources")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="The source's id at its door.")
    name = models.CharField(max_length=200)
    is_active = models.BooleanField("active", default=True)

    # What it may send (teams.sourcerules); empty allows everything
    allowed_states = words("states", help_text="Only leads of these states, such as CA, NV; empty: of any.")
    allowed_products = words("products", help_text="Only leads for these products; empty: for any.")
    requires_certificate = models.BooleanField(
        "certificate required", default=False, help_text="Leads without a TrustedForm certificate are refused."
    )
    daily_limit = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="At most this many leads a day, in UTC; empty: any number.",
    )
    takes_get = models.BooleanField(
        "takes GET", default=False, help_text="For senders that can only call a URL; the lead is then in its query."
    )

    # What it adds to what it sends
    default_tags = words("default tags", help_text="Every lead of this source gets these tags.")
    default_country = models.CharField(
        max_length=2,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{2}$", "Two capital letters, such as US.")],
        help_text="Phone numbers without a country code are read as of this one; empty: the account's.",
    )
    cost_per_lead = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )

    objects = LeadSourceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["account", "id"], name="leadsource_in_account")]

    def __str__(self) -> str:
        return self.name

    def issue_key(self, *, user: User, name: str = "", expires_at: datetime | None = None) -> tuple["SourceKey", str]:
        """A new key of this source and its secret, which cannot be had a second time."""
        with transaction.atomic():
            key, secret = ApiKey.objects.issue(
                KeyKind.SOURCE, user=user, account=self.account, name=name or self.name[:100], expires_at=expires_at
            )
            return SourceKey.objects.create(account=self.account, source=self, key=key), secret


class SourceDay(models.Model):
    """How many leads a source with a daily limit has sent on one day, in UTC."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    source = models.ForeignKey(LeadSource, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    day = models.DateField()
    taken = models.PositiveIntegerField(default=0)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "source", "day"], name="sourceday_once")]

    def __str__(self) -> str:
        return f"{self.day}: {self.taken}"


class LeadSourceTeam(models.Model):
    """A team the source is for; a source without any is for all teams."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", editable=False)
    source = models.ForeignKey(LeadSource, models.CASCADE, related_name="for_teams", db_constraint=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="own_sources", db_constraint=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = "team of the source"
        verbose_name_plural = "teams of the source"
        constraints = [models.UniqueConstraint(fields=["account", "source", "team"], name="leadsourceteam_once")]

    def __str__(self) -> str:
        return str(self.team)


class SourceKey(models.Model):
    """Which source a source key belongs to."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", editable=False)
    source = models.ForeignKey(LeadSource, models.PROTECT, related_name="keys", db_constraint=False)
    key = models.OneToOneField(ApiKey, models.PROTECT, related_name="source_key", db_constraint=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["account", "source", "key"], name="sourcekey_once")]

    def __str__(self) -> str:
        return str(self.key)

import uuid
from datetime import datetime
from typing import Self

from django.db import models, transaction

from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, User
from leadhub.lib.tenancy import TenantQuerySet
from teams.models.team import Team
from teams.models.tracked import Tracked


class LeadSourceQuerySet(TenantQuerySet["LeadSource"]):
    def active(self) -> Self:
        return self.filter(is_active=True)


class LeadSource(Tracked):
    """Where leads come from, as the account manages it: a vendor, a campaign, a partner."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="lead_sources")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="The source's id at its door.")
    name = models.CharField(max_length=200)
    is_active = models.BooleanField("active", default=True)

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

from django.db import models

from accounts.models import Account
from leadhub.lib.tenancy import TenantQuerySet
from leads.models import Lead
from teams.models import LeadSource


class IdempotentAnswer(models.Model):
    """The first answer to a request that carried an Idempotency-Key, to be given again for 24 hours."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=500)
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "method", "path", "key"], name="idempotent_once")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class QuarantinedLead(models.Model):
    """What a known source sent and we refused, as it came, with the reason: so that nothing is lost."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    lead_source = models.ForeignKey(
        LeadSource, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    door = models.CharField(max_length=10)
    code = models.CharField(max_length=40)
    reason = models.TextField()
    content_type = models.CharField(max_length=255, blank=True)
    payload = models.BinaryField()
    request_id = models.CharField(max_length=128, blank=True)
    remote_addr = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    lead = models.ForeignKey(
        Lead, models.PROTECT, null=True, editable=False, related_name="+", db_constraint=False, db_index=False
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = "quarantined lead"
        indexes = [models.Index(fields=["account", "id"], name="quarantine_of_account")]

    def __str__(self) -> str:
        return f"{self.code} {self.created_at:%Y-%m-%d %H:%M}"

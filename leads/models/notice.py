from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from leadhub.lib.tenancy import TenantQuerySet
from leads.models.lead import Lead


class NoticeKind(models.TextChoices):
    NEW_LEAD = "new_lead", "New lead"
    REMINDER = "reminder", "First contact due"
    TAKEN = "taken", "Passed on"


class NoticeQuerySet(TenantQuerySet["Notice"]):
    def unread(self) -> Self:
        return self.filter(read_at=None)

    def mark_read(self) -> int:
        return self.unread().update(read_at=timezone.now())


class Notice(models.Model):
    """What a rep is told about a lead of his: by the bell at once, by e-mail when the sweep comes by."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="+", db_constraint=False)
    kind = models.CharField(max_length=10, choices=NoticeKind.choices)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["account", "user", "id"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(fields=["id"], condition=Q(mailed_at=None), name="notice_unmailed"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.lead}"

from typing import Any

from auditlog.models import AbstractLogEntry, LogEntryManager
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone

from accounts.actors import context_fields
from accounts.models.account import Account
from leadhub.lib.tenancy import TenantQuerySet


class Event(models.TextChoices):
    """What happened. The first eight are words of the account door's wire."""

    LEAD_CREATED = "lead_created", "Lead created"
    LEAD_UPDATED = "lead_updated", "Lead changed"
    LEAD_ARCHIVED = "lead_archived", "Lead archived"
    LEAD_UNARCHIVED = "lead_unarchived", "Lead taken out of the archive"
    LEAD_ASSIGNED = "lead_assigned", "Lead given to another owner"
    LEAD_CONVERTED = "lead_converted", "Lead converted"
    LEAD_MERGED = "lead_merged", "Leads merged"
    LEAD_DELETED = "lead_deleted", "Lead deleted"
    LEAD_RESTORED = "lead_restored", "Lead restored"
    LEAD_CONTACTED = "lead_contacted", "First contact"
    LEAD_REMINDED = "lead_reminded", "Reminded of the first contact"
    LEAD_SEEN_AGAIN = "lead_seen_again", "The same person came again"
    CREATED = "created", "Created"
    UPDATED = "updated", "Changed"
    DELETED = "deleted", "Deleted"
    ACCESSED = "accessed", "Opened"
    LEADS_EXPORTED = "leads_exported", "Leads exported"
    ACCOUNT_CHOSEN = "account_chosen", "Account chosen to work in"
    ENTRIES_ERASED = "entries_erased", "Personal values erased from the audit"


class AuditEntryManager(LogEntryManager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    def log_create(self, instance: models.Model, force_log: bool = False, **fields: Any) -> "AuditEntry | None":
        """auditlog's hook for a changed configuration row: the same entry, with who, where and in which account.

        auditlog's own context is not used: it loses the actor of an API request and of the outer of two nested
        contexts, and believes forged addresses.
        """
        if fields.get("changes") is None and not force_log:
            return None
        account_id = instance.pk if isinstance(instance, Account) else getattr(instance, "account_id", None)
        fields.setdefault("event", EVENT_OF_ACTION[fields.get("action", AbstractLogEntry.Action.UPDATE)])
        return super().log_create(instance, force_log, **(context_fields() | {"account_id": account_id} | fields))


EVENT_OF_ACTION = {
    AbstractLogEntry.Action.CREATE: Event.CREATED,
    AbstractLogEntry.Action.UPDATE: Event.UPDATED,
    AbstractLogEntry.Action.DELETE: Event.DELETED,
    AbstractLogEntry.Action.ACCESS: Event.ACCESSED,
}


class AuditEntry(AbstractLogEntry):
    """What happened to one row: who did it, when, through which request. Never changed; triggers see to that.

    `changes` is {field: [before, after]}; `additional_data` is what belongs to the event, such as the reason a rep
    was chosen; `cid` is the request's id.
    """

    account = models.ForeignKey(Account, models.DO_NOTHING, null=True, related_name="+", db_index=False)
    event = models.CharField(max_length=20, choices=Event.choices)
    api_key = models.ForeignKey("accounts.ApiKey", models.DO_NOTHING, null=True, related_name="+", db_index=False)
    door = models.CharField(max_length=10, blank=True)
    request_method = models.CharField(max_length=10, blank=True)
    request_path = models.TextField(blank=True)
    request_headers = models.JSONField(default=dict)

    # Declared again: without auditlog's indexes, which nobody asks, and without cascades, which would break the trail.
    content_type = models.ForeignKey("contenttypes.ContentType", models.DO_NOTHING, related_name="+", db_index=False)
    object_pk = models.CharField(max_length=255)
    object_id = models.BigIntegerField(null=True)
    action = models.PositiveSmallIntegerField(choices=AbstractLogEntry.Action.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_index=False)
    cid = models.CharField("request id", max_length=255, null=True)
    timestamp = models.DateTimeField(default=timezone.now)

    objects = AuditEntryManager()

    class Meta:
        ordering = ["-id"]
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["account", "content_type", "object_id", "id"], name="audit_of_object"),
            models.Index(fields=["account", "id"], name="audit_of_account"),
            # What each source sent of people known before, which may be stored nowhere else.
            models.Index(
                F("account"),
                Cast(KT("additional_data__lead_source_id"), models.BigIntegerField()),
                F("timestamp"),
                condition=Q(event=Event.LEAD_SEEN_AGAIN),
                name="audit_seen_again",
            ),
        ]

    def __str__(self) -> str:
        return self.get_event_display()

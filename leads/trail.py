"""What happened to a lead, as it was recorded."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet

from accounts.models import AuditEntry
from leads.models import Lead

MOVED = Q(changes__has_key="status") | Q(changes__has_key="archived_at")


def entries_of(lead: Lead, *, most: int) -> list[AuditEntry]:
    """The latest `most` entries about a lead, the oldest of them first, each with its key."""
    latest = about(lead).select_related("api_key").order_by("-pk")[:most]
    return list(reversed(latest))


def moves_of(lead: Lead, *, most: int) -> list[AuditEntry]:
    """The latest `most` entries that changed the lead's status, or put it into the archive or took it out."""
    return list(reversed(about(lead).filter(MOVED).order_by("-pk")[:most]))


def about(lead: Lead) -> QuerySet[AuditEntry]:
    kind = ContentType.objects.get_for_model(Lead)
    return AuditEntry.objects.for_account(lead.account_id).filter(content_type=kind, object_id=lead.pk)

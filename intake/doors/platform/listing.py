"""Which of the platform's leads are asked for, in the wire's words."""

from django.db.models import Q

from intake.doors.platform.wire import ARCHIVED, OPEN, OVER, STATUSES
from intake.queries import Query
from leads.models import LeadQuerySet

FILTERS = ("status", "source", "q")
# Ids are given in the order that leads arrive in; see TenantQuerySet.listed_for.
NEWEST = ("-account_id", "-id")
OF_STATUS = {status: Q(status=status, archived_at=None) for status in OPEN} | {
    ARCHIVED: Q(archived_at__isnull=False) | Q(status__in=sorted(OVER))
}


def asked(query: Query) -> dict[str, str]:
    """The filters of the query; an empty one is as good as none. Raises Problem 400 for one that cannot be used."""
    query.drop_empty()
    found = {"status": query.choice("status", STATUSES), "source": query.text("source"), "q": query.text("q")}
    return {name: value for name, value in found.items() if value}


def filtered(leads: LeadQuerySet, asked_for: dict[str, str]) -> LeadQuerySet:
    if "status" in asked_for:
        leads = leads.filter(OF_STATUS[asked_for["status"]])
    if "source" in asked_for:
        leads = leads.filter(channel=asked_for["source"])
    return leads.search(asked_for.get("q", ""))

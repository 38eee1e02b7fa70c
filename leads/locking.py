"""Stored leads, locked to be changed."""

from collections.abc import Collection

from accounts.models import Account
from leadhub.lib.errors import NotFound
from leads.models import Lead, LeadQuerySet


class NoSuchLead(NotFound):
    """The account has no such lead, or it is deleted."""

    code = "unknown_lead"

    def __init__(self) -> None:
        super().__init__("lead not found")


def lock(leads: LeadQuerySet) -> list[Lead]:
    """These leads, each with its owner, locked in order of primary key until the transaction ends."""
    return list(leads.select_related("owner").order_by("pk").select_for_update(of=("self",), no_key=True))


def lock_leads(account: Account, ids: Collection[int]) -> list[Lead]:
    """Those among these leads of the account that are not deleted."""
    return lock(Lead.objects.for_account(account).live().filter(pk__in=ids))


def lock_lead(account: Account, lead_id: int) -> Lead:
    """Raises NoSuchLead."""
    return lock_one(Lead.objects.for_account(account).live(), lead_id)


def lock_one(leads: LeadQuerySet, lead_id: int) -> Lead:
    """The lead, if it is among these when its turn to be locked has come. Raises NoSuchLead."""
    found = lock(leads.filter(pk=lead_id))
    if not found:
        raise NoSuchLead
    return found[0]

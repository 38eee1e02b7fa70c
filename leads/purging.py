"""Leads deleted 30 days ago, gone for good; what the audit keeps of them has no personal value."""

from functools import partial

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.erasure import erase_entries
from leads.lifecycle import KEPT
from leads.locking import lock
from leads.models import Lead
from leads.sweeping import each_apart

NOBODY = Actor(door="sweep")
# Each in a transaction of its own; whoever deletes all his leads at once has them gone within hours.
BATCH = 2000


def purge_deleted() -> int:
    """Remove one batch of the leads that can be restored no more; answers how many."""
    over = Lead.objects.filter(deleted_at__lte=timezone.now() - KEPT).order_by("deleted_at")
    leads = over.values_list("account_id", "pk")[:BATCH]
    return each_apart(partial(purge, account_id, lead_id) for account_id, lead_id in leads)


@transaction.atomic
def purge(account_id: int, lead_id: int) -> int:
    """Remove one deleted lead; one that was restored meanwhile stays."""
    own = Lead.objects.for_account(account_id)
    found = lock(own.filter(pk=lead_id, deleted_at__lte=timezone.now() - KEPT))
    for lead in found:
        erase_entries(lead, actor=NOBODY)
        # A duplicate that was deleted later stays restorable, as a lead of its own.
        own.filter(duplicate_of=lead).update(duplicate_of=None)
        own.filter(pk=lead.pk).delete()
    return len(found)

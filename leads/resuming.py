"""An account let in again, and its leads' clocks with it."""

from datetime import timedelta
from itertools import batched

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import suspension
from accounts.actors import Actor
from accounts.models import Account
from leads.models import Lead

# So many in one statement, of which none takes long: a big account may have tens of thousands.
BATCH = 2000


@transaction.atomic(savepoint=False)
def resume(account: Account, *, actor: Actor) -> Account:
    """Let the account in again. The time to first contact stood still, so that no rep loses a lead he could not see."""
    since = suspension.locked(account).suspended_at
    resumed = suspension.resume(account, actor=actor)
    if since is not None:
        put_off_clocks(account, by=timezone.now() - since)
    return resumed


def put_off_clocks(account: Account, *, by: timedelta) -> None:
    leads = Lead.objects.for_account(account)
    running = leads.filter(contact_due_at__isnull=False).order_by("pk").values_list("pk", flat=True)
    for ids in batched(list(running), BATCH):
        leads.filter(pk__in=ids).update(remind_at=F("remind_at") + by, contact_due_at=F("contact_due_at") + by)

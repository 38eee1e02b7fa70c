"""What would become of a lead, asked without writing or locking anything."""

from datetime import datetime

from accounts.models import Account
from leads.arrivals import Arrival
from leads.choosing import choose_owners
from leads.drafts import LeadDraft, normalise
from leads.outcomes import Context
from leads.placing import check_places
from leads.receive import apply_policy
from leads.recognising import NO_LOCK, recognise
from leads.seekers import Owner


def simulate(account: Account, draft: LeadDraft, *, context: Context, at: datetime | None = None) -> Owner:
    """Whom this draft would go to if it came now, or at another time, and why: the same steps as `receive`'s.

    Raises the DomainError it would be refused with.
    """
    arrival = Arrival(draft)
    normalise(draft, default_country=account.default_country)
    check_places(account, [arrival], context=context)
    if arrival.error:
        raise arrival.error
    recognise(account, [arrival], lock=NO_LOCK)
    apply_policy([arrival], context.on_duplicate or account.duplicate_policy)
    if arrival.error:
        raise arrival.error
    if not arrival.is_entering:
        # Sent again, or of a person whose lead is kept as it is: nothing is stored that could take a turn.
        return Owner("not_stored")
    choose_owners(account, [arrival], at=at, hold=False)
    assert arrival.owner is not None
    return arrival.owner

"""What would become of a lead, asked without writing or locking anything."""

from datetime import datetime

from accounts.models import Account
from leads.arrivals import Arrival
from leads.choosing import choose_owners
from leads.drafts import LeadDraft, normalise
from leads.outcomes import Context
from leads.placing import check_places
from leads.recognising import recognise
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
    recognise(account, [arrival], hold=False)
    choose_owners(account, [arrival], at=at, hold=False)
    assert arrival.owner is not None
    return arrival.owner

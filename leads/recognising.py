"""Which arrivals are of people the account already knows."""

from collections.abc import Collection, Sequence

from accounts.models import Account
from leadhub.lib.sql import fetch_together
from leads.arrivals import Arrival
from leads.drafts import Person
from leads.seekers import Known
from leads.sourceids import holders_of, source_ids

# The account is asked by a SELECT, or one that is new is taken for one with hardly a lead, and all of its leads are
# walked for each that comes; and ordered by the bare id, it would be walked in that order.
BY_EMAIL = """
SELECT 'email', email_key, id, owner_id FROM leads_lead
WHERE account_id = (SELECT %(account)s::bigint) AND email_key = ANY(%(emails)s::text[])
AND duplicate_of_id IS NULL AND deleted_at IS NULL ORDER BY id + 0"""
BY_PHONE = """
SELECT 'phone', phone_e164, id, owner_id FROM leads_lead
WHERE account_id = (SELECT %(account)s::bigint) AND phone_e164 = ANY(%(phones)s::text[]) AND email_key IS NULL
AND duplicate_of_id IS NULL AND deleted_at IS NULL ORDER BY id + 0"""
BY_PERSON = {"email": BY_EMAIL, "phone": BY_PHONE}
# A primary stays one until what is linked to it is in; its deletion waits, other arrivals do not.
SHARE = " FOR SHARE"
# Where the known lead is to be changed.
CHANGE = " FOR NO KEY UPDATE"
NO_LOCK = ""


def recognise(account: Account, arrivals: Sequence[Arrival], *, lock: str = SHARE) -> None:
    """Find what is sent again (same id, same source), then whose person is known, here or earlier in the batch.

    What is found is locked, by one of the words above.
    """
    recognise_source_ids(account, [arrival for arrival in arrivals if arrival.is_open], lock)
    recognise_people(account, [arrival for arrival in arrivals if arrival.is_open], lock)


def recognise_source_ids(account: Account, arrivals: Sequence[Arrival], lock: str) -> None:
    ids = [each for arrival in arrivals for each in source_ids(arrival.draft)]
    found = {each: Known(lead_id) for each, lead_id in holders_of(account, ids, lock=lock).items()}
    for arrival in arrivals:
        own = source_ids(arrival.draft)
        # Where both are given and name two leads, the external id, which comes first, wins.
        arrival.replays = next((found[each] for each in own if each in found), None)
        if arrival.replays is None:
            found |= dict.fromkeys(own, Known(earlier=arrival))


def recognise_people(account: Account, arrivals: Sequence[Arrival], lock: str) -> None:
    persons = [arrival.draft.person for arrival in arrivals]
    known = known_people(account, {person for person in persons if person}, lock)
    for arrival, person in zip(arrivals, persons, strict=True):
        if person:
            arrival.known = known.get(person)
            known.setdefault(person, Known(earlier=arrival))


def known_people(account: Account, people: Collection[Person], lock: str) -> dict[Person, Known]:
    """The stored primary of each of these people that has one; asked in one round trip."""
    keys = {kind: [key for its_kind, key in people if its_kind == kind] for kind in BY_PERSON}
    statements = [BY_PERSON[kind] + lock for kind in BY_PERSON if keys[kind]]
    if not statements:
        return {}
    rows = fetch_together(statements, account=account.pk, emails=keys["email"], phones=keys["phone"])
    return {(kind, key): Known(lead_id, owner_id) for found in rows for kind, key, lead_id, owner_id in found}

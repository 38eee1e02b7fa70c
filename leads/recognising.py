"""Which arrivals are of people the account already knows."""

from collections.abc import Collection, Sequence

from accounts.models import Account
from leadhub.lib.sql import fetch, fetch_together
from leads.arrivals import Arrival
from leads.drafts import LeadDraft
from leads.seekers import Known

# id + 0: ordered by the bare id, the planner would walk the whole account in that order to find one person.
BY_EMAIL = """
SELECT 'email', email_key, id, owner_id FROM leads_lead
WHERE account_id = %(account)s::bigint AND email_key = ANY(%(emails)s::text[])
AND duplicate_of_id IS NULL AND deleted_at IS NULL ORDER BY id + 0"""
BY_PHONE = """
SELECT 'phone', phone_e164, id, owner_id FROM leads_lead
WHERE account_id = %(account)s::bigint AND phone_e164 = ANY(%(phones)s::text[]) AND email_key IS NULL
AND duplicate_of_id IS NULL AND deleted_at IS NULL ORDER BY id + 0"""
BY_PERSON = {"email": BY_EMAIL, "phone": BY_PHONE}
BY_EXTERNAL_ID = """
SELECT lead_source_id, external_id, seller_lead_id, id FROM leads_lead
WHERE account_id = %(account)s::bigint AND lead_source_id = ANY(%(sources)s::bigint[]) AND deleted_at IS NULL
AND (external_id = ANY(%(externals)s::text[]) OR seller_lead_id = ANY(%(sellers)s::text[])) ORDER BY id + 0"""

# A primary stays one until what is linked to it is in; its deletion waits, other arrivals do not.
SHARE = " FOR SHARE"
# Where the known lead is to be changed.
CHANGE = " FOR NO KEY UPDATE"
NO_LOCK = ""


def recognise(account: Account, arrivals: Sequence[Arrival], *, lock: str = SHARE) -> None:
    """Find what is sent again (same id, same source), then whose person is known, here or earlier in the batch.

    What is found is locked, by one of the words above.
    """
    recognise_external_ids(account, [arrival for arrival in arrivals if arrival.is_open], lock)
    recognise_people(account, [arrival for arrival in arrivals if arrival.is_open], lock)


def recognise_external_ids(account: Account, arrivals: Sequence[Arrival], lock: str) -> None:
    carrying = [a for a in arrivals if a.draft.lead_source_id and (a.draft.external_id or a.draft.seller_lead_id)]
    if not carrying:
        return
    rows = fetch(
        BY_EXTERNAL_ID + lock,
        account=account.pk,
        sources=list({arrival.draft.lead_source_id for arrival in carrying}),
        externals=[arrival.draft.external_id for arrival in carrying],
        sellers=[arrival.draft.seller_lead_id for arrival in carrying],
    )
    found: dict[tuple[int, str, str], Known] = {}
    for source_id, external_id, seller_id, lead_id in rows:
        found[source_id, "external", external_id] = found[source_id, "seller", seller_id] = Known(lead_id)
    for arrival in carrying:
        ids = external_ids(arrival.draft)
        # Where both are given and name two leads, the external id, which comes first, wins.
        arrival.replays = next((found[each] for each in ids if each in found), None)
        if arrival.replays is None:
            found |= dict.fromkeys(ids, Known(earlier=arrival))


def external_ids(draft: LeadDraft) -> list[tuple[int, str, str]]:
    """What names this lead at its source; the external id before the seller's."""
    given = (("external", draft.external_id), ("seller", draft.seller_lead_id))
    return [(draft.lead_source_id, kind, value) for kind, value in given if value and draft.lead_source_id]


def recognise_people(account: Account, arrivals: Sequence[Arrival], lock: str) -> None:
    persons = [arrival.draft.person for arrival in arrivals]
    known = known_people(account, {person for person in persons if person}, lock)
    for arrival, person in zip(arrivals, persons, strict=True):
        if person:
            arrival.known = known.get(person)
            known.setdefault(person, Known(earlier=arrival))


def known_people(account: Account, people: Collection[tuple[str, str]], lock: str) -> dict[tuple[str, str], Known]:
    """The stored primary of each of these people that has one; asked in one round trip."""
    keys = {kind: [key for its_kind, key in people if its_kind == kind] for kind in BY_PERSON}
    statements = [BY_PERSON[kind] + lock for kind in BY_PERSON if keys[kind]]
    if not statements:
        return {}
    rows = fetch_together(statements, account=account.pk, emails=keys["email"], phones=keys["phone"])
    return {(kind, key): Known(lead_id, owner_id) for found in rows for kind, key, lead_id, owner_id in found}

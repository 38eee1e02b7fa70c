"""At most one live lead stands for a person: who takes over when that one goes, and whom one that comes back joins."""

from collections.abc import Collection, Sequence

from accounts import audit
from accounts.actors import Actor
from accounts.models import Account, AuditEntry, Event
from leadhub.lib.sql import fetch
from leads.drafts import Person, person_of
from leads.locking import lock
from leads.models import Lead
from leads.recognising import CHANGE, known_people

# The oldest of the live duplicates takes the place, and the others become its own.
PROMOTE = """
WITH heirs AS (
    SELECT DISTINCT ON (duplicate_of_id) duplicate_of_id AS gone, id FROM leads_lead
    WHERE account_id = %(account)s::bigint AND duplicate_of_id = ANY(%(gone)s::bigint[]) AND deleted_at IS NULL
    ORDER BY duplicate_of_id, id
)
UPDATE leads_lead SET duplicate_of_id = nullif(heirs.id, leads_lead.id), updated_at = statement_timestamp()
FROM heirs
WHERE leads_lead.account_id = %(account)s::bigint AND leads_lead.duplicate_of_id = heirs.gone
AND leads_lead.deleted_at IS NULL
RETURNING leads_lead.id, heirs.gone, leads_lead.duplicate_of_id
"""


def promote_heirs(account: Account, gone: Collection[int], *, actor: Actor) -> None:
    """Let the oldest live duplicate of each of these leads, which stand for their persons no longer, take its place."""
    # First, and in a statement of its own: one of them that is just being deleted is no heir.
    lock(Lead.objects.for_account(account).live().filter(duplicate_of__in=list(gone)))
    AuditEntry.objects.bulk_create(
        audit.entry(
            Lead(id=lead_id, account=account), Event.LEAD_UPDATED, actor=actor, changes={"duplicate_of_id": [was, now]}
        )
        for lead_id, was, now in sorted(fetch(PROMOTE, account=account.pk, gone=list(gone)))
    )


def primary_of(account: Account, person: Person | None) -> int | None:
    """The lead that stands for this person; locked, so that it stays it."""
    return primaries_of(account, {person}).get(person) if person else None


def primaries_of(account: Account, people: Collection[Person]) -> dict[Person, int]:
    return {person: known.lead_id for person, known in known_people(account, people, CHANGE).items() if known.lead_id}


def places_of(account: Account, leads: Sequence[Lead]) -> dict[int, int | None]:
    """By id the lead that each of these joins when it comes back, or None where it stands for its person itself."""
    persons = {lead.pk: person_of(lead.email_key, lead.phone_e164) for lead in leads}
    primaries = primaries_of(account, {person for person in persons.values() if person})
    joined = {pk: primaries.setdefault(person, pk) if person else pk for pk, person in persons.items()}
    return {pk: None if primary == pk else primary for pk, primary in joined.items()}

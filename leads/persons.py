"""At most one live lead stands for a person: who takes over when that one goes, and whom one that comes back joins."""

from collections.abc import Collection

from django.db import connection

from accounts.models import Account
from leads.locking import lock
from leads.models import Lead

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
"""


def promote_heirs(account: Account, gone: Collection[int]) -> None:
    """Let the oldest live duplicate of each of these leads, which stand for their persons no longer, take its place."""
    # First, and in a statement of its own: one of them that is just being deleted is no heir.
    lock(Lead.objects.for_account(account).live().filter(duplicate_of__in=list(gone)))
    with connection.cursor() as cursor:
        cursor.execute(PROMOTE, {"account": account.pk, "gone": list(gone)})


def primary_of(account: Account, email_key: str | None, phone_e164: str | None) -> int | None:
    """The lead that stands for the person with this e-mail, or without one this phone; locked, so that it stays it."""
    primaries = Lead.objects.for_account(account).primaries()
    if email_key:
        found = primaries.filter(email_key=email_key)
    elif phone_e164:
        found = primaries.filter(email_key=None, phone_e164=phone_e164)
    else:
        return None
    return next((lead.pk for lead in lock(found)), None)

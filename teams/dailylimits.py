"""How many leads a source may still send today: counted in a row of its own, so that two doors at once agree."""

from datetime import date

from accounts.models import Account
from leadhub.lib.sql import fetch
from teams.models import LeadSource

HOLD = """
INSERT INTO teams_sourceday AS today (account_id, source_id, day, taken)
VALUES (%(account)s::bigint, %(source)s::bigint, %(day)s::date, 0)
ON CONFLICT (account_id, source_id, day) DO UPDATE SET taken = today.taken RETURNING taken
"""
COUNT = """
UPDATE teams_sourceday SET taken = taken + %(leads)s::integer
WHERE account_id = %(account)s::bigint AND source_id = %(source)s::bigint AND day = %(day)s::date RETURNING taken
"""


def room_left(account: Account, source: LeadSource, day: date) -> int:
    """How many leads the source may send that day; its other leads wait until this transaction ends."""
    [(taken,)] = fetch(HOLD, account=account.pk, source=source.pk, day=day)
    return max((source.daily_limit or 0) - int(taken), 0)


def count_leads(account: Account, source: LeadSource, day: date, leads: int) -> None:
    fetch(COUNT, account=account.pk, source=source.pk, day=day, leads=leads)

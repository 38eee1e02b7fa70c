"""What came of what each source sent: today, and in thirty days, by days in UTC as the daily limits count them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Account
from leadhub.lib.sql import fetch
from leadhub.lib.times import midnight

DAYS = 30


@dataclass(frozen=True, slots=True)
class Tally:
    """Leads stored; those of people known before, whether stored or, by policy, not; and refused payloads kept."""

    accepted: int = 0
    duplicate: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class SourceCounts:
    today: Tally = Tally()
    month: Tally = Tally()
    last_used_at: datetime | None = None


COUNT = """
WITH taken AS (
    SELECT lead_source_id AS source,
        count(*) FILTER (WHERE created_at >= %(today)s::timestamptz) AS today, count(*) AS month
    FROM leads_lead
    WHERE account_id = %(account)s::bigint AND lead_source_id = ANY(%(sources)s::bigint[])
    AND created_at >= %(since)s::timestamptz GROUP BY lead_source_id
), again AS (
    SELECT (additional_data ->> 'lead_source_id')::bigint AS source,
        count(*) FILTER (WHERE timestamp >= %(today)s::timestamptz) AS today, count(*) AS month
    FROM accounts_auditentry
    WHERE account_id = %(account)s::bigint AND event = 'lead_seen_again'
    AND (additional_data ->> 'lead_source_id')::bigint = ANY(%(sources)s::bigint[])
    AND timestamp >= %(since)s::timestamptz
    AND (additional_data ->> 'outcome' IN ('linked', 'updated', 'skipped')
        OR additional_data ->> 'code' = 'duplicate_lead') GROUP BY 1
), refused AS (
    SELECT lead_source_id AS source,
        count(*) FILTER (WHERE created_at >= %(today)s::timestamptz) AS today, count(*) AS month
    FROM intake_quarantinedlead
    WHERE account_id = %(account)s::bigint AND lead_source_id = ANY(%(sources)s::bigint[])
    AND created_at >= %(since)s::timestamptz GROUP BY lead_source_id
), used AS (
    SELECT own.source_id AS source, max(key.last_used_at) AS at
    FROM teams_sourcekey own JOIN accounts_apikey key ON key.id = own.key_id
    WHERE own.account_id = %(account)s::bigint AND own.source_id = ANY(%(sources)s::bigint[]) GROUP BY own.source_id
)
SELECT wanted.id, coalesce(taken.today, 0), coalesce(again.today, 0), coalesce(refused.today, 0),
    coalesce(taken.month, 0), coalesce(again.month, 0), coalesce(refused.month, 0), used.at
FROM unnest(%(sources)s::bigint[]) AS wanted (id)
LEFT JOIN taken ON taken.source = wanted.id LEFT JOIN again ON again.source = wanted.id
LEFT JOIN refused ON refused.source = wanted.id LEFT JOIN used ON used.source = wanted.id
"""


def counts_of(account: Account, source_ids: Collection[int]) -> dict[int, SourceCounts]:
    """The counts of each of these sources of the account, in one statement."""
    if not source_ids:
        return {}
    today = midnight(timezone.now())
    since = today - timedelta(days=DAYS - 1)
    rows = fetch(COUNT, account=account.pk, sources=list(source_ids), today=today, since=since)
    return {row[0]: SourceCounts(Tally(*row[1:4]), Tally(*row[4:7]), row[7]) for row in rows}

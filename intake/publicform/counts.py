"""What came of what was sent by each form: today, and in thirty days, by days in UTC."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts.models import Account
from intake.models import Form
from leadhub.lib.sql import fetch
from leadhub.lib.times import midnight

DAYS = 30


@dataclass(frozen=True, slots=True)
class FormCounts:
    """Leads taken in, and what was kept in quarantine instead."""

    leads_today: int = 0
    leads: int = 0
    kept_today: int = 0
    kept: int = 0


COUNT = """
WITH taken AS (
    SELECT attribution ->> 'form' AS form,
        count(*) FILTER (WHERE created_at >= %(today)s::timestamptz) AS today, count(*) AS month
    FROM leads_lead
    WHERE account_id = %(account)s::bigint AND door = 'form' AND attribution ->> 'form' = ANY(%(forms)s::text[])
    AND created_at >= %(since)s::timestamptz GROUP BY attribution ->> 'form'
), kept AS (
    SELECT form_id AS form,
        count(*) FILTER (WHERE created_at >= %(today)s::timestamptz) AS today, count(*) AS month
    FROM intake_quarantinedlead
    WHERE account_id = %(account)s::bigint AND form_id = ANY(%(ids)s::bigint[])
    AND created_at >= %(since)s::timestamptz GROUP BY form_id
)
SELECT wanted.id, coalesce(taken.today, 0), coalesce(taken.month, 0), coalesce(kept.today, 0), coalesce(kept.month, 0)
FROM unnest(%(ids)s::bigint[], %(forms)s::text[]) AS wanted (id, form)
LEFT JOIN taken ON taken.form = wanted.form LEFT JOIN kept ON kept.form = wanted.id
"""


def counts_of(account: Account, forms: Sequence[Form]) -> dict[int, FormCounts]:
    """The counts of each of these forms of the account, in one statement."""
    if not forms:
        return {}
    today = midnight(timezone.now())
    rows = fetch(
        COUNT,
        account=account.pk,
        ids=[form.pk for form in forms],
        forms=[form.public_id for form in forms],
        today=today,
        since=today - timedelta(days=DAYS - 1),
    )
    return {row[0]: FormCounts(*row[1:]) for row in rows}

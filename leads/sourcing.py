"""The rules of the source that sends a lead itself, and what the source adds to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, User
from leadhub.lib.sql import fetch
from leadhub.lib.times import midnight
from leads.arrivals import Arrival
from leads.drafts import TAGS, unique
from leads.outcomes import Context
from teams.dailylimits import count_leads, room_left
from teams.models import LeadSource
from teams.sourcerules import DailyLimitReached, refusal
from teams.sourcing import change_source


def default_country(account: Account, context: Context) -> str:
    """As of which country phone numbers without a country code are read."""
    return (context.own_source.default_country if context.own_source else "") or account.default_country


def apply_source_rules(arrivals: Sequence[Arrival], source: LeadSource | None) -> None:
    """Refuse what the source may not send, and tag what it may."""
    if source is None:
        return
    for arrival in arrivals:
        arrival.error = arrival.error or refusal(source, arrival.draft)
        arrival.draft.tags = tagged(arrival.draft.tags, source.default_tags)


def tagged(tags: Sequence[str], default: Sequence[str]) -> list[str]:
    """All of the source's, and of the lead's as many as there is room for."""
    own = [tag for tag in unique(tags) if tag not in default]
    return [*own[: TAGS - len(default)], *unique(default)]


@dataclass(frozen=True, slots=True)
class Day:
    """A day, in UTC, of a source with a limit: how many leads it may still send; its others wait for the commit."""

    source: LeadSource
    limit: int
    date: date
    room: int


def hold_day(account: Account, arrivals: Sequence[Arrival], source: LeadSource | None) -> Day | None:
    """The source's day, held; None without a limit. Before it is asked who is known: whoever waited here sees more."""
    if source is None or source.daily_limit is None or not any(arrival.is_open for arrival in arrivals):
        return None
    today = timezone.now().astimezone(UTC).date()
    return Day(source, source.daily_limit, today, room_left(account, source, today))


BEGIN = """
INSERT INTO teams_sourceday AS today (account_id, source_id, day, taken)
SELECT %(account)s::bigint, %(source)s::bigint, %(day)s::date, count(*) FROM leads_lead
WHERE account_id = %(account)s::bigint AND lead_source_id = %(source)s::bigint AND door = 'source'
AND created_at >= %(since)s::timestamptz AND created_at < %(since)s::timestamptz + interval '1 day'
ON CONFLICT (account_id, source_id, day) DO UPDATE SET taken = greatest(today.taken, excluded.taken) RETURNING taken
"""


def begin_day(source: LeadSource) -> None:
    """Count what the source has sent today already: a limit that is set at noon holds for the whole day."""
    since = midnight(timezone.now())
    fetch(BEGIN, account=source.account_id, source=source.pk, day=since.date(), since=since)


@transaction.atomic(savepoint=False)
def change_rules(source: LeadSource, *, team_ids: Sequence[int] | None, by: User | None, **fields: Any) -> None:
    """Change these fields of a source, and a limit with what it counts. Raises NotOneOfTheTeams."""
    change_source(source, team_ids=team_ids, by=by, **fields)
    if fields.get("daily_limit"):
        begin_day(source)


def apply_daily_limit(account: Account, arrivals: Sequence[Arrival], day: Day | None) -> None:
    """Refuse what is beyond the source's limit, and count what is not; the count is kept with the leads."""
    if day is None:
        return
    for arrival in arrivals[day.room :]:
        arrival.refuse(DailyLimitReached(day.limit))
    if taken := min(day.room, len(arrivals)):
        count_leads(account, day.source, day.date, taken)

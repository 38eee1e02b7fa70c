"""The rules of the source that sends a lead itself, and what the source adds to it."""

from collections.abc import Sequence
from datetime import UTC, date

from django.utils import timezone

from accounts.models import Account
from leads.arrivals import Arrival
from leads.drafts import unique
from leads.outcomes import Context
from teams.dailylimits import count_leads, room_left
from teams.models import LeadSource
from teams.sourcerules import DailyLimitReached, refusal

TAGS = 50


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


def apply_daily_limit(account: Account, arrivals: Sequence[Arrival], source: LeadSource | None) -> None:
    """Refuse what is beyond the source's limit of leads a day, in UTC; the count is kept with the leads.

    Whether it is reached is decided one lead after another: the others of the source wait for the commit.
    """
    if source is None or source.daily_limit is None or not arrivals:
        return
    today: date = timezone.now().astimezone(UTC).date()
    room = room_left(account, source, today)
    for arrival in arrivals[room:]:
        arrival.refuse(DailyLimitReached(source.daily_limit))
    if room:
        count_leads(account, source, today, min(room, len(arrivals)))

"""Counting how often somebody comes in a minute: exact across processes and machines, by the database's clock."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F

from accounts.models import RateCount
from leadhub.lib.sql import fetch

WINDOW = 60
KEPT = timedelta(minutes=10)

# The narrow row is always taken before the wide one, so two requests never wait for each other. Who is over his own
# limit does not use up what he shares with others.
COUNT = """
WITH own AS (
    INSERT INTO accounts_ratecount AS counted (minute, subject, count)
    VALUES (floor(extract(epoch FROM statement_timestamp()) / 60), %(subject)s::text, 1)
    ON CONFLICT (minute, subject) DO UPDATE SET count = counted.count + 1
    RETURNING minute, count
), shared AS (
    INSERT INTO accounts_ratecount AS counted (minute, subject, count)
    SELECT own.minute, %(within)s::text, 1 FROM own
    WHERE %(within)s::text IS NOT NULL AND own.count <= %(limit)s::integer
    ON CONFLICT (minute, subject) DO UPDATE SET count = counted.count + 1
    RETURNING count
)
SELECT own.count, shared.count, extract(epoch FROM statement_timestamp())::float8 FROM own LEFT JOIN shared ON true
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """The number of a request in its minute; `within` is its number in what it shares, None where it did not count."""

    own: int
    within: int | None
    at: float


def count(subject: str, *, limit: int, within: str | None = None) -> Counted:
    """Count one more of this subject; and of `within`, unless the subject is over its limit.

    One statement, to be committed by itself: inside a transaction, all who share the subject would wait for its end.
    """
    [(own, shared, at)] = fetch(COUNT, subject=subject, within=within, limit=limit)
    return Counted(own, shared, at)


def take_back(*subjects: str, counted: Counted) -> None:
    """Count one less of each in the minute that was counted; each in a statement of its own, which waits for nobody."""
    minute = int(counted.at) // WINDOW
    for subject in subjects:
        RateCount.objects.filter(minute=minute, subject=subject).update(count=F("count") - 1)


def forget_old() -> int:
    """Delete the counts of minutes that are over; answers how many."""
    newest = fetch("SELECT floor(extract(epoch FROM statement_timestamp()) / 60)::bigint")[0][0]
    gone, _ = RateCount.objects.filter(minute__lt=newest - KEPT // timedelta(minutes=1)).delete()
    return gone

"""When a rep works: weekly hours in his time zone, less days off and holidays. Pure: no clock, no query, no row.

Membership is asked of the wall clock, durations are real time: an hour that the clock shows twice counts twice, one
that it skips counts nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from leadhub.lib.errors import Invalid

# Minutes after midnight: from the first until before the second, which at the end of a day is DAY_END.
type Range = tuple[int, int]
# Per weekday, Monday first, the ranges in order.
type Week = tuple[tuple[Range, ...], ...]

DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
RANGES_A_DAY = 6
DAY_END = 24 * 60
WHOLE_DAY: tuple[Range, ...] = ((0, DAY_END),)
CLOCK_TIME = re.compile("(?:([01][0-9]|2[0-3]):([0-5][0-9]))|24:00")

DAY = timedelta(days=1)
# How far ahead working time is looked for.
HORIZON = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When somebody works: weekly hours in a time zone (None: always), less days off and the account's holidays.

    A day off is its first and its last day, both included; these and the holidays are days in his zone.
    """

    zone: ZoneInfo
    week: Week | None
    days_off: tuple[tuple[date, date], ...] = ()
    holidays: frozenset[date] = frozenset()

    def left_out(self, at: datetime) -> str:
        """Why he does not work now: "holiday", "day off" or "off hours"; empty when he does."""
        local = at.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        inside = any(start <= minute < end for start, end in self.hours_of(local.date()))
        return self.day_left_out(local.date()) or ("" if inside else "off hours")

    def local_day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def add_working(self, at: datetime, minutes: float | timedelta) -> datetime | None:
        """The first instant at which that much working time has passed since `at`; None when not within 366 days."""
        left = minutes if isinstance(minutes, timedelta) else timedelta(minutes=minutes)
        if left <= timedelta(0):
            return at.astimezone(UTC)
        for start, end in self.working_from(at):
            if left <= end - start:
                return start + left
            left -= end - start
        return None

    def next_start(self, at: datetime) -> datetime | None:
        """The next instant at which he works, `at` itself if he works now; None when not within 366 days."""
        return next((start for start, _ in self.working_from(at)), None)

    def working_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans he works in, in order and in UTC, from `at` up to the horizon."""
        at = at.astimezone(UTC)
        horizon = at + HORIZON
        if self.week is None and not self.days_off and not self.holidays:
            yield at, horizon
            return
        while at < horizon:
            offset = offset_at(self.zone, at)
            until = steady_until(self.zone, at, min(at + DAY, horizon))
            for start, end in self.working_between(at + offset, until + offset):
                yield start - offset, end - offset
            at = until

    def working_between(self, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The parts of this stretch of wall time, one in which no clock is changed, that he works in."""
        midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
        while midnight < last:
            for opens, closes in () if self.day_left_out(midnight.date()) else self.hours_of(midnight.date()):
                start = max(first, midnight + timedelta(minutes=opens))
                end = min(last, midnight + timedelta(minutes=closes))
                if start < end:
                    yield start, end
            midnight += DAY

    def hours_of(self, day: date) -> tuple[Range, ...]:
        return WHOLE_DAY if self.week is None else self.week[day.weekday()]

    def day_left_out(self, day: date) -> str:
        if day in self.holidays:
            return "holiday"
        return "day off" if any(first <= day <= last for first, last in self.days_off) else ""


def offset_at(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def steady_until(zone: ZoneInfo, at: datetime, until: datetime) -> datetime:
    """The instant at which the zone's clocks are changed after `at`, or `until` when that comes first.

    No place has changed its clocks forth and back within a day, so the two ends tell.
    """
    offset = offset_at(zone, at)
    if offset_at(zone, until) == offset:
        return until
    same, other = at, until
    while other - same > timedelta.resolution:
        middle = same + (other - same) / 2
        if offset_at(zone, middle) == offset:
            same = middle
        else:
            other = middle
    return other


def parse_week(value: Any) -> Week | None:
    """The weekly hours in `{"mon": [["09:00", "17:00"]], ...}`; None, always, for null and {}. Raises Invalid."""
    if value is None or value == {}:
        return None
    if not isinstance(value, dict):
        raise wrong('Working hours are given by day, like {"mon": [["09:00", "17:00"]]}.')
    for key in value:
        if key not in DAYS:
            raise wrong(f"There is no day {str(key)[:20]!a}; the days are {', '.join(DAYS)}.")
    return tuple(parse_day(name, value.get(key, [])) for key, name in DAYS.items())


def parse_day(name: str, value: Any) -> tuple[Range, ...]:
    if not isinstance(value, list):
        raise wrong(f'{name}: give a list of hours, like [["09:00", "17:00"]], or [] for none.')
    if len(value) > RANGES_A_DAY:
        raise wrong(f"{name}: a day has at most {RANGES_A_DAY} shifts.")
    ranges = tuple(parse_range(name, item) for item in value)
    if any(later[0] < earlier[1] for earlier, later in pairwise(ranges)):
        raise wrong(f"{name}: the hours must be in order and must not overlap.")
    return ranges


def parse_range(name: str, value: Any) -> Range:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise wrong(f'{name}: hours are a start and an end, like ["09:00", "17:00"].')
    start, end = parse_time(name, value[0]), parse_time(name, value[1])
    if start == DAY_END:
        raise wrong(f"{name}: only an end can be 24:00; a day starts at 00:00.")
    if start >= end:
        raise wrong(
            f"{name}: {value[0]} to {value[1]} does not end after it starts. "
            "Work past midnight ends at 24:00 and goes on at 00:00 the next day."
        )
    return start, end


def parse_time(name: str, value: Any) -> int:
    found = CLOCK_TIME.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise wrong(f"{name}: {str(value)[:20]!a} is no time; write hours and minutes, from 00:00 to 24:00.")
    hour, minute = found.groups()
    return int(hour) * 60 + int(minute) if hour else DAY_END


def wrong(message: str) -> Invalid:
    return Invalid(message, field="working_hours")


def week_as_json(week: Week | None) -> dict[str, list[list[str]]] | None:
    """The inverse of `parse_week`: the days with hours, or every day when none has any, for {} would be always."""
    if week is None:
        return None
    days = {key: [[clock(start), clock(end)] for start, end in week[day]] for day, key in enumerate(DAYS)}
    return {key: ranges for key, ranges in days.items() if ranges} or days


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"

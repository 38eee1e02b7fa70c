"""Working hours: pure, exact where clocks are changed, and held to a count of minutes by random weeks."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.zones import checked_zone, zone_of
from leadhub.lib.errors import Invalid
from teams.hours import DAYS, Schedule, parse_week, week_as_json

BERLIN, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
OFFICE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
ROUND_THE_CLOCK = {day: [["00:00", "24:00"]] for day in DAYS}
MINUTE = timedelta(minutes=1)

# A zone, and an instant (UTC) at or near which its clocks are changed.
CHANGES = [
    ("Europe/Berlin", "2026-03-29T01:00"),
    ("Europe/Berlin", "2026-10-25T01:00"),
    ("America/New_York", "2026-03-08T07:00"),
    ("America/New_York", "2026-11-01T06:00"),
    ("Australia/Lord_Howe", "2026-04-04T15:00"),
    ("Australia/Lord_Howe", "2026-10-03T15:30"),
    ("Asia/Kathmandu", "1985-12-31T18:30"),
    ("Africa/Casablanca", "2026-02-15T02:00"),
    ("Africa/Casablanca", "2026-03-22T02:00"),
    ("Pacific/Apia", "2011-12-30T10:00"),
    ("America/Sao_Paulo", "2018-11-04T03:00"),
    ("UTC", "2026-01-01T00:00"),
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def schedule(zone: str, week: Any, **less: Any) -> Schedule:
    return Schedule(ZoneInfo(zone), parse_week(week), **less)


@st.composite
def days(draw: st.DrawFn) -> list[list[str]]:
    """The hours of one day, often up to its end."""
    edge = st.one_of(st.sampled_from([0, 60, 120, 180, 1440]), st.integers(0, 1440))
    edges = sorted(draw(st.sets(edge, max_size=8)))
    times = [f"{minute // 60:02}:{minute % 60:02}" for minute in edges[: len(edges) // 2 * 2]]
    return [list(pair) for pair in zip(times[::2], times[1::2], strict=True)]


weeks = st.one_of(st.none(), st.fixed_dictionaries({}, optional={day: days() for day in DAYS}))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Schedule, dict[str, Any] | None, datetime]:
    """A schedule, its week as given, and an instant, a whole minute, within two days of a change of its clocks."""
    zone, change = draw(st.sampled_from(CHANGES))
    at = utc(change) + draw(st.integers(-2880, 2880)) * MINUTE
    near = st.integers(-3, 4).map(lambda day: at.date() + timedelta(day))
    days_off = draw(st.lists(st.tuples(near, near).map(lambda pair: (min(pair), max(pair))), max_size=2))
    week = draw(weeks)
    less = {"days_off": tuple(days_off), "holidays": draw(st.frozensets(near, max_size=2))}
    return schedule(zone, week, **less), week, at


def works(schedule: Schedule, week: dict[str, Any] | None, at: datetime) -> bool:
    """The same by the text of the wall clock alone."""
    local = at.astimezone(schedule.zone)
    off = any(first <= local.date() <= last for first, last in schedule.days_off)
    if off or local.date() in schedule.holidays:
        return False
    hours = (week or ROUND_THE_CLOCK).get(list(DAYS)[local.weekday()], [])
    return any(start <= local.strftime("%H:%M") < end for start, end in hours)


@given(cases())
def test_who_is_left_out_is_read_off_the_wall_clock(case: tuple[Schedule, dict[str, Any] | None, datetime]) -> None:
    him, week, at = case

    assert (him.left_out(at) == "") == works(him, week, at)
    assert him.left_out(at) == him.left_out(at + timedelta(seconds=59, microseconds=999_999))


@given(cases(), st.integers(0, 2000))
def test_working_time_is_a_count_of_minutes(
    case: tuple[Schedule, dict[str, Any] | None, datetime], minutes: int
) -> None:
    him, week, at = case
    passed, counted = at, 0
    while counted < minutes and passed < at + timedelta(days=3):
        counted += works(him, week, passed)
        passed += MINUTE

    found = him.add_working(at, minutes)

    if counted == minutes:
        assert found == passed
    else:
        assert found is None or found > passed


@given(cases())
def test_the_next_start_is_the_first_minute_of_work(case: tuple[Schedule, dict[str, Any] | None, datetime]) -> None:
    him, week, at = case
    minutes = (at + n * MINUTE for n in range(3 * 24 * 60))
    first = next((minute for minute in minutes if works(him, week, minute)), None)

    found = him.next_start(at)

    if first:
        assert found == first
    else:
        assert found is None or found >= at + timedelta(days=3)


@given(cases(), st.floats(0, 3000), st.timedeltas(timedelta(0), timedelta(days=3)))
def test_who_begins_later_is_never_done_earlier(
    case: tuple[Schedule, dict[str, Any] | None, datetime], minutes: float, later: timedelta
) -> None:
    him, _, at = case

    done, done_later = him.add_working(at, minutes), him.add_working(at + later, minutes)

    assert done is None or done_later is None or at <= done <= done_later


@given(cases(), st.timedeltas(timedelta(0), timedelta(days=1)), st.timedeltas(timedelta(0), timedelta(days=1)))
def test_working_time_adds_up(
    case: tuple[Schedule, dict[str, Any] | None, datetime], first: timedelta, second: timedelta
) -> None:
    him, _, at = case

    between, whole = him.add_working(at, first), him.add_working(at, first + second)

    assert whole is None or (between is not None and him.add_working(between, second) == whole)


@pytest.mark.parametrize(
    ("at", "why"),
    [
        ("2026-01-05T07:59:59", "off hours"),
        ("2026-01-05T08:00", ""),
        ("2026-01-05T15:59:59", ""),
        ("2026-01-05T16:00", "off hours"),
        ("2026-01-04T10:00", "off hours"),
        ("2026-07-06T06:59", "off hours"),
        ("2026-07-06T07:00", ""),
        ("2026-01-06T10:00", "holiday"),
        ("2026-01-07T10:00", "day off"),
        ("2026-01-08T23:00", "off hours"),
        ("2026-01-08T22:59", "day off"),
        ("2026-01-06T23:00", "day off"),
        ("2026-01-06T22:59", "holiday"),
    ],
)
def test_left_out_says_why(at: str, why: str) -> None:
    him = Schedule(
        BERLIN,
        parse_week(OFFICE),
        days_off=((date(2026, 1, 6), date(2026, 1, 8)),),
        holidays=frozenset({date(2026, 1, 6)}),
    )

    assert him.left_out(utc(at)) == why


def test_the_local_day_is_that_of_the_zone() -> None:
    assert schedule("Pacific/Apia", None).local_day(utc("2026-01-05T11:00")) == date(2026, 1, 6)
    assert schedule("America/New_York", None).local_day(utc("2026-01-05T04:59")) == date(2026, 1, 4)


NIGHT = {"sat": [["22:00", "24:00"]], "sun": [["00:00", "06:00"]]}


@pytest.mark.parametrize(
    ("zone", "week", "at", "minutes", "done"),
    [
        # Friday's last hour, and Monday's first.
        ("Europe/Berlin", OFFICE, "2026-01-09T15:00", 120, "2026-01-12T09:00"),
        # The end of a shift is the end of its working time, not the beginning of the next.
        ("Europe/Berlin", OFFICE, "2026-01-09T15:00", 60, "2026-01-09T16:00"),
        # Berlin's clocks go forward at 01:00 UTC: over the weekend nine o'clock comes an hour earlier.
        ("Europe/Berlin", OFFICE, "2026-03-27T15:30", 60, "2026-03-30T07:30"),
        ("Europe/Berlin", OFFICE, "2026-10-23T14:30", 60, "2026-10-26T08:30"),
        # A night of eight hours on the clock is seven, and in autumn nine.
        ("Europe/Berlin", NIGHT, "2026-03-28T21:00", 7 * 60, "2026-03-29T04:00"),
        ("Europe/Berlin", NIGHT, "2026-10-24T20:00", 9 * 60, "2026-10-25T05:00"),
        # From 02:00 to 03:00: an hour that does not come, and one that comes twice.
        ("Europe/Berlin", {"sun": [["02:00", "03:00"]]}, "2026-03-28T12:00", 1, "2026-04-05T00:01"),
        ("Europe/Berlin", {"sun": [["02:00", "03:00"]]}, "2026-10-24T12:00", 120, "2026-10-25T02:00"),
        # From 02:00 to 02:30 comes twice, with half an hour between.
        ("Europe/Berlin", {"sun": [["02:00", "02:30"]]}, "2026-10-24T12:00", 30, "2026-10-25T00:30"),
        ("Europe/Berlin", {"sun": [["02:00", "02:30"]]}, "2026-10-24T12:00", 31, "2026-10-25T01:01"),
        ("America/New_York", {"sun": [["01:00", "04:00"]]}, "2026-03-08T06:00", 120, "2026-03-08T08:00"),
        ("America/New_York", {"sun": [["01:00", "04:00"]]}, "2026-11-01T05:00", 240, "2026-11-01T09:00"),
        # Lord Howe's clocks change by half an hour.
        ("Australia/Lord_Howe", {"sun": [["01:00", "03:00"]]}, "2026-04-04T14:00", 150, "2026-04-04T16:30"),
        ("Australia/Lord_Howe", {"sun": [["01:00", "03:00"]]}, "2026-10-03T14:30", 90, "2026-10-03T16:00"),
        ("Asia/Kathmandu", OFFICE, "2026-01-05T00:00", 60, "2026-01-05T04:15"),
        # Samoa had no Friday, 30 December 2011.
        ("Pacific/Apia", {"fri": [["09:00", "17:00"]]}, "2011-12-29T12:00", 60, "2012-01-05T20:00"),
        ("Pacific/Apia", ROUND_THE_CLOCK, "2011-12-30T09:00", 120, "2011-12-30T11:00"),
        # Always is real time, whatever the clocks do.
        ("Europe/Berlin", None, "2026-03-29T00:00", 120, "2026-03-29T02:00"),
        ("Europe/Berlin", OFFICE, "2026-01-10T12:00", 0, "2026-01-10T12:00"),
        ("Europe/Berlin", OFFICE, "2026-01-09T15:00", 0.5, "2026-01-09T15:00:30"),
    ],
)
def test_working_time_passes_as_the_table_says(zone: str, week: Any, at: str, minutes: float, done: str) -> None:
    assert schedule(zone, week).add_working(utc(at), minutes) == utc(done)
    assert schedule(zone, week).add_working(utc(at).astimezone(ZoneInfo("Asia/Tokyo")), minutes) == utc(done)


def test_a_shift_past_midnight_is_interrupted_by_a_holiday_that_begins() -> None:
    him = schedule("UTC", NIGHT, holidays=frozenset({date(2026, 1, 4)}))

    assert him.add_working(utc("2026-01-03T22:00"), 121) == utc("2026-01-10T22:01")


@pytest.mark.parametrize(
    ("week", "days_off", "at", "start"),
    [
        (OFFICE, (), "2026-01-09T12:34:56.789", "2026-01-09T12:34:56.789"),
        (OFFICE, (), "2026-01-09T17:00", "2026-01-12T09:00"),
        (OFFICE, ((date(2026, 1, 12), date(2026, 1, 13)),), "2026-01-09T17:00", "2026-01-14T09:00"),
        (None, ((date(2026, 1, 12), date(2026, 1, 13)),), "2026-01-12T08:00", "2026-01-14T00:00"),
        (None, (), "2026-01-12T08:00", "2026-01-12T08:00"),
    ],
)
def test_the_next_start_is_where_work_begins(week: Any, days_off: Any, at: str, start: str) -> None:
    assert schedule("UTC", week, days_off=days_off).next_start(utc(at)) == utc(start)


@pytest.mark.parametrize(
    "nobody",
    [
        schedule("Europe/Berlin", {"mon": []}),
        schedule("Europe/Berlin", OFFICE, days_off=((date(2025, 1, 1), date(2030, 1, 1)),)),
        schedule("Europe/Berlin", None, days_off=((date(2025, 1, 1), date(2030, 1, 1)),)),
    ],
)
def test_who_never_works_has_no_deadline_and_no_start(nobody: Schedule) -> None:
    assert nobody.add_working(utc("2026-01-05T10:00"), 1) is None
    assert nobody.next_start(utc("2026-01-05T10:00")) is None


@pytest.mark.parametrize("week", [None, ROUND_THE_CLOCK])
def test_no_deadline_is_more_than_366_days_ahead(week: Any) -> None:
    him, at = schedule("UTC", week), utc("2026-01-05T10:00")

    assert him.add_working(at, timedelta(days=366)) == at + timedelta(days=366)
    assert him.add_working(at, timedelta(days=366, microseconds=1)) is None


def test_a_week_is_read_in_minutes_of_its_days() -> None:
    week = parse_week({"sun": [["00:00", "08:30"], ["08:30", "24:00"]], "mon": [["09:00", "17:00"]]})

    assert week == (((540, 1020),), (), (), (), (), (), ((0, 510), (510, 1440)))


@pytest.mark.parametrize("always", [None, {}])
def test_no_week_is_always(always: Any) -> None:
    assert parse_week(always) is None
    assert week_as_json(None) is None


def test_a_week_without_hours_is_not_always() -> None:
    week = parse_week({"mon": []})

    assert week is not None
    assert week_as_json(week) == {"mon": [], "tue": [], "wed": [], "thu": [], "fri": [], "sat": [], "sun": []}


@given(weeks)
def test_a_week_as_json_is_the_same_week(given_week: dict[str, Any] | None) -> None:
    week = parse_week(given_week)

    assert parse_week(week_as_json(week)) == week


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], 'Working hours are given by day, like {"mon": [["09:00", "17:00"]]}.'),
        ("always", 'Working hours are given by day, like {"mon": [["09:00", "17:00"]]}.'),
        (0, 'Working hours are given by day, like {"mon": [["09:00", "17:00"]]}.'),
        ({"Monday": []}, "There is no day 'Monday'; the days are mon, tue, wed, thu, fri, sat, sun."),
        ({"mon": None}, 'Monday: give a list of hours, like [["09:00", "17:00"]], or [] for none.'),
        ({"tue": "09:00-17:00"}, 'Tuesday: give a list of hours, like [["09:00", "17:00"]], or [] for none.'),
        ({"wed": ["09:00", "17:00"]}, 'Wednesday: hours are a start and an end, like ["09:00", "17:00"].'),
        ({"wed": [["09:00"]]}, 'Wednesday: hours are a start and an end, like ["09:00", "17:00"].'),
        ({"thu": [["9:00", "17:00"]]}, "Thursday: '9:00' is no time; write hours and minutes, from 00:00 to 24:00."),
        ({"thu": [["09:00", "24:01"]]}, "Thursday: '24:01' is no time; write hours and minutes, from 00:00 to 24:00."),
        ({"thu": [[9, 17]]}, "Thursday: '9' is no time; write hours and minutes, from 00:00 to 24:00."),
        ({"thu": [["\u0660\u0669:\u0660\u0660", "17:00"]]}, None),
        ({"thu": [["09:00\n", "17:00"]]}, None),
        ({"thu": [["\ud800", "17:00"]]}, None),
        ({"fri": [["24:00", "24:00"]]}, "Friday: only an end can be 24:00; a day starts at 00:00."),
        (
            {"fri": [["22:00", "06:00"]]},
            "Friday: 22:00 to 06:00 does not end after it starts. "
            "Work past midnight ends at 24:00 and goes on at 00:00 the next day.",
        ),
        (
            {"sat": [["10:00", "12:00"], ["11:59", "13:00"]]},
            "Saturday: the hours must be in order and must not overlap.",
        ),
        (
            {"sat": [["10:00", "12:00"], ["08:00", "09:00"]]},
            "Saturday: the hours must be in order and must not overlap.",
        ),
        ({"sun": [[f"0{n}:00", f"0{n}:30"] for n in range(7)]}, "Sunday: a day has at most 6 shifts."),
    ],
)
def test_hours_that_cannot_be_are_refused_by_their_day(value: Any, message: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        parse_week(value)

    assert refused.value.field == "working_hours"
    assert message is None or refused.value.message == message
    assert refused.value.message.isascii()


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", " Africa/Casablanca "])
def test_a_known_time_zone_is_taken(name: str) -> None:
    assert zone_of(checked_zone(name)).key == name.strip()


UNKNOWN = ["Europe/Atlantis", "", "Europe", "../etc/passwd", "/etc/passwd", "a\0b", "\ud800", "x" * 5000]


@pytest.mark.parametrize("name", [*UNKNOWN, "localtime", "europe/berlin", None, 7, ["UTC"]])
def test_an_unknown_time_zone_is_refused(name: Any) -> None:
    with pytest.raises(Invalid) as refused:
        checked_zone(name)

    assert refused.value.field == "time_zone"


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_stored_zone_that_is_unknown_counts_as_the_default(name: str) -> None:
    assert zone_of(name) == UTC_ZONE
    assert zone_of(name, "Europe/Berlin") == BERLIN
    assert zone_of(name, name) == UTC_ZONE

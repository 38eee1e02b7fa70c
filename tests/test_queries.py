"""Query parameters are read strictly: what is unknown, given twice or malformed is refused by its name."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from intake.problems import Problem
from intake.queries import Query

KNOWN = ("limit", "archived", "sort", "q", "since")
READERS: dict[str, Callable[[Query], Any]] = {
    "limit": lambda query: query.whole("limit", least=1, most=100, default=25),
    "archived": lambda query: query.flag("archived"),
    "sort": lambda query: query.choice("sort", ["newest", "oldest"]),
    "q": lambda query: query.text("q"),
    "since": lambda query: query.instant("since"),
}
NUMBER = "This must be a whole number from 1 to 100."
FLAG = "This must be true or false."
CHOICE = "This must be one of: newest, oldest."
INSTANT = "This must be an RFC 3339 instant, such as 2026-01-31T12:00:00Z."
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def read(query_string: str) -> list[Any]:
    query = Query(query_string, KNOWN)
    return [read_one(query) for read_one in READERS.values()]


@pytest.mark.parametrize(("query_string", "values"), [
    ("", [25, None, None, None, None]),
    ("limit=1&archived=true&sort=oldest&q=a&since=2026-01-31T12:00:00Z", [1, True, "oldest", "a", NOON]),
    ("limit=100&archived=false", [100, False, None, None, None]),
    ("archived=True", [25, True, None, None, None]),
    ("archived=FALSE", [25, False, None, None, None]),
    ("q=", [25, None, None, "", None]),
    ("q=a+b%26c", [25, None, None, "a b&c", None]),
    ("q=Stra%C3%9Fe", [25, None, None, "Straße", None]),
    ("q=Stra\u00c3\u009fe", [25, None, None, "Straße", None]),
    ("q=Zoe%CC%88", [25, None, None, "Zo\u00eb", None]),
    ("q=" + "x" * 200, [25, None, None, "x" * 200, None]),
    ("since=2026-01-31T13:00:00%2B01:00", [25, None, None, None, NOON]),
    ("since=2026-01-31T13:00:00+01:00", [25, None, None, None, NOON]),
    ("since=2026-01-31t12:00:00.000z", [25, None, None, None, NOON]),
])  # fmt: skip
def test_what_is_well_formed_is_read(query_string: str, values: list[Any]) -> None:
    assert read(query_string) == values


@pytest.mark.parametrize(("query_string", "name", "message"), [
    ("page=2", "page", "There is no such parameter."),
    ("Limit=2", "Limit", "There is no such parameter."),
    ("limit[]=2", "limit[]", "There is no such parameter."),
    ("=2", "", "There is no such parameter."),
    ("limit", "limit", NUMBER),
    ("limit=1&limit=1", "limit", "This parameter is given twice."),
    *[(f"limit={value}", "limit", NUMBER) for value in ("", "0", "101", "-1", "1.0", "1e1", "+1", "%D9%A1", "9" * 40)],
    *[(f"archived={value}", "archived", FLAG) for value in ("", "1", "T", "yes", "null")],
    *[(f"sort={value}", "sort", CHOICE) for value in ("", "Newest", "newest,oldest", "-id")],
    ("q=a%00b", "q", "This has a NUL character."),
    ("q=" + "x" * 201, "q", "This is longer than 200 characters."),
    *[(f"since={value}", "since", INSTANT) for value in (
        "", "2026-01-31", "2026-01-31T12:00:00", "2026-02-30T12:00:00Z", "0001-01-01T00:00:00%2B14:00", "now", "0",
        "2026-01-31T12:00:00Z%00", "2026-W05-6T12:00:00Z", "2026-01-31T12:00:60Z",
    )],
])  # fmt: skip
def test_what_is_not_is_refused_by_name(query_string: str, name: str, message: str) -> None:
    with pytest.raises(Problem) as refused:
        read(query_string)

    assert (refused.value.status, refused.value.fields) == (400, {name: [message]})
    assert refused.value.message == f"{name}: {message}"


@pytest.mark.parametrize(("query_string", "message"), [
    ("q=%FF", "The query string must be UTF-8."),
    ("q=%ED%A0%80", "The query string must be UTF-8."),
    ("q=\u20ac", "The query string must be UTF-8."),
    ("&".join(["q=1"] * 101), "The query string has more than 100 parameters."),
])  # fmt: skip
def test_a_query_string_that_cannot_be_read_is_refused(query_string: str, message: str) -> None:
    with pytest.raises(Problem) as refused:
        read(query_string)

    assert (refused.value.status, refused.value.message) == (400, message)


def test_a_parameter_that_is_read_is_declared() -> None:
    with pytest.raises(AssertionError, match="sort is read and not declared"):
        Query("", ["limit"]).choice("sort", ["newest"])

"""Long lists a page at a time: every row once, in order, whatever happens between; and no cursor but our own."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from accounts.keyformat import KeyKind
from accounts.models import ApiKey
from intake.pages import Cursor, page_of
from leadhub.lib.errors import Invalid
from tests.people import Company

NEWEST = ("-created_at", "-id")
BEGUN = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def keys(company: Company, count: int, *, each: timedelta = timedelta(0)) -> QuerySet[ApiKey]:
    """So many keys named "listed", made one after the other or all in the same instant."""
    for number in range(count):
        made, _ = ApiKey.objects.issue(KeyKind.USER, user=company.owner, name=f"listed {number % 3}")
        ApiKey.objects.filter(pk=made.pk).update(created_at=BEGUN + number * each)
    return ApiKey.objects.filter(name__startswith="listed")


def cursor(company: Company, text: str | None = None, *, listing: str = "keys") -> Cursor:
    return Cursor(listing, company.account.pk, text)


def walk(company: Company, rows: QuerySet[ApiKey], *, order: Any, limit: int) -> list[list[int]]:
    """The ids of every page."""
    pages: list[list[int]] = []
    text = None
    while not pages or text:
        found, text = page_of(rows, order=order, limit=limit, cursor=cursor(company, text))
        pages.append([row.pk for row in found])
    return pages


@pytest.mark.parametrize("each", [timedelta(0), timedelta(microseconds=1), timedelta(days=-1)])
@pytest.mark.parametrize("order", [NEWEST, ("-id",), ("id",), ("created_at", "id"), ("name", "created_at", "id")])
@pytest.mark.parametrize(("count", "limit"), [(7, 3), (6, 3), (3, 3), (1, 3), (0, 3), (5, 1)])
def test_the_pages_together_are_the_list(
    acme: Company, each: timedelta, order: tuple[str, ...], count: int, limit: int
) -> None:
    rows = keys(acme, count, each=each)

    pages = walk(acme, rows, order=order, limit=limit)

    assert [pk for page in pages for pk in page] == list(rows.order_by(*order).values_list("pk", flat=True))
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert count == 0 or pages[-1]


def test_a_row_that_comes_or_goes_meanwhile_moves_no_other(acme: Company) -> None:
    rows = keys(acme, 4, each=timedelta(seconds=1))
    oldest, older, newer, newest = rows.order_by("id").values_list("pk", flat=True)

    first, text = page_of(rows, order=NEWEST, limit=2, cursor=cursor(acme))
    ApiKey.objects.issue(KeyKind.USER, user=acme.owner, name="listed later")
    ApiKey.objects.filter(pk=newer).delete()
    second, end = page_of(rows, order=NEWEST, limit=2, cursor=cursor(acme, text))

    assert [[row.pk for row in page] for page in (first, second)] == [[newest, newer], [older, oldest]]
    assert end is None


def test_a_page_is_one_query_that_compares_rows_and_skips_none(acme: Company) -> None:
    rows = keys(acme, 3)
    _, text = page_of(rows, order=NEWEST, limit=1, cursor=cursor(acme))

    with CaptureQueriesContext(
        connection,
    ) as asked:
        page_of(rows, order=NEWEST, limit=1, cursor=cursor(acme, text))

    [query] = asked.captured_queries
    assert '("accounts_apikey"."created_at", "accounts_apikey"."id") < (' in query["sql"]
    assert "OFFSET" not in query["sql"]
    assert query["sql"].endswith("LIMIT 2")


def test_postgresql_reads_on_in_an_index(acme: Company) -> None:
    with connection.cursor() as sql:
        # An index is not made while a check of foreign keys is pending.
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")
        sql.execute("CREATE INDEX listed_by_time ON accounts_apikey (created_at, id)")
        sql.execute("SET LOCAL enable_seqscan = off")
    rows = keys(acme, 3)
    _, text = page_of(rows, order=NEWEST, limit=1, cursor=cursor(acme))

    with CaptureQueriesContext(connection) as asked:
        page_of(rows, order=NEWEST, limit=1, cursor=cursor(acme, text))
    with connection.cursor() as sql:
        sql.execute(f"EXPLAIN {asked.captured_queries[0]['sql']}")
        plan = "\n".join(line for (line,) in sql.fetchall())

    assert "Index Scan Backward using listed_by_time" in plan
    assert "Index Cond: (ROW(created_at, id) < ROW(" in plan


@pytest.mark.parametrize("order", [("-created_at", "id"), ("created_at", "-id")])
def test_an_order_has_one_direction(acme: Company, order: tuple[str, ...]) -> None:
    rows = keys(acme, 2)
    _, text = page_of(rows, order=order, limit=1, cursor=cursor(acme))

    with pytest.raises(AssertionError, match="one direction"):
        page_of(rows, order=order, limit=1, cursor=cursor(acme, text))


def refused(acme: Company, at: Cursor, order: tuple[str, ...] = NEWEST) -> None:
    with pytest.raises(Invalid) as caught:
        page_of(ApiKey.objects.all(), order=order, limit=1, cursor=at)

    assert (caught.value.message, caught.value.field) == ("The cursor is not valid.", "cursor")


@pytest.mark.parametrize("text", ["", "x", "1", "a:b:c", "\0", "\ud800", "é", ":" * 5000, "null", "' OR 1=1 --"])
def test_a_cursor_that_is_none_is_refused(acme: Company, text: str) -> None:
    refused(acme, cursor(acme, text))


def test_a_cursor_of_another_account_list_or_order_or_an_altered_one_is_refused(acme: Company, globex: Company) -> None:
    rows = keys(acme, 2)
    _, text = page_of(rows, order=NEWEST, limit=1, cursor=cursor(acme))
    assert text

    refused(acme, cursor(globex, text))
    refused(acme, cursor(acme, text, listing="teams"))
    refused(acme, cursor(acme, text), order=("-id",))
    refused(acme, cursor(acme, text), order=("created_at", "id"))
    refused(acme, cursor(acme, text[:-1]))
    refused(acme, cursor(acme, ("A" if text[0] != "A" else "B") + text[1:]))


@pytest.mark.parametrize("values", [["yesterday", "1"], ["2026-01-31", "x"], ["1"], [], ["1", "2", "3"]])
def test_a_cursor_of_ours_that_no_longer_fits_the_columns_is_refused(acme: Company, values: list[Any]) -> None:
    text = signing.dumps([acme.account.pk, ",".join(NEWEST), values], salt="intake.pages.keys")

    refused(acme, cursor(acme, text))


@pytest.mark.parametrize("payload", [1, None, [], "abc", {"a": 1}, [1, 2]])
def test_a_cursor_of_ours_of_another_shape_is_refused(acme: Company, payload: Any) -> None:
    refused(acme, cursor(acme, signing.dumps(payload, salt="intake.pages.keys")))

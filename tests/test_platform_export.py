"""The platform's leads at its door: exported."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from intake.doors.platform import export, wire
from leads.models import Lead
from tests.platformdoor import LEADS, Door, door

pytestmark = pytest.mark.django_db
__all__ = ["door"]


def test_an_export_has_a_header_and_a_row_of_the_answers_fields_for_each_lead(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "ROWS", 2)
    made = [door.lead(f"p{number}@acme.com", company='Acme, "West"\nInc' if number else "") for number in range(5)]

    header, *rows = door.exported()

    assert header == list(wire.FIELDS) == list(wire.lead_answer(made[0]))
    answers = [wire.lead_answer(each) for each in Lead.objects.order_by("-pk")]
    assert rows == [[value or "" for value in answer.values()] for answer in answers]


def test_an_export_is_streamed_as_a_file(door: Door) -> None:
    answer: Any = door.client.get(f"{LEADS}/export/", headers=door.headers)

    assert (answer.status_code, answer.streaming) == (200, True)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="leads.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-RateLimit-Limit"] == "1000"


def test_each_page_of_an_export_is_one_query_that_asks_for_the_columns_it_writes(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "ROWS", 2)
    for number in range(5):
        door.lead(f"p{number}@acme.com")
    answer: Any = door.client.get(f"{LEADS}/export", headers=door.headers)
    with CaptureQueriesContext(connection) as queries:
        assert b"p4@acme.com" in b"".join(answer.streaming_content)

    assert len(queries) == 3
    assert all('"search"' not in query["sql"] and "OFFSET" not in query["sql"] for query in queries)


def test_an_export_that_the_database_cuts_short_says_so(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.lead()
    answer: Any = door.client.get(f"{LEADS}/export", headers=door.headers)

    def gone(*args: object, **kwargs: object) -> None:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(export, "page_of", gone)
    lines = iter(answer.streaming_content)

    assert next(lines).decode() == ",".join(wire.FIELDS) + "\r\n"
    assert next(lines).decode() == f"{export.INCOMPLETE}\r\n"
    with pytest.raises(OperationalError):
        next(lines)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(door: Door, text: str) -> None:
    door.lead(company=text, first_name=text, last_name=f"O{text}")

    [row] = door.exported()[1:]

    assert (row[2], row[3], row[4]) == (f"'{text}", f"O{text}", f"'{text}")


@pytest.mark.parametrize("text", ["\t=1", "\r=1", "=1", "x"])
def test_tabs_and_carriage_returns_count_as_beginnings_of_formulas(text: str) -> None:
    assert export.harmless(text) == (text if text == "x" else f"'{text}")


def test_an_export_is_kept_in_the_audit_with_its_filter_and_how_many_leads(door: Door) -> None:
    door.lead("a@acme.com", "qualified")
    door.lead("b@acme.com")

    door.exported(status="qualified", q="")

    entry = AuditEntry.objects.get(event="leads_exported")
    assert (entry.account, entry.content_type.model, entry.object_id) == (door.account, "account", door.account.pk)
    assert entry.additional_data == {"filter": {"status": "qualified"}, "leads": 1}
    assert (entry.actor_email, entry.door, entry.request_path) == (
        "admin@platform.test", "platform", f"{LEADS}/export",
    )  # fmt: skip


def test_asking_for_the_heads_of_an_export_takes_nothing_out(door: Door) -> None:
    door.lead()

    answer: Any = door.client.head(f"{LEADS}/export", headers=door.headers)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert b"".join(answer.streaming_content) == b""
    assert not AuditEntry.objects.filter(event="leads_exported").exists()


@pytest.mark.parametrize("query", [{"limit": "1"}, {"cursor": "x"}, {"status": "lost"}, {"page": "1"}])
def test_an_export_takes_the_lists_filters_and_nothing_else(door: Door, query: dict[str, str]) -> None:
    status, body = door.send("GET", "/export", query=query)

    assert (status, body["code"], list(body["details"]["fields"])) == (400, "INVALID_INPUT", list(query))
    assert not AuditEntry.objects.filter(event="leads_exported").exists()

"""The long lists are read in an account's own index, however many newer rows other accounts have."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from intake.models import QuarantinedLead
from leads.models import Lead
from tests.consoles import console, list_url
from tests.crowds import copied
from tests.doors import Town, bearer, standing

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def crowded(django_db_setup: None, django_db_blocker: object) -> Iterator[Town]:
    """A town in which Initech had many leads after Acme and the platform had theirs."""
    for made in standing(django_db_blocker):
        crowd(made)
        yield made


def crowd(made: Town) -> None:
    for account in (made.acme.account, made.platform):
        copied(Lead, Lead.objects.create(account=account).pk, account.pk)
    copied(AuditEntry, AuditEntry.objects.latest("pk").pk, made.acme.account.pk)
    kept = QuarantinedLead.objects.create(account=made.acme.account, door="source", payload=b"{}")
    copied(QuarantinedLead, kept.pk, made.acme.account.pk)
    for model in (Lead, AuditEntry, QuarantinedLead):
        copied(model, model.objects.latest("pk").pk, made.initech.account.pk)


def page(place: Town, name: str, cursor: str | None = None) -> Any:
    path, key, after = {
        "platform": ("/v1/platform/leads", place.platform_key, "next_cursor"),
        "workspace": ("/v1/leads", place.acme.key, "nextCursor"),
        "leads": ("/api/v1/leads", place.acme.key, "next_cursor"),
        "audit": ("/api/v1/audit", place.acme.key, "next_cursor"),
        "quarantine": ("/api/v1/quarantine", place.acme.key, "next_cursor"),
    }[name]
    body = Client().get(path, {"limit": 5} | ({"cursor": cursor} if cursor else {}), headers=bearer(key)).json()
    return body.get("pagination", body)[after]


def plan(asked: CaptureQueriesContext, *, limit: int = 6, offset: int = 0) -> str:
    end = f"LIMIT {limit} OFFSET {offset}" if offset else f"LIMIT {limit}"
    [listed] = [query["sql"] for query in asked.captured_queries if query["sql"].endswith(end)]
    with connection.cursor() as sql:
        sql.execute(f"EXPLAIN ANALYZE {listed}")
        return "\n".join(line for (line,) in sql.fetchall())


INDEXES = {"audit": "audit_of_account", "quarantine": "quarantine_of_account"}


@pytest.mark.parametrize("name", ["platform", "workspace", "leads", *INDEXES])
def test_a_page_reads_no_row_of_another_account(crowded: Town, name: str) -> None:
    index = INDEXES.get(name, "lead_in_account")
    with CaptureQueriesContext(connection) as first:
        cursor = page(crowded, name)
    with CaptureQueriesContext(connection) as second:
        page(crowded, name, cursor)

    for asked in (first, second):
        told = plan(asked)
        assert f"using {index}" in told
        assert "Rows Removed by Filter" not in told
    assert "ROW(" in plan(second)


def test_the_account_doors_first_page_reads_none_either(crowded: Town) -> None:
    headers = bearer(crowded.acme.user_key) | {"x-account-id": str(crowded.acme.account.pk)}
    with CaptureQueriesContext(connection) as asked:
        Client().get("/leads", {"pageSize": 5}, headers=headers)

    told = plan(asked, limit=5)
    assert "using lead_in_account" in told
    assert "Rows Removed by Filter" not in told


def test_a_word_said_twice_is_looked_for_once() -> None:
    assert str(Lead.objects.search("acme Acme ACME jane").query).count("LIKE") == 2


CONSOLE = {Lead: "lead_in_account", AuditEntry: "audit_of_account", QuarantinedLead: "quarantine_"}


@pytest.mark.parametrize(("model", "index"), CONSOLE.items(), ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.parametrize("page", ["?", "?p=3", "?o=1"], ids=["first", "third", "oldest first"])
def test_a_page_of_the_console_reads_no_row_of_another_account(
    crowded: Town, model: Any, index: str, page: str
) -> None:
    operator, sorted_by = console(crowded.acme.owner), {Lead: "7"}.get(model, "1")
    page = page.replace("o=1", f"o={sorted_by}")

    with CaptureQueriesContext(connection) as asked:
        operator.get(list_url(model) + page)

    told = plan(asked, limit=50, offset=100 if "p=3" in page else 0)
    assert f"using {index}" in told
    assert "Rows Removed by Filter" not in told


def test_a_far_page_is_found_by_its_ids(crowded: Town) -> None:
    newest = list(Lead.objects.for_account(crowded.acme.account).order_by("-pk").values_list("pk", flat=True))

    with CaptureQueriesContext(connection) as asked:
        response = console(crowded.acme.owner).get(list_url(Lead) + "?p=21")

    [skipping] = [query["sql"] for query in asked.captured_queries if "OFFSET" in query["sql"]]
    assert skipping.startswith('SELECT "leads_lead"."id" AS "pk" FROM "leads_lead" WHERE')
    assert "OFFSET 1000" in skipping
    assert [lead.pk for lead in response.context["cl"].result_list] == newest[1000:1050]

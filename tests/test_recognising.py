"""Who is known is found by index, however many leads the account has."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.drafts import LeadDraft
from leads.models import Lead
from tests.crowds import copied
from tests.people import Company, arrive, source

pytestmark = pytest.mark.django_db

NUMBERED = {"external_id": "'E' || n", "seller_lead_id": "'S' || n"}


def plan(asked: CaptureQueriesContext, column: str) -> str:
    """How PostgreSQL finds the leads that have one of these in this column."""
    [query] = [each["sql"] for each in asked.captured_queries if f"{column} = ANY" in each["sql"]]
    with connection.cursor() as sql:
        sql.execute(f"EXPLAIN {query}")
        return "\n".join(line for (line,) in sql.fetchall())


@pytest.mark.parametrize(
    ("column", "index"),
    [
        ("external_id", "lead_external_id_once"),
        ("seller_lead_id", "lead_seller_id_once"),
        ("email_key", "lead_one_primary_per_email"),
        ("phone_e164", "lead_one_primary_per_phone"),
    ],
)
def test_the_planner_walks_no_account_that_is_new_to_it(
    acme: Company, globex: Company, column: str, index: str
) -> None:
    old, _ = source(globex.account, globex.owner)
    lead = Lead.objects.create(account=globex.account, lead_source=old)
    copied(Lead, lead.pk, globex.account.pk, count=6000, **NUMBERED, email_key="md5(n::text)")
    copied(Lead, lead.pk, globex.account.pk, count=6000, phone_e164="'+' || n")
    new, _ = source(acme.account, acme.owner)
    named = LeadDraft(lead_source_id=new.pk, external_id="E", seller_lead_id="S", email="jane@example.com")

    with CaptureQueriesContext(connection) as asked:
        arrive(acme.account, named, LeadDraft(phone="+12065550142"))

    assert f"Index Scan using {index}" in plan(asked, column)

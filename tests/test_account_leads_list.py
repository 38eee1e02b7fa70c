"""The account door's list of leads: filters, order, pages, and whose leads they are."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actors import NOBODY
from accounts.models import User
from accounts.roles import Role
from intake.doors.account.listing import FILTERS, SORTS
from intake.doors.account.serializers import AccountListedLead
from leads import lifecycle
from leads.drafts import LeadDraft
from leads.models import Lead
from teams.models import Team
from tests.consoles import member
from tests.people import Company, arrive, lead, source
from tests.setup_calls import as_owner, ask, said

NOON = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)
TEXTS = {
    "applicationId": "application_id", "firstName": "first_name", "lastName": "last_name", "imgSrc": "img_src",
    "phone": "phone", "company": "company", "jobTitle": "title", "branch": "branch", "source": "source_text",
    "position": "position", "location": "location", "productsServicesSold": "products_services_sold",
    "currentPaymentProcessor": "current_payment_processor", "processStage": "process_stage",
    "buyingRole": "buying_role", "notes": "notes", "createdBy": "claimed_creator", "email": "email",
}  # fmt: skip
NUMBERS = {
    "numberOfEmployees": "number_of_employees",
    "monthlyTransactionVolume": "monthly_transaction_volume",
}

pytestmark = pytest.mark.django_db


def listed(company: Company, query: str = "") -> list[int]:
    status, page = said(as_owner(company, "GET", f"/leads{query}"))
    assert status == 200, page
    return [each["id"] for each in page["data"]]


def two(company: Company) -> tuple[Lead, Lead]:
    first, second = (lead(company.account, f"{name}@example.com") for name in ("first", "second"))
    return first, second


def set_columns(row: Lead, **columns: Any) -> None:
    Lead.objects.filter(pk=row.pk).update(**columns)


# --- filters ---


def test_every_property_of_a_listed_lead_is_a_filter() -> None:
    assert {*FILTERS, "archived"} == set(AccountListedLead().fields)


@pytest.mark.parametrize(("name", "column"), TEXTS.items())
def test_a_text_is_found_whole_whatever_its_case(acme: Company, name: str, column: str) -> None:
    first, _ = two(acme)
    set_columns(first, **{column: "Café 100%_+"})

    assert listed(acme, f"?{name}=cAF%C3%89%20100%25_%2B") == [first.pk]
    assert listed(acme, f"?{name}=Cafe%CC%81%20100%25_%2B") == [first.pk]
    assert listed(acme, f"?{name}=Caf%C3%A9") == []
    assert listed(acme, f"?{name}=null") == []


@pytest.mark.parametrize(("name", "column"), NUMBERS.items())
def test_a_number_is_found(acme: Company, name: str, column: str) -> None:
    first, second = two(acme)
    set_columns(first, **{column: 0})

    assert listed(acme, f"?{name}=0") == [first.pk]
    assert listed(acme, f"?{name}=null") == [second.pk]
    assert listed(acme, f"?{name}=1") == listed(acme, f"?{name}={10**17}") == []


@pytest.mark.parametrize(("name", "column"), [
    ("lastContacted", "last_contacted_at"), ("createdAt", "created_at"), ("updatedAt", "updated_at"),
])  # fmt: skip
def test_an_instant_is_found_as_the_wire_tells_it(acme: Company, name: str, column: str) -> None:
    first, second = two(acme)
    set_columns(first, **{column: NOON})
    set_columns(second, **{column: NOON + timedelta(milliseconds=1)})

    told = said(as_owner(acme, "GET", f"/leads/{first.pk}"))[1][name]

    assert told == "2026-01-31T12:00:00.123Z"
    assert listed(acme, f"?{name}={told}") == [first.pk]
    assert listed(acme, f"?{name}=2026-01-31T13:00:00.123%2B01:00") == [first.pk]
    assert listed(acme, f"?{name}=2026-01-31T12:00:00Z") == listed(acme, f"?{name}=9999-12-31T23:59:59.999Z") == []


def test_the_rest_is_found_by_its_type(acme: Company, globex: Company) -> None:
    first, second = two(acme)
    team = Team.objects.create(account=acme.account, name="West")
    vendor, _ = source(acme.account, acme.owner)
    set_columns(first, team=team, lead_source=vendor, interested_in_switching=False, owner=None)

    assert listed(acme, f"?id={first.pk}") == listed(acme, f"?teamId={team.pk}") == [first.pk]
    assert listed(acme, f"?leadSourceId={vendor.pk}") == listed(acme, "?interestedInSwitching=false") == [first.pk]
    assert listed(acme, "?assignedTo=null") == [first.pk]
    assert listed(acme, "?assignedTo=REP2@acme.test") == listed(acme, "?interestedInSwitching=null") == [second.pk]
    assert listed(acme, f"?accountId={acme.account.pk}") == [second.pk, first.pk]
    assert listed(acme, f"?accountId={globex.account.pk}") == listed(acme, "?interestedInSwitching=true") == []


def test_filters_and_search_are_all_to_hold(acme: Company) -> None:
    arrive(acme.account, *[LeadDraft(email=f"{n}@x.test", company=c) for n, c in (("jane", "A"), ("jane2", "B"))])

    assert len(listed(acme, "?search=JANE")) == 2
    assert len(listed(acme, "?search=jane&company=b")) == 1
    assert listed(acme, "?search=jane%20nobody") == []


def test_an_empty_parameter_is_as_good_as_none(acme: Company) -> None:
    first, second = two(acme)

    assert listed(acme, "?page=&pageSize=&search=&sort=&archived=&company=&teamId=&createdAt=") == [second.pk, first.pk]


def test_archived_leads_are_shown_when_asked_for_and_deleted_ones_never(acme: Company) -> None:
    first, second = two(acme)
    gone = lead(acme.account, "gone@example.com")
    lifecycle.archive(acme.account, [first.pk], actor=NOBODY)
    lifecycle.delete(acme.account, [gone.pk], actor=NOBODY)

    assert listed(acme) == listed(acme, "?archived=false") == [second.pk]
    assert listed(acme, "?archived=true") == listed(acme, "?archived=True") == [first.pk]
    assert listed(acme, "?archived=all") == [second.pk, first.pk]


WHOLE = "This must be a whole number from {} to {}."
INSTANT = "This must be an RFC 3339 instant, such as 2026-01-31T12:00:00Z."


@pytest.mark.parametrize(("query", "message"), [
    ("colour=red", "colour: There is no such parameter."),
    ("auditLog=x", "auditLog: There is no such parameter."),
    ("company__icontains=x", "company__icontains: There is no such parameter."),
    ("first_name=x", "first_name: There is no such parameter."),
    ("company=a&company=b", "company: This parameter is given twice."),
    ("company=%00", "company: This has a NUL character."),
    (f"company={'x' * 2001}", "company: This is longer than 2000 characters."),
    ("company=%FF", "The query string must be UTF-8."),
    ("page=0", "page: " + WHOLE.format(1, 2147483647)),
    ("page=x", "page: " + WHOLE.format(1, 2147483647)),
    ("pageSize=101", "pageSize: " + WHOLE.format(1, 100)),
    ("pageSize=0", "pageSize: " + WHOLE.format(1, 100)),
    ("pageSize=1.0", "pageSize: " + WHOLE.format(1, 100)),
    ("archived=yes", "archived: This must be one of: false, true, all."),
    ("teamId=x", "teamId: " + WHOLE.format(0, 10**18 - 1)),
    ("id=99999999999999999999", "id: " + WHOLE.format(0, 10**18 - 1)),
    ("numberOfEmployees=-1", "numberOfEmployees: " + WHOLE.format(0, 10**18 - 1)),
    ("interestedInSwitching=1", "interestedInSwitching: This must be true or false."),
    ("createdAt=yesterday", f"createdAt: {INSTANT}"),
    ("lastContacted=2026-01-31", f"lastContacted: {INSTANT}"),
    ("lastContacted=0001-01-01T00:00:00%2B01:00", f"lastContacted: {INSTANT}"),
    ("sort=notes", f"sort: This must be one of: {', '.join(SORTS)}."),
    ("sort=--id", f"sort: This must be one of: {', '.join(SORTS)}."),
    ("sort=id,company", f"sort: This must be one of: {', '.join(SORTS)}."),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused_by_its_name(acme: Company, query: str, message: str) -> None:
    assert said(as_owner(acme, "GET", f"/leads?{query}")) == (400, {"error": message})


# --- order ---


@pytest.mark.parametrize("name", sorted(set(SORTS)))
def test_every_order_is_served(acme: Company, name: str) -> None:
    leads = two(acme)

    assert set(listed(acme, f"?sort={name}")) == {each.pk for each in leads}


@pytest.mark.parametrize(("name", "column", "low", "high"), [
    ("company", "company", "acme", "Zeta"),
    ("email", "email", "a@x.test", "B@x.test"),
    ("numberOfEmployees", "number_of_employees", 9, 10),
    ("lastContacted", "last_contacted_at", NOON, NOON + timedelta(days=1)),
])  # fmt: skip
def test_what_is_absent_comes_last_and_alike_ones_in_order_of_making(
    acme: Company, name: str, column: str, low: Any, high: Any
) -> None:
    made = [lead(acme.account, f"{n}@example.com") for n in range(4)]
    field = Lead._meta.get_field(column)
    for row, value in zip(made, (high, None if field.null else "", low, low), strict=True):
        set_columns(row, **{column: value})
    top, none, first, second = (row.pk for row in made)

    assert listed(acme, f"?sort={name}") == [first, second, top, none]
    assert listed(acme, f"?sort=-{name}") == [top, second, first, none]


def test_the_newest_come_first_unless_told(acme: Company) -> None:
    first, second = two(acme)

    assert listed(acme) == listed(acme, "?sort=-createdAt") == listed(acme, "?sort=-id") == [second.pk, first.pk]
    assert listed(acme, "?sort=createdAt") == listed(acme, "?sort=id") == [first.pk, second.pk]


def test_leads_are_ordered_by_their_reps(acme: Company) -> None:
    first, second = two(acme)
    held = lead(acme.account, "third@example.com")
    set_columns(held, owner=None)

    assert listed(acme, "?sort=-assignedTo") == [second.pk, first.pk, held.pk]


# --- pages ---


def test_pages_tell_where_they_are(acme: Company) -> None:
    made = [lead(acme.account, f"{n}@example.com").pk for n in range(5)]
    pages = [said(as_owner(acme, "GET", f"/leads?sort=id&pageSize=2&page={n}")) for n in (1, 2, 3, 4, 2**31 - 1)]

    assert [[each["id"] for each in page["data"]] for _, page in pages] == [made[:2], made[2:4], made[4:], [], []]
    assert [(page["totalCount"], page["totalPages"], page["currentPage"]) for _, page in pages] == [
        (5, 3, n) for n in (1, 2, 3, 4, 2**31 - 1)
    ]


def test_there_are_ten_on_a_page_unless_told(acme: Company) -> None:
    arrive(acme.account, *[LeadDraft(email=f"{n}@example.com") for n in range(11)])

    assert (len(listed(acme)), len(listed(acme, "?pageSize=100"))) == (10, 11)


def test_without_leads_there_are_no_pages(acme: Company) -> None:
    empty = {"data": [], "totalCount": 0, "totalPages": 0, "currentPage": 1}

    assert said(as_owner(acme, "GET", "/leads")) == (200, empty)


def test_a_listed_lead_is_the_lead_without_its_audit_log(acme: Company) -> None:
    made = lead(acme.account, first_name="Jane")

    _, page = said(as_owner(acme, "GET", "/leads"))
    _, whole = said(as_owner(acme, "GET", f"/leads/{made.pk}"))

    del whole["auditLog"]
    assert page["data"] == [whole]
    assert list(whole) == list(AccountListedLead().fields)


def test_a_hundred_leads_cost_as_many_queries_as_one(acme: Company) -> None:
    def queries(size: int) -> int:
        with CaptureQueriesContext(connection) as ran:
            assert len(listed(acme, f"?pageSize={size}")) == size
        return len(ran)

    arrive(acme.account, *[LeadDraft(email=f"{n}@example.com") for n in range(100)])

    assert queries(1) == queries(100) <= 6


# --- whose ---


def test_leads_of_another_account_are_nowhere(acme: Company, globex: Company) -> None:
    two(globex)

    assert listed(acme) == []
    assert listed(acme, f"?accountId={globex.account.pk}") == []


def shown_to(user: User, company: Company) -> list[int]:
    _, page = said(ask("GET", "/leads?sort=id", by=user, account=company.account))
    return [each["id"] for each in page["data"]]


def test_an_agent_sees_his_own_and_all_others_see_all(acme: Company) -> None:
    first, second = two(acme)

    assert [shown_to(rep, acme) for rep in acme.reps] == [[first.pk], [second.pk], []]
    for role in (Role.OWNER, Role.ADMIN, Role.MANAGER, Role.VIEWER):
        assert shown_to(member(acme, role), acme) == [first.pk, second.pk]

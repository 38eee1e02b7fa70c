"""The list of leads: filtered by any of their properties, searched, ordered, and a page of it, in the wire's words."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from math import ceil
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import Lower, NullIf

from intake.fields import INTEGER, LINE
from intake.queries import Query
from leads.models import Lead, LeadQuerySet

# What `null` means for every type but text, which may be just that.
NONE = "null"
ROWS, MOST_ROWS = 10, 100
# As many digits as a query's whole number has.
MOST = 10**18 - 1
ARCHIVED = {"false": Q(archived_at=None), "true": Q(archived_at__isnull=False), "all": Q()}

type Reader = Callable[[Query, str, str], Q]


def text(query: Query, name: str, column: str) -> Q:
    return Q(**{f"{column}__iexact": query.text(name, longest=LINE) or ""})


def person(query: Query, name: str, column: str) -> Q:
    return absent(query, name, column) or text(query, name, column)


def number(query: Query, name: str, column: str) -> Q:
    return absent(query, name, column) or Q(**{column: query.whole(name, least=0, most=MOST, default=0)})


def flag(query: Query, name: str, column: str) -> Q:
    return absent(query, name, column) or Q(**{column: query.flag(name)})


def instant(query: Query, name: str, column: str) -> Q:
    """The whole millisecond: the wire tells no more of an instant."""
    if found := absent(query, name, column):
        return found
    at = query.instant(name)
    assert at is not None, "an empty parameter is not asked for"
    begin = at.replace(microsecond=at.microsecond // 1000 * 1000)
    return Q(**{f"{column}__range": (begin, begin + timedelta(microseconds=999))})


def absent(query: Query, name: str, column: str) -> Q | None:
    return Q(**{f"{column}__isnull": True}) if query.value(name) == NONE else None


FILTERS: dict[str, tuple[str, Reader]] = {
    "id": ("pk", number),
    "accountId": ("account_id", number),
    "teamId": ("team_id", number),
    "leadSourceId": ("lead_source_id", number),
    "applicationId": ("application_id", text),
    "firstName": ("first_name", text),
    "lastName": ("last_name", text),
    "imgSrc": ("img_src", text),
    "email": ("email", text),
    "phone": ("phone", text),
    "company": ("company", text),
    "jobTitle": ("title", text),
    "branch": ("branch", text),
    "source": ("source_text", text),
    "position": ("position", text),
    "location": ("location", text),
    "productsServicesSold": ("products_services_sold", text),
    "numberOfEmployees": ("number_of_employees", number),
    "currentPaymentProcessor": ("current_payment_processor", text),
    "monthlyTransactionVolume": ("monthly_transaction_volume", number),
    "interestedInSwitching": ("interested_in_switching", flag),
    "processStage": ("process_stage", text),
    "buyingRole": ("buying_role", text),
    "assignedTo": ("owner__email", person),
    "notes": ("notes", text),
    "lastContacted": ("last_contacted_at", instant),
    "createdBy": ("claimed_creator", text),
    "createdAt": ("created_at", instant),
    "updatedAt": ("updated_at", instant),
}
PARAMETERS = ("page", "pageSize", "search", "sort", "archived", *FILTERS)
# What says nothing in an order, or is too long for one.
UNORDERED = frozenset({"accountId", "imgSrc", "notes"})
SORTS = [f"{sign}{name}" for sign in ("", "-") for name in FILTERS if name not in UNORDERED]


def page_of_leads(leads: LeadQuerySet, query_string: str) -> tuple[list[Lead], dict[str, int]]:
    """The leads of the page that is asked for, and the counts beside them. Raises Problem 400."""
    query = asked(query_string)
    size = query.whole("pageSize", least=1, most=MOST_ROWS, default=ROWS)
    page = query.whole("page", least=1, most=INTEGER, default=1)
    order = ordered(query)
    found = filtered(leads, query)
    total = found.count()
    pages = ceil(total / size)
    # Beyond the last page the database has nothing to skip to.
    rows = found.select_related("owner").order_by(*order) if page <= pages else leads.none()
    return list(rows[(page - 1) * size : page * size]), {"totalCount": total, "totalPages": pages, "currentPage": page}


def asked(query_string: str) -> Query:
    """The parameters; an empty one is as good as none."""
    query = Query(query_string, PARAMETERS)
    query.drop_empty()
    return query


def filtered(leads: LeadQuerySet, query: Query) -> LeadQuerySet:
    found = leads.filter(ARCHIVED[query.choice("archived", ARCHIVED, any_case=True) or "false"])
    for name, (column, read) in FILTERS.items():
        if name in query.given:
            found = found.filter(read(query, name, column))
    return found.search(query.text("search") or "")


def ordered(query: Query) -> Sequence[Any]:
    """What is absent comes last, and alike ones come in the order they were made."""
    asked_for = query.choice("sort", SORTS) or "-createdAt"
    name, is_descending = asked_for.removeprefix("-"), asked_for.startswith("-")
    by_id = ["-account_id", "-pk"] if is_descending else ["account_id", "pk"]
    if name in ("id", "createdAt"):
        # Ids are given in that order; see TenantQuerySet.listed_for.
        return by_id
    column, read = FILTERS[name]
    by = NullIf(Lower(column), Value("")) if read in (text, person) else F(column)
    return [by.desc(nulls_last=True) if is_descending else by.asc(nulls_last=True), *by_id]

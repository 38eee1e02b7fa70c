"""The platform's leads as CSV, a page at a time: however many there are, one page is in memory, and none locked."""

import csv
import io
from collections.abc import Iterator, Sequence

from django.db import DatabaseError, InterfaceError

from accounts import audit
from accounts.actors import Actor
from accounts.models import Account, Event
from intake.doors.platform.listing import NEWEST
from intake.doors.platform.wire import FIELDS, lead_answer
from intake.pages import Cursor, page_of
from leads.models import Lead, LeadQuerySet

ROWS = 500
# What a spreadsheet would take for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# The last line of an export that could not be read to its end.
INCOMPLETE = "This export is incomplete. Please try again."
COLUMNS = (
    "account", "uuid", "email", "first_name", "last_name", "company", "title", "industry", "status", "archived_at",
    "channel", "created_at", "updated_at",
)  # fmt: skip


def record(account: Account, leads: LeadQuerySet, *, asked_for: dict[str, str], actor: Actor) -> None:
    """Keep who takes which leads out, and how many they are as it begins: a reader who breaks off has seen some."""
    told = {"filter": asked_for, "leads": leads.count()}
    audit.record(account, Event.LEADS_EXPORTED, actor=actor, data=told)


def lines(account: Account, leads: LeadQuerySet) -> Iterator[str]:
    """The header, then the leads, newest first; each page is read in a short transaction of its own."""
    yield written([FIELDS])
    try:
        for page in pages(account, leads.only(*COLUMNS)):
            yield written([cells(lead) for lead in page])
    except (DatabaseError, InterfaceError):
        # The web server ends a body that fails as it ends one that is whole.
        yield written([[INCOMPLETE]])
        raise


def pages(account: Account, leads: LeadQuerySet) -> Iterator[list[Lead]]:
    following: str | None = None
    while True:
        cursor = Cursor("platform.export", account.pk, following)
        page, following = page_of(leads, order=NEWEST, limit=ROWS, cursor=cursor)
        yield page
        if following is None:
            return


def cells(lead: Lead) -> list[str]:
    return [harmless(value or "") for value in lead_answer(lead).values()]


def harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def written(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()

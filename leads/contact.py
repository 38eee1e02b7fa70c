"""The clock of the first contact: the rep is reminded in time, and a lead nobody contacts goes to the next."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.models import Account, AuditEntry, Event
from leadhub.lib.sql import fetch
from leadhub.lib.transactions import run
from leads.choosing import choose_owners
from leads.giving import give, lead_of, owner_of
from leads.locking import lock_leads
from leads.models import Lead, Notice, NoticeKind
from leads.models.lead import OPEN
from leads.seekers import Seeker
from leads.sweeping import each_apart
from teams.models import Rotation

NOBODY = Actor(door="sweep")
BATCH = 200
CAUSE = "contact_overdue"
# While nobody else can take it, the lead stays where it is, and is looked at again so much later.
LATER = timedelta(minutes=15)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
DUE = """
SELECT lead.account_id, lead.id, lead.{column} FROM leads_lead lead
JOIN accounts_account account ON account.id = lead.account_id
WHERE lead.{column} <= %(now)s::timestamptz AND account.suspended_at IS NULL
AND (lead.{column}, lead.id) > (%(at)s::timestamptz, %(last)s::bigint)
ORDER BY lead.{column}, lead.id LIMIT %(batch)s::integer
"""


def remind(*, now: datetime | None = None, actor: Actor = NOBODY) -> int:
    """Remind the reps whose time to first contact is mostly over; each lead once. Answers how many."""
    now = now or timezone.now()
    pieces = (partial(remind_of, account, ids, now=now, actor=actor) for account, ids in due("remind_at", now))
    return each_apart(partial(run, piece) for piece in pieces)


def pass_on_overdue(*, now: datetime | None = None, actor: Actor = NOBODY) -> int:
    """Give leads whose time to first contact is over to the next rep; answers how many moved."""
    now = now or timezone.now()
    pieces = (partial(pass_on, account, ids, now=now, actor=actor) for account, ids in due("contact_due_at", now))
    return each_apart(partial(run, piece) for piece in pieces)


def due(column: str, now: datetime) -> Iterator[tuple[Account, list[int]]]:
    """All leads that are due, by account and batch, the earliest first; a batch is read when the last one is done."""
    at, last = LONG_AGO, 0
    while rows := fetch(DUE.format(column=column), now=now, at=at, last=last, batch=BATCH):
        accounts = Account.objects.in_bulk({account_id for account_id, _, _ in rows})
        for account_id, group in groupby(sorted(rows), key=lambda row: row[0]):
            yield accounts[account_id], [lead_id for _, lead_id, _ in group]
        if len(rows) < BATCH:
            return
        _, last, at = rows[-1]


@transaction.atomic(savepoint=False)
def remind_of(account: Account, ids: list[int], *, now: datetime, actor: Actor) -> int:
    # One that went to somebody else meanwhile has a later time, and that one is not reminded yet.
    leads = [lead for lead in lock_leads(account, ids) if lead.remind_at and lead.remind_at <= now]
    Lead.objects.for_account(account).filter(pk__in=[lead.pk for lead in leads]).update(remind_at=None)
    waiting = [lead for lead in leads if is_waiting(lead)]
    Notice.objects.bulk_create(
        Notice(account=account, user=lead.owner, lead=lead, kind=NoticeKind.REMINDER, created_at=now)
        for lead in waiting
    )
    AuditEntry.objects.bulk_create(audit.entry(lead, Event.LEAD_REMINDED, actor=actor) for lead in waiting)
    return len(waiting)


def is_waiting(lead: Lead) -> bool:
    """Whether its owner has yet to make contact."""
    open_ = lead.archived_at is None and lead.status in OPEN
    return open_ and lead.owner_id is not None and not lead.was_contacted


@transaction.atomic(savepoint=False)
def pass_on(account: Account, ids: list[int], *, now: datetime, actor: Actor) -> int:
    """Hand each of these leads to the next in its rotation, other than those who had it; in the end to the fallback."""
    due = [lead for lead in lock_leads(account, ids) if lead.contact_due_at and lead.contact_due_at <= now]
    most = dict(Rotation.objects.for_account(account).active().values_list("pk", "max_hops"))
    seekers = [after(lead, most[lead.rotation_id]) for lead in due if is_waiting(lead) and lead.rotation_id in most]
    rotations = choose_owners(account, seekers)
    found = [seeker for seeker in seekers if owner_of(seeker).user_id]
    waiting = [seeker for seeker in seekers if not owner_of(seeker).user_id and not seeker.to_fallback]
    put_off(account, waiting, until=now + LATER)
    moved = give(account, found, rotations, actor=actor, data={"cause": CAUSE})
    kept = {lead_of(seeker).pk for seeker in found + waiting}
    stop_clocks(account, [lead.pk for lead in due if lead.pk not in kept])
    return len(moved)


def after(lead: Lead, max_hops: int) -> Seeker:
    """The lead on its way from a rep who let the time pass; after so many of them only the fallback is left."""
    assert lead.owner_id is not None
    had_by = [*lead.had_by, lead.owner_id]
    return Seeker(
        lead,
        excluded=frozenset(had_by),
        rotation_id=lead.rotation_id,
        to_fallback=len(had_by) > max_hops,
        had_by=had_by,
        lead=lead,
    )


def put_off(account: Account, seekers: list[Seeker], *, until: datetime) -> None:
    leads = Lead.objects.for_account(account).filter(pk__in=[lead_of(seeker).pk for seeker in seekers])
    leads.update(contact_due_at=until)


def stop_clocks(account: Account, ids: list[int]) -> None:
    Lead.objects.for_account(account).filter(pk__in=ids).update(remind_at=None, contact_due_at=None)

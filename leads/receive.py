"""The one way in: every door, bulk call, import and form hands its drafts to `receive`."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from accounts import audit
from accounts.models import Account, AuditEntry, Event
from accounts.models.account import DuplicatePolicy
from leads.arrivals import Arrival
from leads.choosing import choose_owners
from leads.drafts import LeadDraft, normalise
from leads.merging import teach, teach_twin
from leads.models import Lead
from leads.outcomes import Context, DuplicateLead, Outcome, Verdict
from leads.placing import check_places
from leads.recognising import CHANGE, SHARE, recognise
from leads.sourcing import apply_daily_limit, apply_source_rules, default_country, hold_day
from leads.storing import store


def receive(account: Account, drafts: Sequence[LeadDraft], *, context: Context) -> list[Outcome]:
    """Recognise, route and store a batch of drafts of one account; answers one Outcome a draft, in order.

    Needs an open transaction (leadhub.lib.transactions.run), which alone decides about repeating. A draft that is
    refused is an outcome, not an exception: what is recorded about it must not be rolled back.
    Raises TryAgain, or IntegrityError for a unique constraint, when another transaction got in first.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("receive() needs an open transaction: call it in run().")
    arrivals = [Arrival(draft) for draft in drafts]
    policy = context.on_duplicate or account.duplicate_policy
    for draft in drafts:
        normalise(draft, default_country=default_country(account, context))
    apply_source_rules(arrivals, context.own_source)
    check_places(account, arrivals, context=context)
    day = hold_day(account, arrivals, context.own_source)
    recognise(account, arrivals, lock=CHANGE if policy == DuplicatePolicy.UPDATE else SHARE)
    apply_policy(arrivals, policy)
    apply_daily_limit(account, [arrival for arrival in arrivals if arrival.is_entering], day)
    refuse_followers(arrivals)
    teach(account, [arrival for arrival in arrivals if arrival.verdict == Verdict.UPDATED], context=context)
    store_open(account, arrivals, context)
    outcomes = settle(account, arrivals)
    record_returns(account, arrivals, outcomes, context)
    return outcomes


def apply_policy(arrivals: Sequence[Arrival], policy: str) -> None:
    """What becomes of a known person's lead: linked, refused, or not stored, with or without what it says."""
    for arrival in arrivals:
        if not arrival.is_open or not arrival.known:
            continue
        if policy == DuplicatePolicy.REJECT:
            arrival.error = DuplicateLead()
        elif policy == DuplicatePolicy.SKIP:
            arrival.verdict = Verdict.SKIPPED
        elif policy == DuplicatePolicy.UPDATE:
            arrival.verdict = Verdict.UPDATED
            if arrival.is_twin:
                teach_twin(arrival)


def refuse_followers(arrivals: Sequence[Arrival]) -> None:
    """What was to be, or to join, a lead earlier in the batch that is refused, is refused for the same reason."""
    for arrival in arrivals:
        leader = arrival.follows
        if leader and leader.error:
            arrival.refuse(leader.error)
            arrival.known = arrival.known or leader.known


def store_open(account: Account, arrivals: Sequence[Arrival], context: Context) -> None:
    entering = [arrival for arrival in arrivals if arrival.is_entering]
    rotations = choose_owners(account, entering)
    store(account, [arrival for arrival in entering if not arrival.is_twin], rotations, context=context)
    # A twin refers to the lead of the same person that came earlier in the batch, which has its id only now.
    store(account, [arrival for arrival in entering if arrival.is_twin], rotations, context=context)


def settle(account: Account, arrivals: Sequence[Arrival]) -> list[Outcome]:
    """The outcome of each arrival, with the known leads that were met read in one go."""
    met = {arrival.replayed_id for arrival in arrivals} | {a.primary_id for a in arrivals if a.known and not a.lead}
    known = Lead.objects.for_account(account).in_bulk(met - {None}) if met - {None} else {}
    return [outcome(arrival, known) for arrival in arrivals]


def outcome(arrival: Arrival, known: dict[int, Lead]) -> Outcome:
    if arrival.error:
        return Outcome(Verdict.REFUSED, known.get(arrival.primary_id or 0), error=arrival.error)
    if arrival.replays:
        return Outcome(Verdict.REPLAYED, known.get(arrival.replayed_id or 0))
    if arrival.verdict:
        return Outcome(arrival.verdict, known.get(arrival.primary_id or 0))
    verdict = Verdict.LINKED if arrival.known else Verdict.CREATED
    email = arrival.owner.email if arrival.owner else None
    return Outcome(verdict, arrival.lead, arrival.entry, owner_email=email or None)


def record_returns(
    account: Account, arrivals: Sequence[Arrival], outcomes: Sequence[Outcome], context: Context
) -> None:
    """Write on each known lead that its person came again, by which door, and what became of it."""
    entries = [
        return_entry(Lead(id=met, account=account), arrival.draft, outcome, context)
        for arrival, outcome in zip(arrivals, outcomes, strict=True)
        if (met := arrival.replayed_id or arrival.primary_id)
    ]
    if entries:
        AuditEntry.objects.bulk_create(entries)


def return_entry(known: Lead, draft: LeadDraft, outcome: Outcome, context: Context) -> AuditEntry:
    linked = outcome.lead.pk if outcome.verdict == Verdict.LINKED and outcome.lead else None
    data: dict[str, Any] = {"outcome": outcome.verdict, "lead": linked}
    if outcome.error:
        data["code"] = outcome.error.code
    if draft.lead_source_id:
        # By it what the source sends again is counted, also where nothing is stored.
        data["lead_source_id"] = draft.lead_source_id
    return audit.entry(known, Event.LEAD_SEEN_AGAIN, actor=context.actor, data=data)

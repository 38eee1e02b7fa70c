"""What a known source, or a form, sent and we refused is kept, so that nothing is lost; and run again or discarded."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from accounts import audit
from accounts.actors import Actor
from accounts.models import Account, Event
from intake.models import Form, QuarantinedLead
from intake.problems import Problem, forbidden, problem_of
from intake.refusals import problem_from
from leadhub.lib.errors import Conflict, DomainError, NotFound
from leadhub.lib.requests import RequestInfo, storable
from leadhub.lib.transactions import run
from leads.drafts import LeadDraft
from leads.models import Lead
from leads.outcomes import Context
from leads.receive import receive
from teams.models import LeadSource

REASON = 4000


@dataclass(frozen=True, slots=True)
class Reread:
    """A kept payload as a draft; `own_source` is the source whose rules it comes under."""

    draft: LeadDraft
    own_source: LeadSource | None = None


type Reader = Callable[[QuarantinedLead], Reread]
# By door: how its payloads are read, and its words for our fields.
READERS: dict[str, tuple[Reader, Mapping[str, str]]] = {}


class NoSuchPayload(NotFound):
    code = "unknown_payload"

    def __init__(self) -> None:
        super().__init__("quarantined payload not found")


class AlreadyResolved(Conflict):
    """It became a lead, or was discarded, before."""

    code = "already_resolved"

    def __init__(self) -> None:
        super().__init__("this payload has been dealt with already")


def reads(door: str, *, names: Mapping[str, str]) -> Callable[[Reader], Reader]:
    """Names the function that reads a door's kept payloads; it raises Problems and ValidationErrors."""

    def register(reader: Reader) -> Reader:
        READERS[door] = (reader, names)
        return reader

    return register


def quarantine(
    sender: LeadSource | Form, *, body: bytes, content_type: str, problem: Problem, request: RequestInfo
) -> QuarantinedLead:
    """Keep a refused payload with its reason. Not in a transaction that the refusal undoes."""
    return QuarantinedLead.objects.create(
        account_id=sender.account_id,
        lead_source=sender if isinstance(sender, LeadSource) else None,
        form=sender if isinstance(sender, Form) else None,
        door="form" if isinstance(sender, Form) else "source",
        code=problem.code,
        reason=problem.message[:REASON],
        content_type=storable(content_type)[:255],
        payload=body,
        request_id=request.id,
        remote_addr=request.address,
        user_agent=request.user_agent,
    )


@transaction.atomic(savepoint=False)
def rerun(account: Account, payload_id: int, *, actor: Actor) -> QuarantinedLead:
    """Take in a kept payload as its door would now; it is resolved by its lead, or stays with its new reason.

    Raises NoSuchPayload, and AlreadyResolved: of two at once only one takes it in.
    """
    kept = held(account, payload_id)
    problem = None
    try:
        lead = taken_in(kept, actor=actor)
    except (Problem, ValidationError) as error:
        lead, problem = None, problem_from(error)
    if problem:
        return refused_again(kept, problem)
    assert lead is not None
    return resolve(kept, actor=actor, lead=lead)


@transaction.atomic(savepoint=False)
def discard(account: Account, payload_id: int, *, note: str = "", actor: Actor) -> QuarantinedLead:
    """Resolve a kept payload without a lead. Raises NoSuchPayload and AlreadyResolved."""
    return resolve(held(account, payload_id), actor=actor, note=note.strip()[:500])


def held(account: Account, payload_id: int) -> QuarantinedLead:
    """The open row, locked until the transaction ends, as it and its source and account are now."""
    rows = QuarantinedLead.objects.for_account(account).select_related("account", "lead_source")
    kept = rows.select_for_update(of=("self",), no_key=True).filter(pk=payload_id).first()
    if kept is None:
        raise NoSuchPayload
    if not kept.is_open:
        raise AlreadyResolved
    return kept


def taken_in(kept: QuarantinedLead, *, actor: Actor) -> Lead:
    """The lead that it became, or the known one that it met. Raises Problem and ValidationError for a refusal."""
    if kept.account.suspended_at is not None:
        raise forbidden("The account is suspended.", "account_suspended")
    if kept.door not in READERS:
        raise Problem(400, "not_readable", "What came by this door cannot be run again.")
    reader, names = READERS[kept.door]
    read = reader(kept)
    context = Context(door=kept.door, actor=actor, own_source=read.own_source)
    [outcome] = receive(kept.account, [read.draft], context=context)
    if outcome.error:
        raise problem_of(outcome.error, names=names)
    assert outcome.lead is not None
    return outcome.lead


def refused_again(kept: QuarantinedLead, problem: Problem) -> QuarantinedLead:
    kept.code, kept.reason = problem.code, problem.message[:REASON]
    kept.save(update_fields=["code", "reason"])
    return kept


def resolve(kept: QuarantinedLead, *, actor: Actor, lead: Lead | None = None, note: str = "") -> QuarantinedLead:
    kept.resolved_at, kept.resolved_by_id = timezone.now(), actor.user_id
    kept.lead, kept.note = lead, note
    kept.save(update_fields=["resolved_at", "resolved_by", "lead", "note"])
    data = {"outcome": "taken_in" if lead else "discarded", "lead": lead.pk if lead else None, "note": note or None}
    audit.record(kept, Event.UPDATED, actor=actor, changes={"resolved_at": [None, kept.resolved_at]}, data=data)
    return kept


@dataclass(frozen=True, slots=True)
class Report:
    """What came of running one payload again: as it is now, or why it was not run."""

    payload_id: int
    kept: QuarantinedLead | None = None
    error: DomainError | None = None

    @property
    def is_taken_in(self) -> bool:
        return self.kept is not None and self.kept.lead_id is not None


def rerun_each(account: Account, payload_ids: Iterable[int], *, actor: Actor) -> list[Report]:
    """Run these payloads again, each in a transaction of its own, so that none sinks another."""
    return [rerun_one(account, payload_id, actor=actor) for payload_id in payload_ids]


def rerun_one(account: Account, payload_id: int, *, actor: Actor) -> Report:
    try:
        return Report(payload_id, run(lambda: rerun(account, payload_id, actor=actor)))
    except DomainError as error:
        return Report(payload_id, error=error)


def discard_each(account: Account, payload_ids: Iterable[int], *, actor: Actor) -> int:
    """Discard these payloads, each in a transaction of its own; answers how many were still to be dealt with."""
    return sum(discard_one(account, payload_id, actor=actor) for payload_id in payload_ids)


def discard_one(account: Account, payload_id: int, *, actor: Actor) -> bool:
    try:
        run(lambda: discard(account, payload_id, actor=actor))
    except (NoSuchPayload, AlreadyResolved):
        return False
    return True

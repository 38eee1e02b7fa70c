"""A submission becomes a lead, or goes to quarantine; whoever sent it is told the same."""

from dataclasses import dataclass
from typing import Any

from accounts.actors import Actor
from intake.models import Form, FormKind
from intake.problems import Problem, invalid, problem_of
from intake.publicform import tokens, wire
from intake.quarantine import quarantine
from leadhub.lib.requests import RequestInfo
from leads.outcomes import Context
from leads.receive import receive

DOOR = "form"
REASONS = {
    "honeypot": "A field was filled in that people do not see.",
    "too_fast": f"It was sent within {tokens.YOUNGEST_SECONDS} seconds after the form was opened.",
    "bad_token": "It had no token of this form, or one that is forged or older than 24 hours.",
    "token_reused": "Its token had come with another submission before.",
}


@dataclass(frozen=True, slots=True)
class Submission:
    """What came by a form: as it was sent, and as it was understood."""

    form: Form
    fields: dict[str, Any]
    body: dict[str, Any]
    payload: bytes
    content_type: str
    request: RequestInfo


def take(sent: Submission) -> None:
    """Receive it as a lead; what a program seems to have sent, or the account refuses, is kept instead.

    Needs an open transaction. A person whom the account knows and wants no second lead of is kept nowhere else.
    """
    code = suspicion(sent)
    problem = invalid(REASONS[code], code) if code else take_in(sent)
    if problem and problem.code != "duplicate_lead":
        quarantine(sent.form, body=sent.payload, content_type=sent.content_type, problem=problem, request=sent.request)


def take_in(sent: Submission) -> Problem | None:
    """Receive it as a lead; answers why the account refuses that, if it does."""
    info = sent.request
    draft = wire.draft(sent.fields, sent.body, form=sent.form, address=info.address, user_agent=info.user_agent)
    context = Context(door=DOOR, actor=Actor(door=DOOR, request=info))
    [outcome] = receive(sent.form.account, [draft], context=context)
    return problem_of(outcome.error) if outcome.error else None


def suspicion(sent: Submission) -> str | None:
    """Why a program may have sent this; uses its token up."""
    token = sent.fields.get("token", "")
    if sent.fields.get(wire.TRAP):
        return "honeypot"
    if sent.form.kind == FormKind.OPEN:
        return None
    return tokens.fault_of(token, sent.form) or (None if tokens.spend(token, sent.form) else "token_reused")

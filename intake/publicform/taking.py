"""A submission becomes a lead, or goes to quarantine; whoever sent it is told the same."""

from dataclasses import dataclass
from typing import Any

from accounts.actors import Actor
from intake.models import Form, FormKind, QuarantinedLead
from intake.publicform import tokens
from intake.publicform.reading import draft_of
from intake.publicform.wire import TRAP
from leadhub.lib.requests import RequestInfo, storable
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
    if code:
        return keep(sent, code, REASONS[code])
    info = sent.request
    draft = draft_of(sent.fields, sent.body, form=sent.form, address=info.address, user_agent=info.user_agent)
    context = Context(door=DOOR, actor=Actor(door=DOOR, request=info))
    [outcome] = receive(sent.form.account, [draft], context=context)
    if outcome.error and outcome.error.code != "duplicate_lead":
        keep(sent, outcome.error.code, outcome.error.message)
    return None


def suspicion(sent: Submission) -> str | None:
    """Why a program may have sent this; uses its token up."""
    token = sent.fields.get("token", "")
    if sent.fields.get(TRAP):
        return "honeypot"
    if sent.form.kind == FormKind.OPEN:
        return None
    return tokens.fault_of(token, sent.form) or (None if tokens.spend(token, sent.form) else "token_reused")


def keep(sent: Submission, code: str, reason: str) -> None:
    QuarantinedLead.objects.create(
        account_id=sent.form.account_id,
        form=sent.form,
        door=DOOR,
        code=code,
        reason=reason,
        content_type=storable(sent.content_type)[:255],
        payload=sent.payload,
        request_id=sent.request.id,
        remote_addr=sent.request.address,
        user_agent=sent.request.user_agent,
    )

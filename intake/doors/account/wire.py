"""The account door's wire: LeadInput in, Lead with its auditLog out. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from intake.problems import Problem
from intake.words import or_none, renamed, unknown
from leadhub.lib.times import milliseconds, milliseconds_or_none
from leads.drafts import LeadDraft

if TYPE_CHECKING:
    from leads.models import Lead

WORDS = {
    "teamId": "team_id",
    "leadSourceId": "lead_source_id",
    "firstName": "first_name",
    "lastName": "last_name",
    "imgSrc": "img_src",
    "email": "email",
    "phone": "phone",
    "company": "company",
    "jobTitle": "title",
    "branch": "branch",
    "source": "source_text",
    "position": "position",
    "location": "location",
    "productsServicesSold": "products_services_sold",
    "numberOfEmployees": "number_of_employees",
    "currentPaymentProcessor": "current_payment_processor",
    "monthlyTransactionVolume": "monthly_transaction_volume",
    "interestedInSwitching": "interested_in_switching",
    "processStage": "process_stage",
    "buyingRole": "buying_role",
    "assignedTo": "assignee_email",
    "notes": "notes",
    "lastContacted": "last_contacted_at",
    "archived": "archived",
    "createdBy": "claimed_creator",
}
NAMES = {ours: theirs for theirs, ours in WORDS.items()}
# What a lead sent back as it was answered also says, and nobody can change.
READ_ONLY = frozenset({"id", "accountId", "applicationId", "createdAt", "updatedAt", "auditLog"})
BLANK = LeadDraft()


def draft(fields: Mapping[str, Any], body: Mapping[str, Any], *, caller_email: str) -> LeadDraft:
    lead = LeadDraft(**renamed(fields, WORDS), extra=unknown(body, WORDS))
    lead.claimed_creator = lead.claimed_creator or caller_email
    return lead


def differing(body: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """What the body says otherwise than the lead is shown: a client may send back all that it was given."""
    return {
        name: value
        for name, value in body.items()
        if name not in shown or type(value) is not type(shown[name]) or value != shown[name]
    }


def changes(fields: Mapping[str, Any], *, cleared: Collection[str]) -> dict[str, Any]:
    """What is to be changed, in our words; what is cleared becomes as it is in a lead that never had it."""
    return renamed(fields, WORDS) | {WORDS[name]: getattr(BLANK, WORDS[name]) for name in cleared}


def lead_answer(lead: "Lead", *, assigned_to: str | None, audit_log: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {**lead_fields(lead, assigned_to=assigned_to), "auditLog": list(audit_log)}


def lead_fields(lead: "Lead", *, assigned_to: str | None) -> dict[str, Any]:
    """The lead without its auditLog, as lists show it."""
    return {
        "id": lead.pk,
        "accountId": str(lead.account_id),
        "teamId": lead.team_id,
        "leadSourceId": lead.lead_source_id,
        "applicationId": or_none(lead.application_id),
        "firstName": lead.first_name,
        "lastName": lead.last_name,
        "imgSrc": or_none(lead.img_src),
        "email": or_none(lead.email),
        "phone": or_none(lead.phone),
        "company": or_none(lead.company),
        "jobTitle": or_none(lead.title),
        "branch": or_none(lead.branch),
        "source": or_none(lead.source_text),
        "position": or_none(lead.position),
        "location": or_none(lead.location),
        "productsServicesSold": or_none(lead.products_services_sold),
        "numberOfEmployees": lead.number_of_employees,
        "currentPaymentProcessor": or_none(lead.current_payment_processor),
        "monthlyTransactionVolume": lead.monthly_transaction_volume,
        "interestedInSwitching": lead.interested_in_switching,
        "processStage": or_none(lead.process_stage),
        "buyingRole": or_none(lead.buying_role),
        "assignedTo": assigned_to,
        "notes": or_none(lead.notes),
        "lastContacted": milliseconds_or_none(lead.last_contacted_at),
        "archived": lead.archived_at is not None,
        "createdBy": or_none(lead.claimed_creator),
        "createdAt": milliseconds(lead.created_at),
        "updatedAt": milliseconds(lead.updated_at),
    }


def error(problem: Problem, *, path: str, request_id: str) -> tuple[int, dict[str, Any]]:
    return problem.status, {"error": problem.message}

"""The workspace door's wire: camelCase in, `{"success": true, "data": {...}}` out. Pure."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from intake.problems import REASONS, Problem
from intake.words import or_none, renamed, unknown
from leadhub.lib.times import milliseconds
from leads.drafts import LeadDraft

if TYPE_CHECKING:
    from leads.models import Lead

WORDS = {
    "email": "email",
    "firstName": "first_name",
    "lastName": "last_name",
    "companyName": "company",
    "jobTitle": "title",
    "phone": "phone",
    "linkedinUrl": "linkedin_url",
    "city": "city",
    "state": "state",
    "country": "country",
    "tags": "tags",
    "customFields": "custom_fields",
}
NAMES = {ours: theirs for theirs, ours in WORDS.items()}


def draft(fields: Mapping[str, Any], body: Mapping[str, Any]) -> LeadDraft:
    lead = LeadDraft(**renamed(fields, WORDS), extra=unknown(body, WORDS))
    lead.email = lead.email.lower()
    return lead


def created(lead: "Lead", *, user_id: str, workspace_id: str) -> dict[str, Any]:
    return {"success": True, "data": lead_answer(lead, user_id=user_id, workspace_id=workspace_id)}


def lead_answer(lead: "Lead", *, user_id: str, workspace_id: str) -> dict[str, Any]:
    return {
        "_id": lead.hex_id,
        "email": lead.email,
        "firstName": or_none(lead.first_name),
        "lastName": or_none(lead.last_name),
        "companyName": or_none(lead.company),
        "jobTitle": or_none(lead.title),
        "phoneNumber": or_none(lead.phone),
        "linkedinUrl": or_none(lead.linkedin_url),
        "city": or_none(lead.city),
        "state": or_none(lead.state),
        "country": or_none(lead.country),
        "tags": lead.tags,
        "customFields": lead.custom_fields,
        "emailVerified": lead.email_verified,
        "userId": user_id,
        "workspaceId": workspace_id,
        "createdAt": milliseconds(lead.created_at),
        "updatedAt": milliseconds(lead.updated_at),
    }


def error(problem: Problem, *, path: str, request_id: str) -> tuple[int, dict[str, Any]]:
    if problem.code == "duplicate_lead":
        return 409, conflict(problem)
    return problem.status, {"error": problem.reason, "message": problem.message, "code": problem.status}


def conflict(problem: Problem) -> dict[str, Any]:
    """The person is known here: the body names the lead that is there."""
    message = "A lead with this email already exists in the workspace."
    body = {"error": REASONS[409], "message": message, "code": 409}
    return body | {"_id": problem.lead.hex_id} if problem.lead else body

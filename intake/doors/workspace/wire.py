"""The workspace door's wire: camelCase in, `{"success": true, "data": {...}}` out. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from intake.problems import REASONS, Problem
from intake.words import or_none, renamed, unknown
from leadhub.lib.errors import Invalid
from leadhub.lib.times import milliseconds, milliseconds_or_none
from leads.drafts import LeadDraft

if TYPE_CHECKING:
    from accounts.models import Account, ApiKey, User
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
# What a lead sent back as it was answered also says, and nobody can change.
READ_ONLY = frozenset({"_id", "phoneNumber", "emailVerified", "userId", "workspaceId", "createdAt", "updatedAt"})
BLANK = LeadDraft()


class EmailStays(Invalid):
    code = "email_stays"

    def __init__(self) -> None:
        super().__init__("The e-mail of a lead cannot be changed.", field="email")


def draft(fields: Mapping[str, Any], body: Mapping[str, Any]) -> LeadDraft:
    lead = LeadDraft(**renamed(fields, WORDS), extra=unknown(body, WORDS))
    lead.email = lead.email.lower()
    return lead


# --- a lead that is changed ---


def differing(body: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """What the body says otherwise than the lead is shown, by the request's names: a lead may be sent back as it came.

    Custom fields are merged, so they are taken as they are. Raises EmailStays.
    """
    said = {"phone": body["phoneNumber"], **body} if "phoneNumber" in body else body
    before = {**shown, "phone": shown["phoneNumber"], "customFields": object()}
    found = {name: value for name, value in said.items() if name in WORDS and value != before[name]}
    email = found.pop("email", before["email"])
    if str(email or "").strip().lower() != (before["email"] or "").strip():
        raise EmailStays
    return found


def changes(fields: Mapping[str, Any], *, cleared: Collection[str]) -> dict[str, Any]:
    """What is to be changed, in our words; what is cleared becomes as it is in a lead that never had it."""
    # Custom fields are merged, so that an empty object would clear nothing.
    blank = {WORDS[name]: None if name == "customFields" else getattr(BLANK, WORDS[name]) for name in cleared}
    return renamed(fields, WORDS) | blank


# --- answers ---


def success(data: Any) -> dict[str, Any]:
    return {"success": True, "data": data}


def page(data: Sequence[Any], *, limit: int, total: int, following: str | None) -> dict[str, Any]:
    """One page of a list; `following` is the cursor of the next, None on the last."""
    about = {"limit": limit, "total": total, "hasMore": following is not None, "nextCursor": following}
    return success(data) | {"pagination": about}


def lead_answer(lead: "Lead", *, user_id: str | None, workspace_id: str) -> dict[str, Any]:
    return {
        "_id": lead.hex_id,
        "email": or_none(lead.email.lower()),
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


def account_answer(user: "User", *, workspace: "Account | None") -> dict[str, Any]:
    return {
        "_id": user.hex_id,
        "email": user.email,
        "name": or_none(user.name),
        "workspaceId": workspace.hex_id if workspace else None,
        "createdAt": milliseconds(user.created_at),
    }


def workspace_answer(account: "Account") -> dict[str, Any]:
    return {
        "_id": account.hex_id,
        "name": account.name,
        "createdAt": milliseconds(account.created_at),
        "updatedAt": milliseconds(account.updated_at),
    }


def key_answer(key: "ApiKey", *, workspace_id: str) -> dict[str, Any]:
    return {
        "keyId": key.public_id,
        "workspaceId": workspace_id,
        "createdAt": milliseconds(key.created_at),
        "lastUsedAt": milliseconds_or_none(key.last_used_at),
        "expiresAt": milliseconds_or_none(key.expires_at),
        "revokedAt": milliseconds_or_none(key.revoked_at),
    }


# --- refusals ---


def error(problem: Problem, *, path: str, request_id: str) -> tuple[int, dict[str, Any]]:
    if problem.code == "duplicate_lead":
        return 409, conflict(problem)
    return problem.status, {"error": problem.reason, "message": problem.message, "code": problem.status}


def conflict(problem: Problem) -> dict[str, Any]:
    """The person is known here: the body names the lead that is there."""
    what = "phone number" if problem.lead and problem.lead.email_key is None else "email"
    message = f"A lead with this {what} already exists in the workspace."
    body = {"error": REASONS[409], "message": message, "code": 409}
    return body | {"_id": problem.lead.hex_id} if problem.lead else body

"""A lead's auditLog on the account door's wire. Pure."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from intake.doors.account.wire import NAMES
from leadhub.lib.times import milliseconds

if TYPE_CHECKING:
    from accounts.models import AuditEntry

AUDIT_NAMES = NAMES | {
    "owner_email": "assignedTo",
    "status": "status",
    "archived_at": "archived",
    "deleted_at": "deletedAt",
    "duplicate_of_id": "duplicateOf",
    "application_id": "applicationId",
}
INSTANTS = frozenset({"lastContacted", "deletedAt"})


def audit_entry(entry: "AuditEntry", *, api_key: str | None, with_origin: bool = True) -> dict[str, Any]:
    """`with_origin` says whether the headers and the address of the request behind it are shown."""
    return {
        "id": entry.pk,
        "event": entry.event,
        "user": entry.actor_email,
        "apiKey": api_key,
        "data": audit_data(entry),
        "created": milliseconds(entry.timestamp),
        "requestMethod": entry.request_method,
        "requestPath": entry.request_path,
        "requestHeaders": entry.request_headers if with_origin else {},
        "requestIpAddress": entry.remote_addr if with_origin else None,
        "account_id": str(entry.account_id),
    }


def audit_data(entry: "AuditEntry") -> dict[str, Any]:
    """What was set, or each field before and after, in this door's words; and why this owner."""
    changes = {AUDIT_NAMES.get(name, name): change for name, change in (entry.changes or {}).items()}
    if entry.event == "lead_created":
        told = {name: side(name, after) for name, (_, after) in changes.items()}
    else:
        told = {name: [side(name, value) for value in change] for name, change in changes.items()}
    return told | {AUDIT_NAMES.get(name, name): value for name, value in (entry.additional_data or {}).items()}


def side(name: str, value: Any) -> Any:
    """What a property was or became, as the lead itself shows it."""
    if name == "archived":
        return value is not None
    if name in INSTANTS and value:
        return milliseconds(datetime.fromisoformat(str(value)))
    return None if value == "" else value

"""Refused payloads, as the API answers them. Pure."""

from typing import TYPE_CHECKING, Any

from intake.words import or_none
from leadhub.lib.times import milliseconds, milliseconds_or_none

if TYPE_CHECKING:
    from intake.models import QuarantinedLead


def quarantined(row: "QuarantinedLead", *, payload: str, size: int) -> dict[str, Any]:
    return {
        "id": row.pk,
        "source": row.lead_source_id,
        "form": row.form_id,
        "door": row.door,
        "code": row.code,
        "reason": row.reason,
        "content_type": or_none(row.content_type),
        "payload": payload,
        "payload_size": size,
        "request_id": or_none(row.request_id),
        "address": row.remote_addr,
        "created_at": milliseconds(row.created_at),
        "resolved_at": milliseconds_or_none(row.resolved_at),
        "resolved_by": row.resolved_by.email if row.resolved_by else None,
        "note": or_none(row.note),
        "lead": row.lead_id,
    }

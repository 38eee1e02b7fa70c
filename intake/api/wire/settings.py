"""Teams, members, sources, rotations and the rest of an account's settings, as the API answers them. Pure."""

from typing import TYPE_CHECKING, Any

from intake.words import or_none
from leadhub.lib.times import milliseconds, milliseconds_or_none

if TYPE_CHECKING:
    from accounts.models import Account, ApiKey, AuditEntry, DayOff, Holiday, Job, Membership
    from intake.sourcecounts import SourceCounts, Tally
    from teams.models import LeadSource, Rotation, RotationMember, Team
    from teams.standing import Place, Standing


def team(row: "Team") -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "is_active": row.is_active,
        "members": [place.user.email for place in row.members.all()],
        "created_at": milliseconds(row.created_at),
        "updated_at": milliseconds(row.updated_at),
    }


def member(row: "Membership") -> dict[str, Any]:
    return {
        "id": row.pk,
        "email": row.user.email,
        "name": or_none(row.user.name),
        "role": row.role,
        "is_active": row.is_active and row.user.is_active,
        "time_zone": or_none(row.time_zone),
        "working_hours": row.working_hours,
        "created_at": milliseconds(row.created_at),
    }


def day_off(row: "DayOff") -> dict[str, Any]:
    days = {"first_date": row.first_date.isoformat(), "last_date": row.last_date.isoformat()}
    return {"id": row.pk, **days, "note": or_none(row.note)}


def holiday(row: "Holiday") -> dict[str, Any]:
    return {"id": row.pk, "date": row.date.isoformat(), "name": row.name}


def source(row: "LeadSource", counts: "SourceCounts") -> dict[str, Any]:
    return {
        "id": row.pk,
        "uuid": str(row.uuid),
        "name": row.name,
        "is_active": row.is_active,
        "teams": [link.team_id for link in row.for_teams.all()],
        "allowed_states": row.allowed_states,
        "allowed_products": row.allowed_products,
        "requires_certificate": row.requires_certificate,
        "daily_limit": row.daily_limit,
        "takes_get": row.takes_get,
        "default_tags": row.default_tags,
        "default_country": or_none(row.default_country),
        "cost_per_lead": None if row.cost_per_lead is None else format(row.cost_per_lead, "f"),
        "today": tally(counts.today),
        "last_30_days": tally(counts.month),
        "last_used_at": milliseconds_or_none(counts.last_used_at),
        "created_at": milliseconds(row.created_at),
        "updated_at": milliseconds(row.updated_at),
    }


def tally(counted: "Tally") -> dict[str, int]:
    return {"accepted": counted.accepted, "duplicate": counted.duplicate, "refused": counted.refused}


def key(row: "ApiKey") -> dict[str, Any]:
    return {
        "id": row.pk,
        "public_id": row.public_id,
        "kind": row.kind,
        "name": or_none(row.name),
        "made_by": row.user.email,
        "is_usable": row.is_usable,
        "created_at": milliseconds(row.created_at),
        "expires_at": milliseconds_or_none(row.expires_at),
        "revoked_at": milliseconds_or_none(row.revoked_at),
        "last_used_at": milliseconds_or_none(row.last_used_at),
    }


def place(row: "RotationMember") -> dict[str, Any]:
    return {
        "user": row.user.email,
        "weight": row.weight,
        "is_paused": row.is_paused,
        "daily_cap": row.daily_cap,
    }


def rotation(row: "Rotation") -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "team": row.team_id,
        "status": row.status,
        "fallback": row.fallback.email if row.fallback else None,
        "contact_minutes": row.contact_minutes,
        "max_hops": row.max_hops,
        "members": [place(each) for each in row.members.all()],
        "created_at": milliseconds(row.created_at),
        "updated_at": milliseconds(row.updated_at),
    }


def standing(found: "Standing | None") -> dict[str, Any]:
    """How a rotation stands; one that is not active gives no leads, and nobody stands anywhere."""
    return {
        "members": [standing_place(each) for each in found.places] if found else [],
        "upcoming": found.upcoming if found else [],
        "fallback": or_none(found.fallback) if found else None,
    }


def standing_place(each: "Place") -> dict[str, Any]:
    return {
        "user": each.email,
        "turns": round(each.turns, 3),
        "today": each.today,
        "daily_cap": each.cap,
        "reason": or_none(each.left_out),
        "returns_at": milliseconds_or_none(each.returns_at),
        "is_next": each.is_next,
    }


def account(row: "Account") -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "duplicate_policy": row.duplicate_policy,
        "default_country": row.default_country,
        "time_zone": row.time_zone,
        "created_at": milliseconds(row.created_at),
    }


def job(row: "Job") -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "title": row.title,
        "state": row.state,
        "total": row.total,
        "done": row.done,
        "refused": row.refused,
        "result": row.result,
        "error": or_none(row.error),
        "created_by": row.created_by.email if row.created_by else None,
        "created_at": milliseconds(row.created_at),
        "started_at": milliseconds_or_none(row.started_at),
        "finished_at": milliseconds_or_none(row.finished_at),
    }


def audit_entry(row: "AuditEntry", *, kind: str) -> dict[str, Any]:
    return {
        "id": row.pk,
        "at": milliseconds(row.timestamp),
        "event": row.event,
        "object": {"kind": kind, "id": row.object_id},
        "actor": row.actor_email,
        "key": row.api_key.public_id if row.api_key else None,
        "door": or_none(row.door),
        "changes": row.changes or {},
        "details": row.additional_data or {},
        "request": request(row) if row.request_method else None,
    }


def request(row: "AuditEntry") -> dict[str, Any]:
    return {"id": row.cid, "method": row.request_method, "path": row.request_path, "address": row.remote_addr}

"""The account door's wire for what is set up there: teams, lead sources, rotations, keys, log-ins. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from intake.words import or_none, renamed
from leadhub.lib.times import milliseconds, milliseconds_or_none

if TYPE_CHECKING:
    from accounts.models import Account, ApiKey, Membership, User
    from teams.models import LeadSource, Rotation, Team
    from teams.models.tracked import Tracked

# The rotation that takes the leads of no team has this name, whatever it is called elsewhere.
DEFAULT = "default"
# What is stored as it was given; members and teams are not.
WORDS = {"name": "name", "active": "is_active", "status": "status"}


def stored_fields(given: dict[str, Any]) -> dict[str, Any]:
    """The given fields that are columns, under our names."""
    return renamed(given, WORDS)


def team_answer(team: "Team") -> dict[str, Any]:
    account_id = str(team.account_id)
    return {
        "id": team.pk,
        "accountId": account_id,
        "account_id": account_id,
        "name": team.name,
        "active": team.is_active,
        "members": [member_answer(place.user) for place in team.members.all()],
        **tracked(team),
    }


def member_answer(user: "User") -> dict[str, Any]:
    return {"userId": user.pk, "email": user.email, "name": user.name}


def source_answer(source: "LeadSource") -> dict[str, Any]:
    return {
        "id": source.pk,
        "name": source.name,
        "accountId": str(source.account_id),
        "active": source.is_active,
        "teamIds": sorted(link.team_id for link in source.for_teams.all()),
        **tracked(source),
    }


def rotation_answer(rotation: "Rotation", *, next_user: int | None) -> dict[str, Any]:
    """`next_user` is the id of whose turn is next; without members the position is 0."""
    places = list(rotation.members.all())
    ids = [place.user_id for place in places]
    return {
        "id": rotation.pk,
        "name": rotation.name if rotation.team else DEFAULT,
        "accountId": str(rotation.account_id),
        "status": rotation.status,
        "teamId": rotation.team_id,
        "userRotationArray": [place.user.email for place in places],
        "currentPosition": ids.index(next_user) if next_user in ids else 0,
        "team": team_answer(rotation.team) if rotation.team else None,
        **tracked(rotation),
    }


def key_answer(key: "ApiKey") -> dict[str, Any]:
    return {
        "id": key.public_id,
        "name": key.name,
        "kind": key.kind,
        "createdBy": key.user.email,
        "createdAt": milliseconds(key.created_at),
        "expiresAt": milliseconds_or_none(key.expires_at),
        "lastUsedAt": milliseconds_or_none(key.last_used_at),
        "revokedAt": milliseconds_or_none(key.revoked_at),
    }


def new_key_answer(key: "ApiKey", secret: str) -> dict[str, Any]:
    """The one answer that has the secret; both words are those that the log-in takes."""
    return key_answer(key) | {"apiKey": key.public_id, "apiSecret": secret}


def login_answer(token: str, expires_at: datetime, *, user: "User", account: "Account") -> dict[str, Any]:
    return {
        "token": token,
        "expiresAt": milliseconds(expires_at),
        "user": user_answer(user),
        "primaryAccount": {"accountId": str(account.pk), "name": account.name},
    }


def session_answer(user: "User", *, memberships: "Iterable[Membership]", expires_at: datetime | None) -> dict[str, Any]:
    return {
        "user": user_answer(user),
        "accounts": [
            {"accountId": str(each.account_id), "name": each.account.name, "role": each.role} for each in memberships
        ],
        "expiresAt": milliseconds_or_none(expires_at),
    }


def user_answer(user: "User") -> dict[str, Any]:
    return {"id": user.pk, "email": user.email, "name": or_none(user.name)}


def tracked(row: "Tracked") -> dict[str, Any]:
    """Who made it and who changed it last, by e-mail, and when."""
    return {
        "createdBy": row.created_by.email if row.created_by else None,
        "updatedBy": row.updated_by.email if row.updated_by else None,
        "createdAt": milliseconds(row.created_at),
        "updatedAt": milliseconds(row.updated_at),
    }

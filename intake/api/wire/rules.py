"""A routing rule as the API answers it. Pure."""

from typing import TYPE_CHECKING, Any

from leadhub.lib.times import milliseconds

if TYPE_CHECKING:
    from teams.models import RoutingRule


def rule(row: "RoutingRule") -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "position": row.position,
        "is_active": row.is_active,
        "conditions": row.conditions,
        "team": row.team_id,
        "rotation": row.rotation_id,
        "user": row.user.email if row.user else None,
        "created_at": milliseconds(row.created_at),
        "updated_at": milliseconds(row.updated_at),
    }

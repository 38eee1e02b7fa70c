from teams.models.rotation import Rotation, RotationMember, RotationStatus
from teams.models.rule import RoutingRule
from teams.models.source import LeadSource, LeadSourceTeam, SourceDay, SourceKey
from teams.models.team import Team, TeamMember

__all__ = [
    "LeadSource",
    "LeadSourceTeam",
    "Rotation",
    "RotationMember",
    "RotationStatus",
    "RoutingRule",
    "SourceDay",
    "SourceKey",
    "Team",
    "TeamMember",
]

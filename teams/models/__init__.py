from teams.models.rotation import Rotation, RotationMember, RotationStatus
from teams.models.source import LeadSource, LeadSourceTeam, SourceKey
from teams.models.team import Team, TeamMember

__all__ = [
    "LeadSource",
    "LeadSourceTeam",
    "Rotation",
    "RotationMember",
    "RotationStatus",
    "SourceKey",
    "Team",
    "TeamMember",
]

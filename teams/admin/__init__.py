"""The console's pages of teams, sources, rotations and the people who work in them."""

from teams.admin.people import MembershipAdmin, UserAdmin
from teams.admin.rotations import RotationAdmin
from teams.admin.sources import LeadSourceAdmin
from teams.admin.teams import TeamAdmin

__all__ = ["LeadSourceAdmin", "MembershipAdmin", "RotationAdmin", "TeamAdmin", "UserAdmin"]

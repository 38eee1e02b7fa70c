"""The console's pages of teams, sources, rules, holidays and people."""

from teams.admin.holidays import HolidayAdmin
from teams.admin.people import UserAdmin
from teams.admin.rules import RoutingRuleAdmin
from teams.admin.sources import LeadSourceAdmin
from teams.admin.teams import TeamAdmin

__all__ = ["HolidayAdmin", "LeadSourceAdmin", "RoutingRuleAdmin", "TeamAdmin", "UserAdmin"]

"""The Leads page and a lead's own, and the pages that tell of leads too: rotations, members, accounts."""

from leads.admin.accounts import AccountPage
from leads.admin.members import MembershipAdmin
from leads.admin.notices import NoticeAdmin
from leads.admin.page import LeadAdmin
from leads.admin.rotations import RotationPage

__all__ = ["AccountPage", "LeadAdmin", "MembershipAdmin", "NoticeAdmin", "RotationPage"]

"""The console's pages of accounts, keys and the audit. Members and users are teams.admin's: they hold rotations."""

from accounts.admin.jobs import JobAdmin
from accounts.admin.keys import KeyAdmin
from accounts.admin.tenants import AccountAdmin
from accounts.admin.trail import AuditAdmin

__all__ = ["AccountAdmin", "AuditAdmin", "JobAdmin", "KeyAdmin"]

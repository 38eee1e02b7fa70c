from accounts.models.account import Account, Membership
from accounts.models.audit import AuditEntry, Event
from accounts.models.keys import ApiKey, LoginSession
from accounts.models.user import User

__all__ = ["Account", "ApiKey", "AuditEntry", "Event", "LoginSession", "Membership", "User"]

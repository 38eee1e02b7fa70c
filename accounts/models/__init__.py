from accounts.models.account import Account, Membership
from accounts.models.audit import AuditEntry, Event
from accounts.models.calendar import DayOff, Holiday
from accounts.models.job import Job, JobState, Superseded, SweepRun
from accounts.models.keys import ApiKey, LoginSession
from accounts.models.rate import RateCount
from accounts.models.user import User

__all__ = [
    "Account",
    "ApiKey",
    "AuditEntry",
    "DayOff",
    "Event",
    "Holiday",
    "Job",
    "JobState",
    "LoginSession",
    "Membership",
    "RateCount",
    "Superseded",
    "SweepRun",
    "User",
]

from leads.models.lead import Lead, LeadQuerySet, LeadStatus
from leads.models.notice import Notice, NoticeKind

__all__ = ["Lead", "LeadQuerySet", "LeadStatus", "Notice", "NoticeKind"]

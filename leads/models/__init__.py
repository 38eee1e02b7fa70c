from leads.models.lead import Lead, LeadQuerySet, LeadStatus

__all__ = ["Lead", "LeadQuerySet", "LeadStatus"]

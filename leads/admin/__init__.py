"""The Leads page, and a lead's own."""

from leads.admin.page import LeadAdmin

__all__ = ["LeadAdmin"]

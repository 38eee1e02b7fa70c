"""The clock of a lead's first contact, in words."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leadhub.lib.admin import badge, moment
from leads.models import Lead


def first_contact(lead: Lead, *, now: datetime) -> SafeString | str:
    """When first contact was made, or until when it is to be; empty where no clock runs."""
    if lead.first_contacted_at:
        return format_html("{}, {}", moment(lead.first_contacted_at), f"after {span(waited(lead))}")
    if lead.contact_due_at is None or lead.owner_id is None:
        return ""
    left = lead.contact_due_at - now
    if left <= timedelta(0):
        return badge(f"overdue since {clock(lead.contact_due_at, now=now)}, for {span(-left)}", "danger")
    # The rep was reminded: most of the time is over.
    tone = "info" if lead.remind_at else "warning"
    return badge(f"due {clock(lead.contact_due_at, now=now)}, in {span(left)}", tone)


def waited(lead: Lead) -> timedelta:
    """How long the person waited for the rep who made contact; one who has the lead since then does not count."""
    assert lead.first_contacted_at is not None
    given = lead.assigned_at or lead.created_at
    return lead.first_contacted_at - (given if given <= lead.first_contacted_at else lead.created_at)


def span(time: timedelta) -> str:
    minutes = max(int(time.total_seconds()) // 60, 0)
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} days"
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{minutes} min" if minutes else "less than a minute"


def clock(at: datetime, *, now: datetime) -> str:
    """The time, in the account's time zone, with its day where that is another."""
    at = timezone.localtime(at)
    return date_format(at, "H:i" if at.date() == timezone.localtime(now).date() else "j M, H:i")

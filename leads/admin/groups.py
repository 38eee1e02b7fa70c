"""What a lead's page says of it: groups of labelled values, without the empty ones."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from leadhub.lib.admin import badge, moment
from leads.models import Lead
from leads.models.lead import CHANNELS

type Rows = list[tuple[str, str]]

COLUMNS = {
    "Contact": (
        "first_name last_name email phone phone_type title linkedin_url img_src address1 address2 city state "
        "postal_code country tags notes message"
    ),
    "Company": "company industry",
    "Business": (
        "branch position location products_services_sold number_of_employees current_payment_processor "
        "monthly_transaction_volume interested_in_switching process_stage buying_role last_contacted_at"
    ),
    "Product and price": "product vertical price score",
    "How it came": (
        "door channel source_text created_by claimed_creator external_id seller_lead_id application_id created_at "
        "assigned_at contact_due_at first_contacted_at archived_at uuid"
    ),
    "Attribution": "utm_source utm_medium utm_campaign trusted_form_url attribution",
    "Consent": "consent",
    "Profile": "profile",
    "Custom fields": "custom_fields",
    "Extra": "extra",
}


def groups(lead: Lead) -> list[tuple[str, Rows]]:
    """The groups that have something to say, in order."""
    told = ((title, list(rows(lead, names.split()))) for title, names in COLUMNS.items())
    return [(title, lines) for title, lines in told if lines]


def rows(lead: Lead, names: Iterable[str]) -> Iterable[tuple[str, str]]:
    for name in names:
        value = getattr(lead, name)
        if isinstance(value, dict):
            yield from ((key.replace("_", " "), shown(each)) for key, each in value.items() if not empty(each))
        elif not empty(value):
            yield label(name), field(lead, name, value)


def label(name: str) -> str:
    return capfirst(str(Lead._meta.get_field(name).verbose_name)).replace("Utm", "UTM").replace("Uuid", "UUID")  # type: ignore[union-attr]


def empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def field(lead: Lead, name: str, value: Any) -> str:
    if name == "email":
        return email(lead)
    if name == "phone" and lead.phone_e164:
        return format_html('<a class="lh-link" href="tel:{}">{}</a>', lead.phone_e164, value)
    if name in ("linkedin_url", "trusted_form_url"):
        return url(str(value))
    return CHANNELS.get(value, value) if name == "channel" else shown(value)


def email(lead: Lead) -> SafeString:
    if not lead.email_key:
        return format_html("{} {}", lead.email, badge("no address", "warning"))
    verified = badge("verified", "success") if lead.email_verified else ""
    mail = format_html('<a class="lh-link" href="mailto:{}">{}</a>', quote(lead.email, safe="@+"), lead.email)
    return format_html("{} {}", mail, verified)


def url(text: str) -> str:
    """A link where it leads to the web; anything else, such as `javascript:`, stays text."""
    if not text.lower().startswith(("https://", "http://")):
        return text
    return format_html('<a class="lh-link" href="{}" target="_blank" rel="noopener noreferrer">{}</a>', text, text)


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return format_html_join(" ", "{}", ((badge(each),) for each in value))
    if isinstance(value, dict) and not any(isinstance(each, list | dict) for each in value.values()):
        return "\n".join(f"{key}: {shown(each)}" for key, each in value.items() if not empty(each))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)

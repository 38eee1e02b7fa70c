"""Public forms, as the API answers them. Pure."""

from typing import TYPE_CHECKING, Any

from intake.words import or_none
from leadhub.lib.times import milliseconds

if TYPE_CHECKING:
    from intake.models import Form
    from intake.publicform.counts import FormCounts


def form(row: "Form", counts: "FormCounts", *, url: str, snippet: str) -> dict[str, Any]:
    return {
        "id": row.pk,
        "public_id": row.public_id,
        "name": row.name,
        "is_active": row.is_active,
        "kind": str(row.kind),
        "fields": row.fields,
        "title": or_none(row.title),
        "intro": or_none(row.intro),
        "button": row.button,
        "thanks": or_none(row.thanks),
        "redirect_url": or_none(row.redirect_url),
        "allowed_origins": row.allowed_origins,
        "allowed_redirect_hosts": row.allowed_redirect_hosts,
        "per_minute": row.per_minute,
        "team": row.team_id,
        "source": row.lead_source_id,
        "url": url,
        "snippet": snippet,
        "today": {"accepted": counts.leads_today, "quarantined": counts.kept_today},
        "last_30_days": {"accepted": counts.leads, "quarantined": counts.kept},
        "created_at": milliseconds(row.created_at),
        "updated_at": milliseconds(row.updated_at),
    }

"""The ids that a source and its seller gave a lead: at its source, each names one live lead."""

from typing import Any

from django.db.models import Q

from accounts.models import Account
from leadhub.lib.errors import Conflict
from leads.models import Lead

NAMES = ("external_id", "seller_lead_id")


class IdTaken(Conflict):
    """Another live lead of the same source has this id."""

    code = "id_taken"

    def __init__(self, field: str) -> None:
        super().__init__(f"another lead of this source has the same {field.replace('_', ' ')}", field=field)


def refuse_taken_ids(account: Account, lead: Lead, **changed: Any) -> None:
    """Raises IdTaken where this lead, live and with these columns changed, would have another lead's id."""
    source_id = changed.get("lead_source_id", lead.lead_source_id)
    others = Lead.objects.for_account(account).live().filter(lead_source=source_id).exclude(pk=lead.pk)
    wanted = {name: value for name in NAMES if (value := changed.get(name, getattr(lead, name)))}
    if not source_id or not wanted:
        return
    alike = [Q(**{name: value}) for name, value in wanted.items()]
    for other in others.filter(alike[0] | alike[-1])[:1]:
        raise IdTaken(next(name for name, value in wanted.items() if getattr(other, name) == value))

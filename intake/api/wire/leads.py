"""A lead between the API's words and ours. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import MISSING, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from intake.words import or_none
from leadhub.lib.times import milliseconds_or_none
from leads.drafts import LeadDraft

if TYPE_CHECKING:
    from leads.models import Lead

WORDS = {"team": "team_id", "source": "lead_source_id", "owner": "assignee_email"}
# Custom fields are merged, so that an empty object would empty nothing.
EMPTY = {
    each.name: each.default_factory() if each.default_factory is not MISSING else each.default
    for each in fields(LeadDraft)
} | {"custom_fields": None}
COLUMNS = {
    "text": (
        "channel source_text claimed_creator external_id seller_lead_id application_id first_name last_name email "
        "phone phone_e164 phone_type company title industry linkedin_url img_src address1 address2 city state "
        "postal_code country notes message branch position location products_services_sold "
        "current_payment_processor process_stage buying_role product vertical utm_source utm_medium utm_campaign "
        "trusted_form_url"
    ),
    "number": "number_of_employees monthly_transaction_volume interested_in_switching score",
    "object": "tags profile attribution consent custom_fields extra",
    "moment": (
        "last_contacted_at assigned_at contact_due_at first_contacted_at archived_at deleted_at created_at updated_at"
    ),
}
TEXTS, NUMBERS, OBJECTS, MOMENTS = (names.split() for names in COLUMNS.values())


def draft(given: Mapping[str, Any]) -> LeadDraft:
    return LeadDraft(**ours(given))


def ours(given: Mapping[str, Any]) -> dict[str, Any]:
    """The given fields by our names."""
    return {WORDS.get(name, name): value for name, value in given.items()}


def changes(given: Mapping[str, Any]) -> dict[str, Any]:
    """What `leads.editing.edit` takes: null empties a field."""
    named = ours(given)
    return {name: EMPTY[name] if value is None else value for name, value in named.items()}


def lead(row: "Lead", *, owner: str | None = None) -> dict[str, Any]:
    """A lead; `owner` is his e-mail where the row does not have him at hand."""
    return {
        "id": row.pk,
        "uuid": str(row.uuid),
        "status": row.status,
        "owner": owner or (row.owner.email if row.owner else None),
        "held": row.is_held,
        "team": row.team_id,
        "source": row.lead_source_id,
        "rotation": row.rotation_id,
        "duplicate_of": row.duplicate_of_id,
        "door": row.door,
        **{name: or_none(getattr(row, name) or "") for name in TEXTS},
        "email_verified": row.email_verified,
        **{name: getattr(row, name) for name in NUMBERS},
        "price": plain(row.price),
        **{name: getattr(row, name) for name in OBJECTS},
        "archived": row.archived_at is not None,
        **{name: milliseconds_or_none(getattr(row, name)) for name in MOMENTS},
    }


def plain(price: Decimal | None) -> str | None:
    """An exact number, without the noughts that say nothing: 12.5."""
    if price is None:
        return None
    text = format(Decimal(price), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def results(ids: Iterable[int], *, known: Collection[int], changed: Collection[int]) -> dict[str, Any]:
    """What became of each of these leads: changed, unchanged (it was so already), or not_found."""

    def result(pk: int) -> str:
        if pk in changed:
            return "changed"
        return "unchanged" if pk in known else "not_found"

    return {"results": [{"id": pk, "result": result(pk)} for pk in ids]}

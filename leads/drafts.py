"""A lead as a door hands it over, and its normalisation. Pure: no framework, no query, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, ValidatedEmail, validate_email

EMAIL_LENGTH = 254
KEY_LENGTH = 320
PHONE_LENGTH = 64
TAGS, TAG_LENGTH = 50, 64

# By what somebody is recognised: ("email", its key) or ("phone", E.164).
type Person = tuple[str, str]


@dataclass(slots=True)
class LeadDraft:
    """What a door understood of one lead. The names are the Lead's columns; empty means absent.

    `assignee_email`, `team_id` and `lead_source_id` are what the sender named, not yet checked.
    `email_key` and `phone_e164` are filled by `normalise`.
    """

    team_id: int | None = None
    lead_source_id: int | None = None
    assignee_email: str = ""
    channel: str = "api"
    source_text: str = ""
    claimed_creator: str = ""
    external_id: str | None = None
    seller_lead_id: str | None = None
    archived: bool = False

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    email_key: str | None = None
    phone: str = ""
    phone_e164: str | None = None
    phone_type: str = ""
    company: str = ""
    title: str = ""
    industry: str = ""
    linkedin_url: str = ""
    img_src: str = ""
    address1: str = ""
    address2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    tags: list[str] = field(default_factory=list)
    notes: str = ""
    message: str = ""

    branch: str = ""
    position: str = ""
    location: str = ""
    products_services_sold: str = ""
    number_of_employees: int | None = None
    current_payment_processor: str = ""
    monthly_transaction_volume: int | None = None
    interested_in_switching: bool | None = None
    process_stage: str = ""
    buying_role: str = ""
    last_contacted_at: datetime | None = None

    product: str = ""
    vertical: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    trusted_form_url: str = ""
    price: Decimal | None = None

    profile: dict[str, Any] = field(default_factory=dict)
    attribution: dict[str, Any] = field(default_factory=dict)
    consent: dict[str, Any] = field(default_factory=dict)
    custom_fields: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def person(self) -> Person | None:
        return person_of(self.email_key, self.phone_e164)

    @property
    def has_contact(self) -> bool:
        """Whether it says anything of whom to call, write to, or ask for."""
        return bool(self.first_name or self.last_name or self.email or self.phone)


# What a draft carries that is not a column of the lead.
NOT_COLUMNS = frozenset({"assignee_email", "archived"})


def person_of(email_key: str | None, phone_e164: str | None) -> Person | None:
    """Whoever has this e-mail, or without one this phone; None where there is neither."""
    if email_key:
        return ("email", email_key)
    return ("phone", phone_e164) if phone_e164 else None


def normalise(draft: LeadDraft, *, default_country: str) -> None:
    """Fill in the forms that people are recognised by; what has none is kept as given and flagged."""
    draft.email = draft.email.strip()
    draft.phone = draft.phone.strip()
    draft.tags = unique(tag.strip() for tag in draft.tags)
    draft.email_key = email_key(draft.email)
    draft.phone_e164 = e164(draft.phone, default_country=default_country)
    if draft.email and not draft.email_key:
        flag(draft, "email")
    if draft.phone and not draft.phone_e164:
        flag(draft, "phone")


# A door that demands the format asks before the lead does.
@lru_cache(maxsize=256)
def email_key(text: str) -> str | None:
    """The form by which people are matched: case folded, IDNA; None for what is no e-mail address."""
    found = address(text)
    if found is None or found.ascii_domain is None:
        return None
    _, dot, top_level = found.ascii_domain.rpartition(".")
    if not dot or top_level.isdigit():
        return None
    key = f"{found.local_part.casefold()}@{found.ascii_domain.lower()}"
    # Folding can make an address longer than its column.
    return key if len(key) <= KEY_LENGTH else None


def address(text: str) -> ValidatedEmail | None:
    if not 3 <= len(text) <= EMAIL_LENGTH:
        return None
    try:
        # Reserved names such as acme.test are somebody's address in a test or behind a firewall, so they count.
        return validate_email(text, check_deliverability=False, test_environment=True, globally_deliverable=False)
    except EmailNotValidError:
        return None


def e164(text: str, *, default_country: str) -> str | None:
    """`+` and digits, read as of `default_country` without a country code; None when it can be no phone number.

    None too for a number with an extension: behind one switchboard sit many people.
    """
    if not 3 <= len(text) <= PHONE_LENGTH:
        return None
    try:
        number = phonenumbers.parse(text, default_country)
    except phonenumbers.NumberParseException:
        return None
    whole = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if number.extension or not whole:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def flag(draft: LeadDraft, name: str) -> None:
    """Say with the lead that this field could not be normalised."""
    flags = draft.extra.setdefault("flags", [])
    # A transaction that is repeated normalises its drafts again.
    if name not in flags:
        flags.append(name)


def unique(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(word for word in words if word))

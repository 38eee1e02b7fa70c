"""The source door's wire: a flat lead in, `metadata`, `contact` and `customer` out. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from intake.problems import Problem, problem_details
from intake.words import or_none, renamed, unknown
from leadhub.lib.times import milliseconds, milliseconds_or_none
from leads.drafts import LeadDraft

if TYPE_CHECKING:
    from leads.models import Lead

WORDS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "phone": "phone",
    "address1": "address1",
    "address2": "address2",
    "city": "city",
    "state": "state",
    "postalCode": "postal_code",
    "sellerLeadId": "seller_lead_id",
    "price": "price",
    "utmSource": "utm_source",
    "utmMedium": "utm_medium",
    "utmCampaign": "utm_campaign",
    "trustedFormUrl": "trusted_form_url",
    "externalId": "external_id",
    "product": "product",
    "vertical": "vertical",
    "tagNames": "tags",
}
ATTRIBUTION = {
    "utmTerm": "utm_term",
    "utmContent": "utm_content",
    "referrer": "referrer",
    "landingPage": "landing_page",
    "subId": "sub_id",
    "sourceMetadata": "source_metadata",
}
OTHERS = {"phoneType", "gender", "birthDate", "dateOfBirth", "zip", "sellerLeadIdentifier", "directPostPrice"}
KNOWN = {*WORDS, *ATTRIBUTION, *OTHERS}
PRICES = ("price", "directPostPrice")
NAMES = {ours: theirs for theirs, ours in WORDS.items()}

GENDERS = {
    "m": "M", "male": "M", "man": "M", "masculine": "M",
    "f": "F", "female": "F", "woman": "F", "feminine": "F", "w": "F",
    "x": "NonBinary", "nb": "NonBinary", "enby": "NonBinary", "nonbinary": "NonBinary", "diverse": "NonBinary",
    "divers": "NonBinary", "d": "NonBinary", "genderqueer": "NonBinary", "gendernonconforming": "NonBinary",
    "prefernottosay": "PreferNotToSay", "undisclosed": "PreferNotToSay", "notdisclosed": "PreferNotToSay",
    "declined": "PreferNotToSay", "decline": "PreferNotToSay", "declinetostate": "PreferNotToSay",
    "declinetoanswer": "PreferNotToSay", "prefernottoanswer": "PreferNotToSay", "rathernotsay": "PreferNotToSay",
    "other": "Other", "o": "Other",
}  # fmt: skip
PHONE_TYPES = {
    "mobile": "Mobile", "cell": "Mobile", "cellphone": "Mobile", "cellular": "Mobile", "wireless": "Mobile",
    "smartphone": "Mobile",
    "landline": "Landline", "home": "Landline", "homephone": "Landline", "fixed": "Landline", "fixedline": "Landline",
    "work": "Landline", "office": "Landline", "business": "Landline", "residential": "Landline",
    "voip": "Voip", "tollfree": "TollFree", "shortcode": "ShortCode",
    "premiumrate": "PremiumRate", "premium": "PremiumRate", "temporary": "Temporary", "burner": "Temporary",
    "other": "Other",
}  # fmt: skip

# Published clients parse no other refusal than 400, 401, 403 and 429.
STATUSES = {409: 429, 413: 400, 415: 400, 422: 400}


def draft(
    fields: Mapping[str, Any], body: Mapping[str, Any], *, source_id: int, address: str | None, user_agent: str
) -> LeadDraft:
    lead = LeadDraft(**renamed(fields, WORDS), lead_source_id=source_id, extra=unknown(body, KNOWN))
    lead.external_id, lead.seller_lead_id = lead.external_id or None, lead.seller_lead_id or None
    lead.attribution = present(renamed(fields, ATTRIBUTION) | {"ip_address": address, "user_agent": user_agent})
    lead.profile = present(
        {"birth_date": iso(fields.get("birthDate")), "gender": known_word(fields, "gender", GENDERS)}
    )
    lead.phone_type = known_word(fields, "phoneType", PHONE_TYPES) or ("Other" if fields.get("phoneType") else "")
    originals = {
        name: fields[name]
        for name, table in (("gender", GENDERS), ("phoneType", PHONE_TYPES))
        if fields.get(name) and not known_word(fields, name, table)
    }
    for name in PRICES:
        if lead.price is not None and name in body and is_rounded(body[name], lead.price):
            originals[name] = body[name]
    if originals:
        lead.extra["originals"] = originals
    return lead


def is_rounded(given: Any, stored: Decimal) -> bool:
    """Whether a price came with more places than are stored."""
    text = "" if given is None else str(given).strip()
    return text != "" and Decimal(text) != stored


def known_word(fields: Mapping[str, Any], name: str, table: Mapping[str, str]) -> str | None:
    """The wire's word for what was given, in any spelling of the table; None for what is not understood."""
    letters = "".join(character for character in fields.get(name, "").casefold() if character.isalnum())
    return table.get(letters)


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def iso(date: Any) -> str | None:
    return date.isoformat() if date else None


def lead_answer(lead: "Lead") -> dict[str, Any]:
    return {
        "metadata": metadata(lead),
        "contact": contact(lead),
        "customer": customer(lead.profile),
        "id": str(lead.uuid),
        "createdAt": milliseconds(lead.created_at),
        "modifiedAt": milliseconds_or_none(lead.modified_at),
    }


def metadata(lead: "Lead") -> dict[str, Any]:
    won, consent = lead.attribution, lead.consent
    price = float(lead.price) if lead.price is not None else None
    return {
        "trustedFormUrl": or_none(lead.trusted_form_url),
        "utmSource": or_none(lead.utm_source),
        "utmMedium": or_none(lead.utm_medium),
        "utmCampaign": or_none(lead.utm_campaign),
        "utmTerm": won.get("utm_term"),
        "utmContent": won.get("utm_content"),
        "referrer": won.get("referrer"),
        "landingPage": won.get("landing_page"),
        "subId": won.get("sub_id"),
        "pubId": won.get("pub_id"),
        "ipAddress": won.get("ip_address"),
        "userAgent": won.get("user_agent"),
        "externalId": lead.external_id,
        "sellerLeadId": lead.seller_lead_id,
        "createdAt": milliseconds(lead.created_at),
        "price": price,
        "directPostPrice": price,
        "product": or_none(lead.product),
        "vertical": or_none(lead.vertical),
        "complianceStatus": consent.get("compliance_status"),
        "complianceBlockedReason": consent.get("compliance_blocked_reason"),
        "sourceMetadata": won.get("source_metadata", {}),
        "assignedPhoneNumberId": consent.get("assigned_phone_number_id"),
        "smsConsentStatus": consent.get("sms_consent_status"),
        "smsOptedOut": consent.get("sms_opted_out", False),
        "smsOptOutAt": consent.get("sms_opt_out_at"),
        "smsOptInAt": consent.get("sms_opt_in_at"),
        "smsHelpRequestedAt": consent.get("sms_help_requested_at"),
        "smsConsentPhoneNumber": consent.get("sms_consent_phone_number"),
        "userId": str(lead.owner_id) if lead.owner_id else None,
        "businessId": str(lead.account_id),
    }


def contact(lead: "Lead") -> dict[str, Any]:
    return {
        "firstName": or_none(lead.first_name),
        "lastName": or_none(lead.last_name),
        "streetAddress": {
            "line1": or_none(lead.address1),
            "line2": or_none(lead.address2),
            "city": or_none(lead.city),
            "state": or_none(lead.state),
            "province": None,
            "region": None,
            "postalCode": or_none(lead.postal_code),
            "country": or_none(lead.country),
            "additionalInfo": None,
        },
        "phone": {"number": lead.phone_e164 or or_none(lead.phone), "type": or_none(lead.phone_type)},
        "email": or_none(lead.email),
    }


def customer(profile: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "gender": profile.get("gender"),
        "height": profile.get("height"),
        "weight": profile.get("weight"),
        "birthDate": profile.get("birth_date"),
        "maritalStatus": profile.get("marital_status"),
        "income": profile.get("income"),
        "isHomeowner": profile.get("is_homeowner"),
        "monthsAtResidence": profile.get("months_at_residence"),
        "creditScore": profile.get("credit_score"),
        "hasBankruptcy": profile.get("has_bankruptcy"),
        "employmentType": profile.get("employment_type"),
        "numberOfDependents": profile.get("number_of_dependents"),
        "hasMedicalCondition": profile.get("has_medical_condition"),
    }


def error(problem: Problem, *, path: str, request_id: str) -> tuple[int, dict[str, Any]]:
    status = 403 if problem.code == "duplicate_lead" else STATUSES.get(problem.status, problem.status)
    return status, problem_details(problem, status=status, path=path, request_id=request_id)

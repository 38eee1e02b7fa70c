"""The long tails of a lead: what the doors answer of them is of the type they promise, whoever wrote it."""

from datetime import date, datetime
from typing import Any

from rest_framework import serializers

from intake.fields import (
    BirthDate,
    Choice,
    Instant,
    JsonObject,
    LeadRequest,
    Text,
    TrueOrFalse,
    Whence,
    WholeNumber,
    present,
)
from leadhub.lib.times import milliseconds

GENDERS = ["M", "F", "NonBinary", "PreferNotToSay", "Other"]
PHONE_TYPES = ["Mobile", "Landline", "Voip", "TollFree", "ShortCode", "PremiumRate", "Temporary", "Other"]
MARITAL = ["Married", "Single", "Widow", "Separated", "Divorced"]
EMPLOYMENT = [
    "Employed", "PartTime", "SelfEmployed", "Contractor", "Unemployed", "Retired", "Student", "Military", "Homemaker",
    "Disabled", "Other",
]  # fmt: skip


class Profile(LeadRequest):
    gender = Choice(GENDERS, required=False)
    height = WholeNumber()
    weight = WholeNumber()
    birth_date = BirthDate()
    marital_status = Choice(MARITAL, required=False)
    income = WholeNumber()
    is_homeowner = TrueOrFalse()
    months_at_residence = WholeNumber()
    credit_score = WholeNumber()
    has_bankruptcy = TrueOrFalse()
    employment_type = Choice(EMPLOYMENT, required=False)
    number_of_dependents = WholeNumber()
    has_medical_condition = TrueOrFalse()


class Attribution(LeadRequest):
    utm_term = Text()
    utm_content = Text()
    referrer = Whence()
    landing_page = Whence()
    sub_id = Text()
    pub_id = Text()
    ip_address = Text()
    user_agent = Text()
    source_metadata = serializers.DictField(child=Text(max_length=500), required=False)


class Consent(LeadRequest):
    compliance_status = Text()
    compliance_blocked_reason = Text()
    assigned_phone_number_id = Text()
    sms_consent_status = Text()
    sms_opted_out = TrueOrFalse()
    sms_opt_out_at = Instant()
    sms_opt_in_at = Instant()
    sms_help_requested_at = Instant()
    sms_consent_phone_number = Text()


class Details(JsonObject):
    """An object of which some names are known and have a type; what else is in it is kept as it is."""

    def __init__(self, known: type[LeadRequest], **options: Any) -> None:
        self.known = known()
        named = ", ".join(f"`{name}`" for name in self.known.fields)
        words = f"{named}: each as the source door answers it. Other names are kept as they are."
        super().__init__(keys=100, size=64 * 1024, **({"help_text": words} | options))

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        given: dict[str, Any] = super().to_internal_value(data)
        ours = {name: value for name, value in given.items() if name in self.known.fields}
        checked = self.known.run_validation(present(ours))
        others = {name: value for name, value in given.items() if name not in ours}
        return others | {name: as_json(value) for name, value in checked.items()}


def as_json(value: Any) -> Any:
    """A checked value as it is stored, and goes out."""
    if isinstance(value, datetime):
        return milliseconds(value)
    return value.isoformat() if isinstance(value, date) else value

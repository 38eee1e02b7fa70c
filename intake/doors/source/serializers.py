from typing import Any
from urllib.parse import urlsplit

from rest_framework import serializers

from intake.documentation import ProblemDetails
from intake.fields import BirthDate, EmailText, JsonObject, LeadRequest, Price, Tags, Text, Whence, is_web_url

IDENTIFIER = 255
METADATA_VALUE = 500
# Either name of a pair is taken; both, when they say the same.
ALIASES = {
    "dateOfBirth": "birthDate",
    "zip": "postalCode",
    "sellerLeadIdentifier": "sellerLeadId",
    "directPostPrice": "price",
}


def word(**options: Any) -> Text:
    """A line of text; vendors also send numbers, such as a zip code."""
    return Text(numbers=True, **options)


class TrustedForm(Text):
    """An https address at trustedform.com."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        value = super().run_validation(data)
        if isinstance(value, str) and value and not is_certificate(value):
            raise serializers.ValidationError("Must be an https URL at trustedform.com.")
        return value


def is_certificate(url: str) -> bool:
    if not is_web_url(url):
        return False
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    return parts.scheme == "https" and (host == "trustedform.com" or host.endswith(".trustedform.com"))


class Metadata(JsonObject):
    """Scalars by name: numbers and booleans become text, nested values are refused."""

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if not isinstance(data, dict):
            self.fail("not_a_dict", input_type=type(data).__name__)
        return {key: self.scalar(key, value) for key, value in data.items() if value is not None}

    def scalar(self, key: str, value: Any) -> str:
        if isinstance(value, dict | list):
            raise serializers.ValidationError(f"{key}: nested values are not taken.")
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if len(text) > METADATA_VALUE:
            raise serializers.ValidationError(f"{key}: at most {METADATA_VALUE} characters.")
        return text


class SourceLeadRequest(LeadRequest):
    """The source door's flat lead: nothing is required by itself, but an empty contact is refused."""

    firstName = word()
    lastName = word()
    email = EmailText()
    phone = word()
    phoneType = word(help_text="Mobile, Landline, Voip, TollFree, ShortCode, PremiumRate, Temporary or Other.")
    dateOfBirth = BirthDate(help_text="The same as birthDate.")
    birthDate = BirthDate()
    address1 = word()
    address2 = word()
    city = word()
    state = word()
    zip = word(help_text="The same as postalCode.")
    postalCode = word()
    gender = word(help_text="In any common spelling.")
    subId = word()
    sellerLeadId = word(max_length=IDENTIFIER)
    sellerLeadIdentifier = word(max_length=IDENTIFIER, help_text="The same as sellerLeadId.")
    directPostPrice = Price(help_text="The same as price.")
    price = Price()
    utmSource = word()
    utmMedium = word()
    utmCampaign = word()
    utmTerm = word()
    utmContent = word()
    referrer = Whence(numbers=True)
    landingPage = Whence(numbers=True)
    trustedFormUrl = TrustedForm()
    externalId = word(max_length=IDENTIFIER)
    sourceMetadata = Metadata(keys=50, size=16 * 1024)
    product = word()
    vertical = word()
    tagNames = Tags()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One value a pair of aliases, under its second name."""
        for alias, name in ALIASES.items():
            given = attrs.pop(alias, None)
            if given in (None, ""):
                continue
            if attrs.get(name) not in (None, "", given):
                message = f"{alias} and {name} are given and differ."
                raise serializers.ValidationError({alias: [message], name: [message]})
            attrs[name] = given
        return attrs


def text() -> serializers.CharField:
    return serializers.CharField(allow_null=True)


def instant() -> serializers.DateTimeField:
    return serializers.DateTimeField(allow_null=True)


class LeadMetadata(serializers.Serializer):
    trustedFormUrl = text()
    utmSource = text()
    utmMedium = text()
    utmCampaign = text()
    utmTerm = text()
    utmContent = text()
    referrer = text()
    landingPage = text()
    subId = text()
    pubId = text()
    ipAddress = text()
    userAgent = text()
    externalId = text()
    sellerLeadId = text()
    createdAt = serializers.DateTimeField()
    price = serializers.FloatField(allow_null=True)
    directPostPrice = serializers.FloatField(allow_null=True)
    product = text()
    vertical = text()
    complianceStatus = text()
    complianceBlockedReason = text()
    sourceMetadata = serializers.DictField(child=serializers.CharField())
    assignedPhoneNumberId = text()
    smsConsentStatus = text()
    smsOptedOut = serializers.BooleanField()
    smsOptOutAt = instant()
    smsOptInAt = instant()
    smsHelpRequestedAt = instant()
    smsConsentPhoneNumber = text()
    userId = text()
    businessId = serializers.CharField()


class StreetAddress(serializers.Serializer):
    line1 = text()
    line2 = text()
    city = text()
    state = text()
    province = text()
    region = text()
    postalCode = text()
    country = text()
    additionalInfo = text()


class Phone(serializers.Serializer):
    number = text()
    type = text()


class Contact(serializers.Serializer):
    firstName = text()
    lastName = text()
    streetAddress = StreetAddress()
    phone = Phone()
    email = text()


class Customer(serializers.Serializer):
    gender = text()
    height = serializers.IntegerField(allow_null=True, help_text="Inches.")
    weight = serializers.IntegerField(allow_null=True, help_text="Pounds.")
    birthDate = serializers.DateField(allow_null=True)
    maritalStatus = text()
    income = serializers.IntegerField(allow_null=True)
    isHomeowner = serializers.BooleanField(allow_null=True)
    monthsAtResidence = serializers.IntegerField(allow_null=True)
    creditScore = serializers.IntegerField(allow_null=True)
    hasBankruptcy = serializers.BooleanField(allow_null=True)
    employmentType = text()
    numberOfDependents = serializers.IntegerField(allow_null=True)
    hasMedicalCondition = serializers.BooleanField(allow_null=True)


class SourceLead(serializers.Serializer):
    metadata = LeadMetadata()
    contact = Contact()
    customer = Customer()
    id = serializers.UUIDField()
    createdAt = serializers.DateTimeField()
    modifiedAt = instant()


class SourceProblem(ProblemDetails):
    """RFC 9457."""

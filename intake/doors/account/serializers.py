import re
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from intake.fields import (
    EmailText,
    Instant,
    LeadRequest,
    Prose,
    RowId,
    Text,
    TrueOrFalse,
    WholeNumber,
    is_web_url,
    unspaced,
)

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")


class Picture(Text):
    """An http(s) address, or a path or bare name; kept as text and never loaded."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        value = super().run_validation(data)
        if isinstance(value, str) and SCHEME.match(unspaced(value)) and not is_web_url(value):
            raise serializers.ValidationError("Must be an http or https URL, or a path.")
        return value


class AccountLeadRequest(LeadRequest):
    """LeadInput: 25 properties, the two names required."""

    teamId = RowId()
    leadSourceId = RowId()
    firstName = Text(required=True)
    lastName = Text(required=True)
    imgSrc = Picture()
    email = EmailText()
    phone = Text()
    company = Text()
    jobTitle = Text()
    branch = Text()
    source = Text()
    position = Text()
    location = Text()
    productsServicesSold = Text()
    numberOfEmployees = WholeNumber()
    currentPaymentProcessor = Text()
    monthlyTransactionVolume = WholeNumber()
    interestedInSwitching = TrueOrFalse()
    processStage = Text()
    buyingRole = Text()
    assignedTo = EmailText(help_text="A user's e-mail. Without it the rotation decides.")
    notes = Prose()
    lastContacted = Instant()
    archived = TrueOrFalse()
    createdBy = EmailText(help_text="The claimed creator; the audit keeps who really called.")


class AuditLogEntry(serializers.Serializer):
    id = serializers.IntegerField()
    event = serializers.CharField(
        help_text="`lead_created`, `lead_updated`, `lead_archived`, `lead_unarchived`, `lead_assigned`, "
        "`lead_converted`, `lead_merged`, `lead_deleted`; or what LeadHub did beyond these, such as `lead_seen_again`, "
        "`lead_contacted`, `lead_reminded`, `lead_restored`."
    )
    user = serializers.CharField(allow_null=True)
    apiKey = serializers.CharField(allow_null=True, help_text="The key's public id; null for a session.")
    data = serializers.DictField(help_text="What was set; or by property what it was, and what it became.")
    created = serializers.DateTimeField()
    requestMethod = serializers.CharField()
    requestPath = serializers.CharField()
    requestHeaders = serializers.DictField(
        help_text="An allow-list; credentials are masked. Of others' requests, "
        "as the address, only shown to who may see the account's audit: managers and above."
    )
    requestIpAddress = serializers.CharField(allow_null=True)
    account_id = serializers.CharField()


def text() -> serializers.CharField:
    return serializers.CharField(allow_null=True)


class AccountListedLead(serializers.Serializer):
    """A lead as lists show it."""

    id = serializers.IntegerField()
    accountId = serializers.CharField()
    teamId = serializers.IntegerField(allow_null=True)
    leadSourceId = serializers.IntegerField(allow_null=True)
    applicationId = text()
    firstName = serializers.CharField()
    lastName = serializers.CharField()
    imgSrc = text()
    email = text()
    phone = text()
    company = text()
    jobTitle = text()
    branch = text()
    source = text()
    position = text()
    location = text()
    productsServicesSold = text()
    numberOfEmployees = serializers.IntegerField(allow_null=True)
    currentPaymentProcessor = text()
    monthlyTransactionVolume = serializers.IntegerField(allow_null=True)
    interestedInSwitching = serializers.BooleanField(allow_null=True)
    processStage = text()
    buyingRole = text()
    assignedTo = text()
    notes = text()
    lastContacted = serializers.DateTimeField(allow_null=True)
    archived = serializers.BooleanField()
    createdBy = text()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class AccountLead(AccountListedLead):
    """A lead and what happened to it, the oldest first; of more than 1,000 entries the latest."""

    auditLog = AuditLogEntry(many=True)


@extend_schema_serializer(many=False)
class AccountLeadPage(serializers.Serializer):
    data = AccountListedLead(many=True)
    totalCount = serializers.IntegerField()
    totalPages = serializers.IntegerField(help_text="0 where nothing is found.")
    currentPage = serializers.IntegerField()


class AccountConversion(serializers.Serializer):
    applicationId = Text(help_text="What the lead became elsewhere. Without it: a UUID.")


class AccountError(serializers.Serializer):
    error = serializers.CharField()

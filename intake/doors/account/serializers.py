import re
from typing import Any

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
    event = serializers.CharField()
    user = serializers.CharField(allow_null=True)
    apiKey = serializers.CharField(allow_null=True, help_text="The key's public id; null for a session.")
    data = serializers.DictField()
    created = serializers.DateTimeField()
    requestMethod = serializers.CharField()
    requestPath = serializers.CharField()
    requestHeaders = serializers.DictField(help_text="An allow-list; credentials are masked.")
    requestIpAddress = serializers.CharField(allow_null=True)
    account_id = serializers.CharField()


def text() -> serializers.CharField:
    return serializers.CharField(allow_null=True)


class AccountLead(serializers.Serializer):
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
    auditLog = AuditLogEntry(many=True)


class AccountError(serializers.Serializer):
    error = serializers.CharField()

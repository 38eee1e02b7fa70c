from rest_framework import serializers

from intake.fields import JsonObject, LeadRequest, Tags, Text, ValidEmail, WebUrl


class WorkspaceLeadRequest(LeadRequest):
    """The workspace door's lead: camelCase, an e-mail required."""

    email = ValidEmail(required=True)
    firstName = Text()
    lastName = Text()
    companyName = Text()
    jobTitle = Text()
    phone = Text()
    linkedinUrl = WebUrl()
    city = Text()
    state = Text()
    country = Text()
    tags = Tags()
    customFields = JsonObject(keys=100, size=64 * 1024)


class WorkspaceLead(serializers.Serializer):
    _id = serializers.CharField(help_text="24 hex digits.")
    email = serializers.CharField()
    firstName = serializers.CharField(allow_null=True)
    lastName = serializers.CharField(allow_null=True)
    companyName = serializers.CharField(allow_null=True)
    jobTitle = serializers.CharField(allow_null=True)
    phoneNumber = serializers.CharField(allow_null=True, help_text="The request's `phone`, spelled as given.")
    linkedinUrl = serializers.CharField(allow_null=True)
    city = serializers.CharField(allow_null=True)
    state = serializers.CharField(allow_null=True)
    country = serializers.CharField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    customFields = serializers.DictField()
    emailVerified = serializers.BooleanField()
    userId = serializers.CharField(help_text="Who made the key: 24 hex digits.")
    workspaceId = serializers.CharField(help_text="24 hex digits.")
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class WorkspaceLeadAnswer(serializers.Serializer):
    success = serializers.BooleanField()
    data = WorkspaceLead()


class WorkspaceError(serializers.Serializer):
    error = serializers.CharField(help_text="The status's reason phrase.")
    message = serializers.CharField()
    code = serializers.IntegerField()
    _id = serializers.CharField(required=False, help_text="On 409: the lead that is already there.")

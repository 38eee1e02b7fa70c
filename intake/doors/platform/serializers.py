from rest_framework import serializers

from intake.fields import LeadRequest, Text, ValidEmail


class PlatformLeadRequest(LeadRequest):
    """The platform door's lead: snake_case, an e-mail and both names required."""

    email = ValidEmail(required=True)
    first_name = Text(required=True)
    last_name = Text(required=True)
    company = Text()
    title = Text()
    industry = Text()


class PlatformLead(serializers.Serializer):
    id = serializers.CharField(help_text="`lead_` and a UUID.")
    email = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    company = serializers.CharField(allow_null=True)
    title = serializers.CharField(allow_null=True)
    industry = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(["new", "contacted", "qualified", "archived"])
    source = serializers.CharField(help_text="api, website, referral, or a form's or import's name.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class PlatformError(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()
    http_status = serializers.IntegerField()
    details = serializers.DictField(required=False)

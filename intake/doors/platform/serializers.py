from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from intake.doors.platform.wire import STATUSES
from intake.fields import Choice, LeadRequest, Text, ValidEmail


class PlatformLeadRequest(LeadRequest):
    """The platform door's lead: snake_case, an e-mail and both names required."""

    email = ValidEmail(required=True)
    first_name = Text(required=True)
    last_name = Text(required=True)
    company = Text()
    title = Text()
    industry = Text()


class PlatformLeadChanges(PlatformLeadRequest):
    """Any of the fields, and where the lead stands; e-mail and names cannot be emptied."""

    status = Choice(STATUSES, required=False)


class PlatformConversion(LeadRequest):
    account_name = Text(max_length=200, help_text="The new account's name; the lead's company without it.")


class PlatformLead(serializers.Serializer):
    id = serializers.CharField(help_text="`lead_` and a UUID.")
    email = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    company = serializers.CharField(allow_null=True)
    title = serializers.CharField(allow_null=True)
    industry = serializers.CharField(allow_null=True)
    status = Choice(STATUSES)
    source = serializers.CharField(help_text="api, website, referral, or a form's or import's name.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class PlatformStep(serializers.Serializer):
    """One change of status; `by` is the e-mail of who made it, null for the hub itself."""

    to = Choice(STATUSES)
    at = serializers.DateTimeField()
    by = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        # Python has another use for this word.
        return {"from": Choice(STATUSES), **super().get_fields()}


class PlatformWholeLead(PlatformLead):
    message = serializers.CharField(allow_null=True)
    timeline = PlatformStep(many=True)


@extend_schema_serializer(many=False)
class PlatformLeadPage(serializers.Serializer):
    items = PlatformLead(many=True)
    next_cursor = serializers.CharField(allow_null=True, help_text="null on the last page.")


class PlatformTenant(serializers.Serializer):
    lead = PlatformLead()
    account_id = serializers.CharField()


class PlatformError(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()
    http_status = serializers.IntegerField()
    details = serializers.DictField(required=False)

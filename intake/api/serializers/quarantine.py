"""Refused payloads as the API shows them."""

from rest_framework import serializers

from intake.api.serializers.base import Body
from intake.fields import Text


class Discarding(Body):
    note = Text(max_length=500, allow_null=True, help_text="Why; kept with the payload.")


class ApiQuarantined(serializers.Serializer):
    id = serializers.IntegerField()
    form = serializers.IntegerField(allow_null=True)
    # DRF's own `source` is another thing.
    door = serializers.CharField()
    code = serializers.CharField(help_text="Why it was refused, or refused again; stable.")
    reason = serializers.CharField()
    content_type = serializers.CharField(allow_null=True)
    payload = serializers.CharField(
        help_text="As it came; what is no UTF-8 is escaped. In a list its first 2,000 bytes: read one to have it whole."
    )
    payload_size = serializers.IntegerField(help_text="How many bytes it has.")
    request_id = serializers.CharField(allow_null=True)
    address = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    resolved_by = serializers.EmailField(allow_null=True)
    note = serializers.CharField(allow_null=True)
    lead = serializers.IntegerField(allow_null=True, help_text="What it became, or the known lead that it met.")

    def get_fields(self) -> dict[str, serializers.Field]:
        fields: dict[str, serializers.Field] = super().get_fields()
        return fields | {"source": serializers.IntegerField(allow_null=True)}

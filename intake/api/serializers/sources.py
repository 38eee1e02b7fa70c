"""Sources and keys, as they are given and answered."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from intake.api.serializers.base import MOST, Body, Name, New
from intake.fields import Choice, Country, Instant, Price, RowId, ShortList, Tags, Text, TrueOrFalse, WholeNumber


class Ids(ShortList):
    def __init__(self, **options: Any) -> None:
        super().__init__(child=RowId(), required=False, max_length=MOST, **options)


class Cost(Price):
    """As a price, to the cent."""

    def to_internal_value(self, data: Any) -> Decimal:
        value: Decimal = super().to_internal_value(data)
        cents = round(value, 2)
        if cents != value or not 0 <= cents < 10**10:
            raise serializers.ValidationError("Must be an amount, with at most 2 digits after the point.")
        return cents


class SourceChanges(Body):
    name = Name()
    is_active = TrueOrFalse()
    teams = Ids(help_text="The teams it is for; none for all.")
    allowed_states = Tags(help_text="Empty allows all, as does the next.")
    allowed_products = Tags()
    requires_certificate = TrueOrFalse()
    daily_limit = WholeNumber(min_value=1, allow_null=True, help_text="Leads a day, in UTC.")
    takes_get = TrueOrFalse(help_text="Whether it may send a lead in the query of a GET.")
    default_tags = Tags()
    default_country = Country(allow_null=True, help_text="Null for the account's.")
    cost_per_lead = Cost(allow_null=True)


class NewSource(New, SourceChanges):
    name = Name(required=True)


class ApiTally(serializers.Serializer):
    """What came of what a source sent, by days in UTC."""

    accepted = serializers.IntegerField(help_text="Leads stored.")
    duplicate = serializers.IntegerField(
        help_text="Leads of people known before, stored or, by the account's policy, not."
    )
    refused = serializers.IntegerField(help_text="Payloads refused and kept in the quarantine.")


class ApiSource(serializers.Serializer):
    id = serializers.IntegerField()
    uuid = serializers.UUIDField(help_text="Its id at the source door.")
    name = serializers.CharField()
    is_active = serializers.BooleanField()
    teams = serializers.ListField(child=serializers.IntegerField())
    allowed_states = serializers.ListField(child=serializers.CharField())
    allowed_products = serializers.ListField(child=serializers.CharField())
    requires_certificate = serializers.BooleanField()
    daily_limit = serializers.IntegerField(allow_null=True)
    takes_get = serializers.BooleanField()
    default_tags = serializers.ListField(child=serializers.CharField())
    default_country = serializers.CharField(allow_null=True)
    cost_per_lead = serializers.CharField(allow_null=True)
    today = ApiTally()
    last_30_days = ApiTally(help_text="Today and the 29 days before.")
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="When one of its keys was; to the minute.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class KeyRotation(Body):
    overlap_hours = WholeNumber(max_value=24 * 90, help_text="So long the old keys are still taken; 24 unless told.")


class NewKey(New):
    name = Text(max_length=100)
    expires_at = Instant()


class ApiKeyShown(serializers.Serializer):
    id = serializers.IntegerField()
    public_id = serializers.CharField(help_text="How it begins.")
    kind = Choice(["account", "source"])
    name = serializers.CharField(allow_null=True)
    made_by = serializers.EmailField()
    is_usable = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class ApiNewKey(ApiKeyShown):
    secret = serializers.CharField(help_text="Shown this once.")

"""The account, its jobs and its audit, as they are given and answered."""

from rest_framework import serializers

from accounts.models import JobState
from accounts.models.account import DuplicatePolicy
from intake.api.serializers.base import Body, Name
from intake.fields import Choice, Country, Text

POLICIES = [policy.value for policy in DuplicatePolicy]


class AccountChanges(Body):
    name = Name()
    duplicate_policy = Choice(POLICIES, required=False)
    default_country = Country(help_text="ISO 3166, such as US.")
    time_zone = Text(max_length=64, help_text="Such as Europe/Berlin.")


class ApiAccount(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    duplicate_policy = Choice(POLICIES)
    default_country = serializers.CharField()
    time_zone = serializers.CharField()
    created_at = serializers.DateTimeField()


class ApiJob(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    title = serializers.CharField()
    state = Choice([state.value for state in JobState])
    total = serializers.IntegerField(allow_null=True)
    done = serializers.IntegerField()
    refused = serializers.IntegerField()
    result = serializers.DictField()
    error = serializers.CharField(allow_null=True)
    created_by = serializers.EmailField(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class AuditObject(serializers.Serializer):
    kind = serializers.CharField()
    id = serializers.IntegerField(allow_null=True)


class AuditRequest(serializers.Serializer):
    id = serializers.CharField(allow_null=True)
    method = serializers.CharField()
    path = serializers.CharField()
    address = serializers.CharField(allow_null=True)


class ApiAuditEntry(serializers.Serializer):
    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    event = serializers.CharField()
    object = AuditObject()
    actor = serializers.CharField(allow_null=True)
    key = serializers.CharField(allow_null=True, help_text="The public id of the key it was done with.")
    door = serializers.CharField(allow_null=True)
    changes = serializers.DictField(help_text="By field: before and after.")
    details = serializers.DictField(help_text="What belongs to the event, such as why this owner.")
    request = AuditRequest(allow_null=True)

"""Rotations, as they are given and answered."""

from rest_framework import serializers

from intake.api.serializers.base import MOST, Body, Name, New
from intake.fields import Choice, EmailText, RowId, TrueOrFalse, WholeNumber
from teams.models import RotationStatus

STATUSES = [status.value for status in RotationStatus]


class PlaceGiven(Body):
    user = EmailText(required=True, help_text="A member's e-mail.")
    weight = WholeNumber(min_value=1, max_value=1000)
    is_paused = TrueOrFalse()
    daily_cap = WholeNumber(min_value=1, allow_null=True)


class RotationChanges(Body):
    name = Name()
    team = RowId(allow_null=True, help_text="Null for the leads of no team.")
    status = Choice(RotationStatus.choices, required=False)
    fallback = EmailText(allow_null=True, help_text="Who gets what nobody can take; null holds it.")
    contact_minutes = WholeNumber(min_value=1, max_value=43_200, allow_null=True)
    max_hops = WholeNumber(max_value=20)
    members = PlaceGiven(many=True, required=False, max_length=MOST)  # type: ignore[call-arg]


class NewRotation(New, RotationChanges):
    name = Name(required=True)


class ApiPlace(serializers.Serializer):
    user = serializers.EmailField()
    weight = serializers.IntegerField()
    is_paused = serializers.BooleanField()
    daily_cap = serializers.IntegerField(allow_null=True)


class ApiRotation(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    team = serializers.IntegerField(allow_null=True)
    status = Choice(RotationStatus.choices)
    fallback = serializers.EmailField(allow_null=True)
    contact_minutes = serializers.IntegerField(allow_null=True)
    max_hops = serializers.IntegerField()
    members = ApiPlace(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class StandingPlace(serializers.Serializer):
    user = serializers.EmailField()
    turns = serializers.FloatField(help_text="Taken so far, as turns of weight 1.")
    today = serializers.IntegerField(help_text="Turns of his day.")
    daily_cap = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why he takes none now: paused, off hours, inactive ...")
    returns_at = serializers.DateTimeField(allow_null=True, help_text="Until when, where his hours say so.")
    is_next = serializers.BooleanField()


class ApiStanding(serializers.Serializer):
    members = StandingPlace(many=True)
    upcoming = serializers.ListField(child=serializers.EmailField(), help_text="Whom the next leads go to, in order.")
    fallback = serializers.EmailField(allow_null=True, help_text="Who gets them while none of the members can.")

"""Teams, members, sources, rotations and the rest of an account's settings, as they are given and answered."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from accounts.models import JobState
from accounts.models.account import DuplicatePolicy
from accounts.roles import Role
from intake.api.serializers.base import Body, New
from intake.fields import EmailText, Instant, Price, RowId, ShortList, Tags, Text, TrueOrFalse, WholeNumber
from teams.models import RotationStatus

ROLES = [role.value for role in Role]
POLICIES = [policy.value for policy in DuplicatePolicy]
ROTATION_STATUSES = [status.value for status in RotationStatus]
MOST = 500
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Emails(ShortList):
    def __init__(self, **options: Any) -> None:
        super().__init__(child=EmailText(required=True), required=False, max_length=MOST, **options)


class Ids(ShortList):
    def __init__(self, **options: Any) -> None:
        super().__init__(child=RowId(), required=False, max_length=MOST, **options)


class Day(serializers.DateField):
    """`YYYY-MM-DD`, and no number."""

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **options)

    def to_internal_value(self, data: Any) -> date:
        if not isinstance(data, str) or not DATE.fullmatch(data):
            self.fail("invalid", format="YYYY-MM-DD")
        value: date = super().to_internal_value(data)
        return value


class Cost(Price):
    """As a price, to the cent."""

    def to_internal_value(self, data: Any) -> Decimal:
        value: Decimal = super().to_internal_value(data)
        cents = round(value, 2)
        if cents != value or not 0 <= cents < 10**10:
            raise serializers.ValidationError("Must be an amount, with at most 2 digits after the point.")
        return cents


class Anything(serializers.JSONField):
    """Left to the domain, which says in words what is wrong with it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_null=True, **options)


class Name(Text):
    """A name that is never empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"max_length": 200, "allow_blank": False} | options))


# --- teams ---


class TeamChanges(Body):
    name = Name()
    is_active = TrueOrFalse()
    members = Emails(help_text="The e-mails of its members, instead of those so far.")


class NewTeam(New, TeamChanges):
    name = Name(required=True)


class ApiTeam(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    is_active = serializers.BooleanField()
    members = serializers.ListField(child=serializers.EmailField())
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


# --- members ---


class NewMember(New):
    email = serializers.EmailField(max_length=254)
    name = Text(max_length=200, help_text="Of somebody who is new here.")
    role = serializers.ChoiceField(ROLES)


class MemberChanges(Body):
    role = serializers.ChoiceField(ROLES, required=False)
    is_active = TrueOrFalse(help_text="Whether he is a member still.")
    time_zone = Text(max_length=64, allow_null=True, help_text="Such as Europe/Berlin; null for the account's.")
    working_hours = Anything(help_text="By day, ranges of hours; null for always.")


class ApiMember(serializers.Serializer):
    id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField(allow_null=True)
    role = serializers.ChoiceField(ROLES)
    is_active = serializers.BooleanField(help_text="False also where the person was shut out of everything.")
    time_zone = serializers.CharField(allow_null=True)
    working_hours = serializers.DictField(allow_null=True)
    created_at = serializers.DateTimeField()


class ApiNewMember(ApiMember):
    password = serializers.CharField(allow_null=True, help_text="Of somebody who is new here; shown this once.")


class NewDayOff(New):
    first_date = Day()
    last_date = Day()
    note = Text(max_length=200)


class ApiDayOff(serializers.Serializer):
    id = serializers.IntegerField()
    first_date = serializers.DateField()
    last_date = serializers.DateField()
    note = serializers.CharField(allow_null=True)


class NewHoliday(New):
    date = Day()
    name = Name(required=True)


class ApiHoliday(serializers.Serializer):
    id = serializers.IntegerField()
    date = serializers.DateField()
    name = serializers.CharField()


# --- sources and keys ---


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
    default_country = Text(max_length=2, allow_null=True, help_text="Null for the account's.")
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
    kind = serializers.ChoiceField(["account", "source"])
    name = serializers.CharField(allow_null=True)
    made_by = serializers.EmailField()
    is_usable = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class ApiNewKey(ApiKeyShown):
    secret = serializers.CharField(help_text="Shown this once.")


# --- rotations ---


class PlaceGiven(Body):
    user = EmailText(required=True, help_text="A member's e-mail.")
    weight = WholeNumber(min_value=1, max_value=1000)
    is_paused = TrueOrFalse()
    daily_cap = WholeNumber(min_value=1, allow_null=True)


class RotationChanges(Body):
    name = Name()
    team = RowId(allow_null=True, help_text="Null for the leads of no team.")
    status = serializers.ChoiceField(RotationStatus.choices, required=False)
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
    status = serializers.ChoiceField(RotationStatus.choices)
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


# --- the account, its jobs and its audit ---


class AccountChanges(Body):
    name = Name()
    duplicate_policy = serializers.ChoiceField(POLICIES, required=False)
    default_country = Text(max_length=2, help_text="ISO 3166, such as US.")
    time_zone = Text(max_length=64, help_text="Such as Europe/Berlin.")


class ApiAccount(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    duplicate_policy = serializers.ChoiceField(POLICIES)
    default_country = serializers.CharField()
    time_zone = serializers.CharField()
    created_at = serializers.DateTimeField()


class ApiJob(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField([state.value for state in JobState])
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

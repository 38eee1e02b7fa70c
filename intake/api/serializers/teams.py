"""Teams, members, their working time and holidays, as they are given and answered."""

import re
from datetime import date
from typing import Any

from rest_framework import serializers

from accounts.roles import Role
from intake.api.serializers.base import MOST, Body, Name, New
from intake.fields import Choice, EmailText, ShortList, Text, TrueOrFalse

ROLES = [role.value for role in Role]
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Emails(ShortList):
    def __init__(self, **options: Any) -> None:
        super().__init__(child=EmailText(required=True), required=False, max_length=MOST, **options)


class Day(serializers.DateField):
    """`YYYY-MM-DD`, and no number."""

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **options)

    def to_internal_value(self, data: Any) -> date:
        if not isinstance(data, str) or not DATE.fullmatch(data):
            self.fail("invalid", format="YYYY-MM-DD")
        value: date = super().to_internal_value(data)
        return value


class Anything(serializers.JSONField):
    """Left to the domain, which says in words what is wrong with it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_null=True, **options)


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
    role = Choice(ROLES)


class MemberChanges(Body):
    role = Choice(ROLES, required=False)
    is_active = TrueOrFalse(help_text="Whether he is a member still.")
    time_zone = Text(max_length=64, allow_null=True, help_text="Such as Europe/Berlin; null for the account's.")
    working_hours = Anything(help_text="By day, ranges of hours; null for always.")


class ApiMember(serializers.Serializer):
    id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField(allow_null=True)
    role = Choice(ROLES)
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

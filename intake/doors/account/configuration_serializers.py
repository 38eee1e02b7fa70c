from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.roles import Role
from intake.fields import Choice, EmailText, Instant, RowId, ShortList, Text, TrueOrFalse
from teams.models import RotationStatus

NAME, PLACES = 200, 1000


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "object", "properties": {"email": {"type": "string"}}}]})
class Person(EmailText):
    """A member by e-mail, or as an answer showed him."""

    def to_internal_value(self, data: Any) -> str:
        email = data.get("email") if isinstance(data, dict) else data
        return super().to_internal_value(email).lower()


class Each(ShortList):
    """A list of at most 1,000, none of them twice."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=PLACES, **options)

    def to_internal_value(self, data: Any) -> list[Any]:
        values = super().to_internal_value(data)
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise serializers.ValidationError(f"{twice} is named twice.")
        return values


class Name(Text):
    def __init__(self, **options: Any) -> None:
        super().__init__(**({"max_length": NAME, "allow_blank": False} | options))


class TeamChange(serializers.Serializer):
    name = Name()
    active = TrueOrFalse()
    members = Each(child=Person(allow_blank=False), help_text="E-mails of members of the account; replaces all.")


class TeamRequest(TeamChange):
    name = Name(required=True)


class TeamChangeById(TeamChange):
    id = RowId(required=True)


class SourceChange(serializers.Serializer):
    name = Name()
    active = TrueOrFalse()
    teamIds = Each(child=RowId(), help_text="The teams it is for; [] is all teams.")


class SourceRequest(SourceChange):
    name = Name(required=True)


class SourceChangeById(SourceChange):
    id = RowId(required=True)


class RotationChange(serializers.Serializer):
    name = Name(help_text="Without a team it is `default`.")
    teamId = RowId(help_text="Without one it takes the leads of no team, and of teams without a rotation.")
    userRotationArray = Each(child=Person(allow_blank=False), help_text="E-mails in the order of their turns.")
    status = Choice(RotationStatus.choices, required=False)


class RotationStatusRequest(serializers.Serializer):
    status = Choice(RotationStatus.choices)


class KeyChange(serializers.Serializer):
    name = Text(max_length=100, allow_blank=False)
    expiresAt = Instant(help_text="Still to come.")


class KeyRequest(KeyChange):
    name = Text(max_length=100, required=True)


class KeyNamed(serializers.Serializer):
    id = Text(max_length=24, required=True, help_text="The key's public id.")


class KeyChangeById(KeyChange, KeyNamed):
    pass


class Password(serializers.CharField):
    """As it was typed: nothing is taken out of it or composed anew."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, trim_whitespace=False, max_length=1000, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class LoginRequest(serializers.Serializer):
    email = Text(max_length=254, help_text="With `password`.")
    password = Password()
    apiKey = Text(max_length=24, help_text="A user key's public id, with `apiSecret`.")
    apiSecret = Text(max_length=200, help_text="The whole key.")
    code = Text(max_length=20, help_text="Of a second factor; not asked for yet.")


# --- answers ---


class Tracked(serializers.Serializer):
    createdBy = serializers.CharField(allow_null=True, help_text="E-mail.")
    updatedBy = serializers.CharField(allow_null=True, help_text="E-mail.")
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class AccountTeamMember(serializers.Serializer):
    userId = serializers.IntegerField()
    email = serializers.CharField()
    name = serializers.CharField(allow_blank=True)


class AccountTeam(Tracked):
    id = serializers.IntegerField()
    accountId = serializers.CharField()
    account_id = serializers.CharField()
    name = serializers.CharField()
    active = serializers.BooleanField()
    members = AccountTeamMember(many=True)


class AccountLeadSource(Tracked):
    id = serializers.IntegerField()
    name = serializers.CharField()
    accountId = serializers.CharField()
    active = serializers.BooleanField()
    teamIds = serializers.ListField(child=serializers.IntegerField(), help_text="[] is all teams.")


class AccountRotation(Tracked):
    id = serializers.IntegerField()
    name = serializers.CharField()
    accountId = serializers.CharField()
    status = Choice(RotationStatus.choices)
    teamId = serializers.IntegerField(allow_null=True)
    userRotationArray = serializers.ListField(child=serializers.CharField(), help_text="E-mails in order.")
    currentPosition = serializers.IntegerField(help_text="Whose turn is next, counted from 0.")
    team = AccountTeam(allow_null=True)


class AccountKey(serializers.Serializer):
    id = serializers.CharField(help_text="The public id.")
    name = serializers.CharField(allow_blank=True)
    kind = serializers.CharField(help_text="`user`, `account` or `source`.")
    createdBy = serializers.CharField()
    createdAt = serializers.DateTimeField()
    expiresAt = serializers.DateTimeField(allow_null=True)
    lastUsedAt = serializers.DateTimeField(allow_null=True)
    revokedAt = serializers.DateTimeField(allow_null=True)


class AccountNewKey(AccountKey):
    apiKey = serializers.CharField(help_text="The public id, as the log-in takes it.")
    apiSecret = serializers.CharField(help_text="The whole key: here, and never again.")


class AccountUser(serializers.Serializer):
    id = serializers.IntegerField()
    email = serializers.CharField()
    name = serializers.CharField(allow_null=True)


class PrimaryAccount(serializers.Serializer):
    accountId = serializers.CharField()
    name = serializers.CharField()


class AccountLogin(serializers.Serializer):
    token = serializers.CharField(help_text="The bearer token of what follows.")
    expiresAt = serializers.DateTimeField()
    user = AccountUser()
    primaryAccount = PrimaryAccount()


class AccountOfSession(PrimaryAccount):
    role = Choice([role.value for role in Role])


class AccountSession(serializers.Serializer):
    user = AccountUser()
    accounts = AccountOfSession(many=True)
    expiresAt = serializers.DateTimeField(allow_null=True, help_text="null for a key that does not expire.")


class AccountDone(serializers.Serializer):
    success = serializers.BooleanField()

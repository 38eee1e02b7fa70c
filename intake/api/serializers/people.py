"""People and accounts as those above them give and are answered them, and what is a person's own."""

from rest_framework import serializers

from accounts.roles import Role
from intake.api.serializers.account import AccountChanges, ApiAccount
from intake.api.serializers.base import Body, Name, Named, New
from intake.api.serializers.leads import Several
from intake.api.serializers.sources import ApiKeyShown
from intake.api.serializers.teams import ROLES
from intake.fields import Choice, Instant, Text, TrueOrFalse
from leads.models import NoticeKind

# --- oneself ---


class MyChanges(Body):
    name = Text(max_length=200, allow_null=True)
    wants_bell = TrueOrFalse(help_text="Whether the console's bell tells of leads.")
    wants_mail = TrueOrFalse(help_text="Whether an e-mail does.")


class MeUser(serializers.Serializer):
    id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField(allow_null=True)
    is_platform_admin = serializers.BooleanField()
    wants_bell = serializers.BooleanField()
    wants_mail = serializers.BooleanField()


class Me(serializers.Serializer):
    account = Named()
    user = MeUser(allow_null=True)
    key = serializers.CharField(allow_null=True, help_text="The key's public id; null for a log-in session.")
    role = Choice([role.value for role in Role], allow_null=True)


class KeyChanges(Body):
    name = Text(max_length=100, allow_null=True)
    expires_at = Instant(help_text="When it ends; an end cannot be taken back.")


class ApiOwnKey(ApiKeyShown):
    """A key of a person's own, good in all his accounts."""

    kind = Choice(["user"])


class ApiNewOwnKey(ApiOwnKey):
    secret = serializers.CharField(help_text="Shown this once.")


class Noticed(Several):
    def get_fields(self) -> dict[str, serializers.Field]:
        fields: dict[str, serializers.Field] = super().get_fields()
        fields["ids"].required = False
        fields["ids"].help_text = "All unread ones where it is left out."
        return fields


class ApiNotice(serializers.Serializer):
    id = serializers.IntegerField()
    kind = Choice(NoticeKind.choices)
    lead = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class NoticesRead(serializers.Serializer):
    read = serializers.IntegerField(help_text="How many were unread.")


# --- accounts ---


class NewTenant(New, AccountChanges):
    name = Name(required=True)
    owner = serializers.EmailField(
        max_length=254, required=False, help_text="Who owns it; without one, members are added later."
    )


class ApiTenant(ApiAccount):
    is_platform = serializers.BooleanField(help_text="Whether it is the platform's own.")
    suspended_at = serializers.DateTimeField(allow_null=True)
    role = Choice(ROLES, allow_null=True, help_text="The caller's; null without a membership.")


class ApiNewTenant(ApiTenant):
    password = serializers.CharField(allow_null=True, help_text="Of an owner who is new here; shown this once.")


# --- users ---


class UserChanges(Body):
    email = serializers.EmailField(max_length=254, required=False)
    name = Text(max_length=200, allow_null=True)
    is_active = TrueOrFalse(help_text="Whether he is let in, anywhere.")
    is_platform_admin = TrueOrFalse(help_text="Whether he stands above all accounts.")


class NewUser(New):
    email = serializers.EmailField(max_length=254)
    name = Text(max_length=200)
    is_platform_admin = TrueOrFalse()


class UserMembership(serializers.Serializer):
    id = serializers.IntegerField()
    account = Named()
    role = Choice(ROLES)
    is_active = serializers.BooleanField()


class ApiUser(serializers.Serializer):
    id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField(allow_null=True)
    is_active = serializers.BooleanField()
    is_platform_admin = serializers.BooleanField()
    memberships = UserMembership(many=True)
    last_login_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class ApiPassword(serializers.Serializer):
    password = serializers.CharField(help_text="Shown this once.")


class ApiNewUser(ApiUser, ApiPassword):
    pass

"""Who calls, as the API answers it."""

from rest_framework import serializers

from accounts.roles import Role


class MeAccount(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class MeUser(serializers.Serializer):
    id = serializers.IntegerField()
    email = serializers.EmailField()


class Me(serializers.Serializer):
    account = MeAccount()
    user = MeUser(allow_null=True)
    key = serializers.CharField(allow_null=True, help_text="The key's public id; null for a log-in session.")
    role = serializers.ChoiceField([role.value for role in Role], allow_null=True)

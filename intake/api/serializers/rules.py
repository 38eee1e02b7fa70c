"""Routing rules, as they are given and answered."""

from typing import Any

from rest_framework import serializers

from intake.api.serializers.base import Body, New
from intake.fields import Choice, EmailText, RowId, ShortList, Text, TrueOrFalse
from teams.rules import CONDITIONS, FIELDS, WORDS

EXAMPLE = {
    "name": "Big ones to Ann",
    "conditions": [
        {"field": "company_size", "op": "at_least", "value": 500},
        {"field": "state", "op": "one_of", "value": ["CA", "NY"]},
    ],
    "user": "ann@acme.com",
}
CHANGED = {"team": 7, "is_active": True}
ORDER = {"ids": [12, 9]}


class Condition(serializers.Serializer):
    """One of the conditions, which must all hold."""

    field = Choice(list(FIELDS))
    op = Choice(list(WORDS))
    value = serializers.JSONField(help_text="A text, a number, or for one_of a list of them.")


class Conditions(serializers.ListField):
    """Left to `teams.rules`, which says in words what is wrong with one."""

    child = serializers.JSONField()

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return data if data is not serializers.empty else super().run_validation(data)


class RuleFields(Body):
    """A rule sends leads to a team, a rotation or a user: one of them."""

    name = Text(max_length=200)
    is_active = TrueOrFalse()
    conditions = Conditions(help_text=f"At most {CONDITIONS}; without any it is for every lead.")
    team = RowId(allow_null=True)
    rotation = RowId(allow_null=True)
    user = EmailText(allow_null=True, help_text="A member's e-mail.")


class NewRule(New, RuleFields):
    name = Text(max_length=200, required=True)


class RuleChanges(RuleFields):
    """What is to change; a new target takes the place of the old one."""


class RuleOrder(Body):
    ids = ShortList(child=RowId(), max_length=1000, help_text="Those not named follow, as they were.")


class ApiRule(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    position = serializers.IntegerField(help_text="The rule with the smallest is asked first.")
    is_active = serializers.BooleanField()
    conditions = Condition(many=True)
    team = serializers.IntegerField(allow_null=True)
    rotation = serializers.IntegerField(allow_null=True)
    user = serializers.EmailField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ApiRules(serializers.Serializer):
    items = ApiRule(many=True)

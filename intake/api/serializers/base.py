"""What the bodies of the API have in common."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.serializers import Serializer

from intake.documentation import ProblemDetails
from intake.fields import Instant, Strict, Text, TrueOrFalse, present

MOMENTS = range(2000, 2101)
# So many people, teams or places a list of settings may name.
MOST = 500


class ApiProblem(ProblemDetails):
    """RFC 9457. `code` is stable; `errors` has the messages by field."""

    lead = serializers.IntegerField(required=False, help_text="With `duplicate_lead`: the lead that is known already.")


class Body(Strict):
    """A request's object."""


class New(Body):
    """What is to be made: null and "" are as good as absent."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(present(data) if isinstance(data, dict) else data)


class Moment(Instant):
    """An instant of this century, for which every time zone has a calendar."""

    def to_internal_value(self, data: Any) -> datetime:
        value = super().to_internal_value(data)
        if value.year not in MOMENTS:
            raise serializers.ValidationError(f"Must be between the years {MOMENTS[0]} and {MOMENTS[-1]}.")
        return value


class Name(Text):
    """A name that is never empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"max_length": 200, "allow_blank": False} | options))


class YesNoOrOpen(TrueOrFalse):
    """True, false, or null for what is not known."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return None if data is None else super().run_validation(data)


class Named(Serializer):
    """Something of the account, as another thing names it."""

    id = serializers.IntegerField()
    name = serializers.CharField()


def page_of(item: type[Serializer], *, name: str) -> type[Serializer]:
    """The shape of a list of these."""
    fields = {
        "items": item(many=True),
        "next_cursor": serializers.CharField(allow_null=True, help_text="What `cursor` is for the next page."),
    }
    # Or the documentation would take the list's answer for a list of pages.
    return extend_schema_serializer(many=False)(type(name, (Serializer,), fields))

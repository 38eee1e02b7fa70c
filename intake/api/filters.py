"""What lists of the API are filtered and ordered by, read as strictly as the rest of a query."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter

from accounts.callers import Caller
from intake.fields import ROW_ID
from intake.problems import Problem, invalid
from intake.queries import NO_FLAG, NO_INSTANT, parsed_flag, parsed_instant
from intake.words import composed


class InstantField(forms.Field):
    def to_python(self, value: Any) -> datetime | None:
        try:
            return parsed_instant(value) if value is not None else None
        except (ValueError, OverflowError):
            raise forms.ValidationError(NO_INSTANT) from None


class InstantFilter(django_filters.Filter):
    field_class = InstantField


class FlagField(forms.Field):
    def to_python(self, value: Any) -> bool | None:
        try:
            return None if value is None else parsed_flag(value)
        except KeyError:
            raise forms.ValidationError(NO_FLAG) from None

    def validate(self, value: Any) -> None: ...


class FlagFilter(django_filters.Filter):
    field_class = FlagField


class IdField(forms.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=ROW_ID, **options)


class IdFilter(django_filters.Filter):
    field_class = IdField


class OneOfFilter(django_filters.ChoiceFilter):
    def __init__(self, choices: Sequence[str], **options: Any) -> None:
        told = {"invalid_choice": f"This must be one of: {', '.join(choices)}."}
        pairs = [(choice, choice) for choice in choices]
        super().__init__(choices=pairs, null_label=None, error_messages=told, **options)


class TextField(forms.CharField):
    def to_python(self, value: Any) -> str:
        return composed(super().to_python(value) or "")


class TextFilter(django_filters.Filter):
    field_class = TextField

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=200, **options)


class Filters(django_filters.FilterSet):
    """The filters of a list, and `orders`: by name the columns of `intake.pages.page_of`, the first unless told.

    Where there are many rows, the account's column comes first, and the rows are asked for by `listed_for`.
    """

    orders: ClassVar[Mapping[str, Sequence[str]]] = {"id": ["id"], "-id": ["-id"]}
    caller: Caller | None = None

    @classmethod
    def of(cls, given: Mapping[str, str], rows: QuerySet[Any], *, caller: Caller | None) -> QuerySet[Any]:
        """The rows that are asked for. Raises Problem 400 naming the parameters that cannot be used."""
        empty = {
            name: ["This is empty."] for name, value in given.items() if not value.strip() and name in cls.base_filters
        }
        if empty:
            raise refused(empty)
        made = cls(dict(given), queryset=rows)
        made.caller = caller
        if not made.is_valid():
            raise refused({name: [str(each) for each in messages] for name, messages in made.errors.items()})
        return made.qs

    @classmethod
    def parameters(cls) -> list[OpenApiParameter]:
        """What the documentation says of them."""
        told = [cls.parameter(name, each) for name, each in cls.base_filters.items()]
        return [*told, OpenApiParameter("ordering", str, enum=list(cls.orders), description="The first unless told.")]

    @classmethod
    def parameter(cls, name: str, made: django_filters.Filter) -> OpenApiParameter:
        kinds: dict[type, Any] = {FlagFilter: bool, IdFilter: int, InstantFilter: datetime}
        choices = [value for value, _ in made.extra.get("choices", ())]
        return OpenApiParameter(
            name, kinds.get(type(made), str), enum=choices or None, description=made.extra.get("help_text", "")
        )


def refused(fields: Mapping[str, Sequence[str]]) -> Problem:
    return invalid("; ".join(f"{name}: {' '.join(told)}" for name, told in fields.items()), fields=fields)

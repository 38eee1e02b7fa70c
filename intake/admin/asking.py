"""The editor of what a form asks for: a row for each field that there is, ticked, named and put in order.

It is rendered whole by the server, so that it works without scripts; a script moves rows instead of numbering them.
"""

import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from intake.publicform.asking import KINDS, checked_fields
from leadhub.lib.errors import Invalid
from leadhub.lib.widgets import ManyInputs


@dataclass(frozen=True, slots=True)
class Row:
    """A field as it stands in the editor."""

    name: str
    label: str
    is_asked: bool = False
    required: bool = False
    place: int = 0


def rows_of(fields: list[dict[str, Any]]) -> list[Row]:
    """Those that are asked for in their order, then the others."""
    asked = [Row(each["name"], each["label"], True, each["required"]) for each in fields]
    others = [Row(name, kind.label) for name, kind in KINDS.items() if name not in {row.name for row in asked}]
    return [*asked, *others]


def fields_of(rows: list[Row]) -> list[dict[str, Any]]:
    """Not yet checked."""
    asked = sorted((row for row in rows if row.is_asked), key=lambda row: row.place)
    return [{"name": row.name, "label": row.label.strip(), "required": row.required} for row in asked]


class AskingWidget(ManyInputs):
    class Media:
        js = ("leadhub/asking.js",)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        rows = [(f"{name}-{row.name}", KINDS[row.name], row) for row in value or []]
        return mark_safe(render_to_string("console/asking.html", {"rows": rows}))  # noqa: S308 - a template's answer

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:
        rows = [self.row(data, f"{name}-{field}", field) for field in KINDS]
        return sorted(rows, key=lambda row: row.place)

    def row(self, data: Any, prefix: str, field: str) -> Row:
        place = data.get(f"{prefix}-place") or ""
        return Row(
            field,
            data.get(f"{prefix}-label") or "",
            bool(data.get(f"{prefix}-asked")),
            bool(data.get(f"{prefix}-required")),
            int(place) if re.fullmatch("[0-9]{1,4}", place) else 9999,
        )


class AskingField(forms.Field):
    """A form's fields, checked."""

    widget = AskingWidget

    def prepare_value(self, value: Any) -> list[Row]:
        if value and all(isinstance(each, Row) for each in value):
            return list(value)
        return rows_of(value or [])

    def clean(self, value: Any) -> list[dict[str, Any]]:
        try:
            return checked_fields(fields_of(value))
        except Invalid as error:
            raise forms.ValidationError(error.message) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != fields_of(data)

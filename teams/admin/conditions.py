"""The editor of a rule's conditions: rows of field, op and value, of which the blank ones count for nothing.

It is rendered whole by the server, so that it works without scripts; a script adds and removes rows.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from leadhub.lib.errors import Invalid
from leadhub.lib.widgets import ManyInputs
from teams.rules import CONDITIONS, FIELDS, WORDS, Kind, checked

# Rows that a forged form may have; the rules themselves say how many are too many.
ROWS = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A condition as it stands in the form."""

    field: str = ""
    op: str = "equals"
    text: str = ""
    sources: tuple[str, ...] = ()


def row_of(condition: Mapping[str, Any]) -> Row:
    """A stored condition as a row."""
    name, op, value = condition["field"], condition["op"], condition["value"]
    values = [str(each) for each in (value if isinstance(value, list) else [value])]
    if FIELDS[name].kind is Kind.ID:
        return Row(name, op, sources=tuple(values))
    return Row(name, op, joined(values) if op == "one_of" else values[0])


def condition_of(row: Row) -> dict[str, Any]:
    """A row as a condition, not yet checked."""
    kind = FIELDS[row.field].kind if row.field in FIELDS else Kind.TEXT
    if kind is Kind.ID:
        ids = [number(each) for each in row.sources]
        return {"field": row.field, "op": "equals" if len(ids) == 1 else "one_of", "value": one(ids)}
    values = parted(row.text) if row.op == "one_of" else [row.text.strip()]
    typed = [number(each) for each in values] if kind is Kind.NUMBER else values
    return {"field": row.field, "op": row.op, "value": typed if row.op == "one_of" else typed[0]}


def one(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def number(text: str) -> int | str:
    """The number, or what is none as it is: the check says what is wrong with it."""
    return int(text) if re.fullmatch("[0-9]{1,19}", text.strip()) else text


def joined(values: Iterable[str]) -> str:
    """Parted by commas; one with a comma of its own is quoted."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue().replace(",", ", ") if '"' not in line.getvalue() else line.getvalue()


def parted(text: str) -> list[str]:
    """The values in a text with commas between them."""
    line = text.replace("\n", " ").replace("\r", " ")
    try:
        found = next(csv.reader([line], skipinitialspace=True), [])
    except csv.Error:
        # Longer than any value may be: the check says so.
        found = [line]
    return [value.strip() for value in found if value.strip()]


class ConditionsWidget(ManyInputs):
    """The rows, and one to fill in; `sources` are those that may be chosen, by id."""

    class Media:
        js = ("leadhub/conditions.js",)

    def __init__(self) -> None:
        super().__init__()
        self.sources: dict[int, str] = {}

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        rows = [*(value or []), Row()]
        context = {
            "name": name,
            "rows": [(f"{name}-{n}", row) for n, row in enumerate(rows)],
            "blank": (f"{name}-__n__", Row()),
            "limit": CONDITIONS,
            "fields": [(key, each.label, each.kind.name.lower()) for key, each in FIELDS.items()],
            "ops": WORDS,
            "sources": {str(pk): label for pk, label in self.sources.items()},
        }
        return mark_safe(render_to_string("console/conditions.html", context))  # noqa: S308 - a template's answer

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:
        pattern = re.compile(rf"{re.escape(name)}-([0-9]{{1,4}})-field")
        found = sorted(int(match[1]) for key in data if (match := pattern.fullmatch(key)))
        rows = [self.row(data, f"{name}-{n}") for n in found[:ROWS]]
        return [row for row in rows if row.field]

    def row(self, data: Any, prefix: str) -> Row:
        op, text = data.get(f"{prefix}-op") or "equals", data.get(f"{prefix}-value") or ""
        sources = data.getlist(f"{prefix}-source") if hasattr(data, "getlist") else []
        return Row(data.get(f"{prefix}-field") or "", op, text, tuple(sources))


class ConditionsField(forms.Field):
    """A rule's conditions, checked."""

    widget = ConditionsWidget

    def prepare_value(self, value: Any) -> list[Row]:
        return [each if isinstance(each, Row) else row_of(each) for each in value or []]

    def clean(self, value: Any) -> list[dict[str, Any]]:
        try:
            return checked([condition_of(row) for row in value])
        except Invalid as error:
            raise forms.ValidationError(error.message) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial) != data

"""The editor of somebody's working hours: always, or a line of hours for each day of the week."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from leadhub.lib.errors import Invalid
from leadhub.lib.widgets import ManyInputs
from teams.hours import DAYS, parse_week, week_as_json

# What the days begin with for who works at all times, and so has none written down.
USUAL = {day: "" if day in ("sat", "sun") else "09:00-17:00" for day in DAYS}
DASHES = re.compile(r"\s*(?:[-\u2010-\u2015\u2212]|to|until)\s*", re.IGNORECASE)
SHORT = re.compile(r"([0-9]|[01][0-9]|2[0-4])(?:[:.]([0-5][0-9]))?")

type Lines = dict[str, str]


def lines_of(week: dict[str, list[list[str]]] | None) -> Lines:
    """Stored hours as they are written, a line for each day."""
    return {day: ", ".join("-".join(each) for each in (week or {}).get(day, [])) for day in DAYS}


def week_from(lines: Lines) -> dict[str, list[list[str]]]:
    """The hours written in these lines, not yet checked: `9-12:30, 13-17` is 09:00 to 12:30 and 13:00 to 17:00."""
    return {day: [span(each) for each in re.split("[,;]", line) if each.strip()] for day, line in lines.items()}


def span(text: str) -> list[str]:
    return [clock(part) for part in DASHES.split(text.strip())]


def clock(text: str) -> str:
    """A time in full; what is none stays as it is, for the check to say so."""
    found = SHORT.fullmatch(text)
    return f"{int(found[1]):02}:{found[2] or '00'}" if found else text


class WeekWidget(ManyInputs):
    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        always, lines = value
        days = [(f"{name}_{day}", label, lines.get(day, "")) for day, label in DAYS.items()]
        context = {"name": f"{name}_always", "always": always, "days": days}
        return mark_safe(render_to_string("console/week.html", context))  # noqa: S308 - a template's answer

    def value_from_datadict(self, data: Any, files: Any, name: str) -> tuple[bool, Lines]:
        lines = {day: str(data.get(f"{name}_{day}") or "") for day in DAYS}
        return bool(data.get(f"{name}_always")), lines


class WeekField(forms.Field):
    """Weekly hours, checked; None is always."""

    widget = WeekWidget

    def prepare_value(self, value: Any) -> tuple[bool, Lines]:
        if isinstance(value, tuple):
            return value
        return (False, lines_of(value)) if value else (True, dict(USUAL))

    def clean(self, value: tuple[bool, Lines]) -> Any:
        always, lines = value
        if always:
            return None
        try:
            week = week_as_json(parse_week(week_from(lines)))
        except Invalid as error:
            raise ValidationError(error.message) from error
        return week

    def has_changed(self, initial: Any, data: Any) -> bool:
        always, lines = data
        return bool(initial) == always or (not always and lines_of(initial) != lines)

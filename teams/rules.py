"""The conditions of routing rules: which leads a rule is for. Pure: no query, no row.

A condition is {"field", "op", "value"}; all of a rule's must hold, and none at all match every lead. Text is compared
trimmed and without regard to case; a condition on tags holds when it does for one of them.
"""

import operator
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from leadhub.lib.errors import Invalid

CONDITIONS, VALUES, LENGTH = 20, 200, 200
KEYS = frozenset({"field", "op", "value"})
# fmt: off
ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth",
)
# fmt: on
BIGGEST_ID, BIGGEST_NUMBER = 2**63 - 1, 2**31 - 1


class Kind(Enum):
    """What a field holds, and so which ops fit it."""

    TEXT = ("equals", "one_of", "contains")
    ID = ("equals", "one_of")
    NUMBER = ("equals", "one_of", "at_least")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of conditions: the lead's attribute behind it, and its name in a sentence."""

    attribute: str
    kind: Kind
    label: str


FIELDS = {
    "source": Field("lead_source_id", Kind.ID, "source"),
    "product": Field("product", Kind.TEXT, "product"),
    "state": Field("state", Kind.TEXT, "state"),
    "country": Field("country", Kind.TEXT, "country"),
    "industry": Field("industry", Kind.TEXT, "industry"),
    "utm_source": Field("utm_source", Kind.TEXT, "UTM source"),
    "utm_medium": Field("utm_medium", Kind.TEXT, "UTM medium"),
    "utm_campaign": Field("utm_campaign", Kind.TEXT, "UTM campaign"),
    "company_size": Field("number_of_employees", Kind.NUMBER, "company size"),
    "tag": Field("tags", Kind.TEXT, "tag"),
}
# What the lead has, what the condition wants.
TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": operator.eq,
    "one_of": lambda has, wanted: has in wanted,
    "contains": operator.contains,
    "at_least": operator.ge,
}
WORDS = {"equals": "is", "one_of": "is one of", "contains": "contains", "at_least": "is at least"}


def checked(conditions: Any) -> list[dict[str, Any]]:
    """These conditions as they are stored: trimmed, and values of one_of each once. Raises Invalid."""
    if not isinstance(conditions, list):
        raise wrong("Conditions are a list; an empty one matches every lead.")
    if len(conditions) > CONDITIONS:
        raise wrong(f"A rule has at most {CONDITIONS} conditions.")
    return [checked_one(condition, f"The {ORDINALS[n]} condition") for n, condition in enumerate(conditions)]


def checked_one(condition: Any, which: str) -> dict[str, Any]:
    if not isinstance(condition, dict) or set(condition) != KEYS:
        raise wrong(f"{which} must have a field, an op and a value, and nothing else.")
    name, op = condition["field"], condition["op"]
    if not isinstance(name, str) or name not in FIELDS:
        raise wrong(f"{which} is on an unknown field; the fields are {', '.join(FIELDS)}.")
    kind = FIELDS[name].kind
    if op not in kind.value:
        raise wrong(f"{which}: the op for {name} is one of {', '.join(kind.value)}.")
    return {"field": name, "op": op, "value": checked_value(condition["value"], kind, op, f"{which}, on {name},")}


def checked_value(value: Any, kind: Kind, op: str, which: str) -> Any:
    if op != "one_of":
        return checked_single(value, kind, which)
    if not isinstance(value, list) or not 1 <= len(value) <= VALUES:
        raise wrong(f"{which} needs a list of 1 to {VALUES} values.")
    kept: dict[Any, Any] = {}
    for item in value:
        single = checked_single(item, kind, which)
        # Of values that are compared as one, the first as it was written.
        kept.setdefault(folded(single), single)
    return list(kept.values())


def checked_single(value: Any, kind: Kind, which: str) -> str | int:
    if kind is Kind.TEXT:
        return checked_text(value, which)
    smallest, biggest = (1, BIGGEST_ID) if kind is Kind.ID else (0, BIGGEST_NUMBER)
    # To Python, true is a number.
    if not isinstance(value, int) or isinstance(value, bool) or not smallest <= value <= biggest:
        raise wrong(f"{which} needs {'the id of a source' if kind is Kind.ID else 'a whole number, 0 or more'}.")
    return value


def checked_text(value: Any, which: str) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not 1 <= len(text) <= LENGTH:
        raise wrong(f"{which} needs a text of 1 to {LENGTH} characters.")
    # The database keeps no NUL and no half of a character; line ends and the like are in no lead's fields.
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise wrong(f"{which} has a character that cannot be used, such as a line end.")
    return text


def wrong(message: str) -> Invalid:
    return Invalid(message, field="conditions")


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition made ready: what is wanted is folded once, and not for every lead."""

    field: Field
    test: Callable[[Any, Any], bool]
    wanted: Any

    def is_met_by(self, lead: Any) -> bool:
        return any(self.test(item, self.wanted) for item in values_of(lead, self.field))


def ready(conditions: Sequence[Mapping[str, Any]]) -> tuple[Condition, ...]:
    """These checked conditions, as `matches` asks them."""
    return tuple(Condition(FIELDS[each["field"]], TESTS[each["op"]], wanted_of(each["value"])) for each in conditions)


def wanted_of(value: Any) -> Any:
    return frozenset(folded(item) for item in value) if isinstance(value, list) else folded(value)


def matches(conditions: Sequence[Condition], lead: Any) -> bool:
    """Whether a lead, or a draft of one, meets all these conditions."""
    return all(condition.is_met_by(lead) for condition in conditions)


def values_of(lead: Any, field: Field) -> list[Any]:
    """What the lead has in this field, folded: nothing, one value, or each of its tags."""
    value = getattr(lead, field.attribute)
    wanted = str if field.kind is Kind.TEXT else int
    return [
        folded(item) for item in (value if isinstance(value, list | tuple) else [value]) if isinstance(item, wanted)
    ]


def folded(value: Any) -> Any:
    return value.strip().casefold() if isinstance(value, str) else value


def told(conditions: Sequence[Mapping[str, Any]], *, sources: Mapping[int, str]) -> str:
    """Checked conditions in words; `sources` are the names of the account's lead sources by id."""
    return " and ".join(told_one(condition, sources) for condition in conditions) or "every lead"


def told_one(condition: Mapping[str, Any], sources: Mapping[int, str]) -> str:
    field, value = FIELDS[condition["field"]], condition["value"]
    values = value if isinstance(value, list) else [value]
    names = [sources.get(item, f"no. {item}") if field.kind is Kind.ID else str(item) for item in values]
    return f"{field.label} {WORDS[condition['op']]} {', '.join(names)}"

"""A form-encoded body, or a query string of the same make, read as strictly as a JSON one. Pure."""

from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl

from intake.problems import Problem, invalid
from leadhub.lib import jsonbody

FORM = "application/x-www-form-urlencoded"
FIELDS = 1000


def parse_form(body: bytes, *, lists: Collection[str] = (), objects: Collection[str] = ()) -> dict[str, Any]:
    """The fields as the object that JSON would have given: texts, and for `lists` and `objects` what they are.

    A list is its field several times; an object is `name[key]=value` for each of its keys, or JSON in one field.
    Raises Problem 400 for more than 1,000 fields, one given twice, bytes that are no UTF-8, and NUL.
    """
    found: dict[str, Any] = {}
    for name, value in pairs(body):
        base, bracket, rest = name.partition("[")
        key = rest.removesuffix("]")
        if base in lists and rest in ("", "]"):
            found.setdefault(base, []).append(value)
        elif base in objects and bracket and rest.endswith("]") and key:
            keep(nested(found, base), key, value, called=name)
        else:
            keep(found, name, from_json(name, value) if name in objects and value else value, called=name)
    return found


def pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        found = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
    except UnicodeError:
        raise invalid("The form must be UTF-8.", "invalid_request") from None
    except ValueError:
        raise invalid(f"The form has more than {FIELDS:,} fields.", "invalid_request") from None
    if any("\0" in name or "\0" in value for name, value in found):
        raise invalid("The form has a NUL character.", "invalid_request")
    return found


def nested(found: dict[str, Any], name: str) -> dict[str, Any]:
    inside = found.setdefault(name, {})
    if not isinstance(inside, dict):
        raise twice(name)
    return inside


def keep(found: dict[str, Any], name: str, value: Any, *, called: str) -> None:
    if name in found:
        raise twice(called)
    found[name] = value


def from_json(name: str, text: str) -> dict[str, Any]:
    try:
        return jsonbody.parse_object(text.encode())
    except jsonbody.BadJson as error:
        message = str(error).replace("The body", "It")
        raise invalid(f"{name}: {message}", fields={name: [message]}) from error


def twice(name: str) -> Problem:
    return invalid(f"{name[:100]}: This field is given twice.", fields={name[:100]: ["This field is given twice."]})

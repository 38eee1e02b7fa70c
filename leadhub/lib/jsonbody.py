"""A JSON body, read strictly: what two readers could understand differently is refused."""

import json
import re
from typing import Any, NoReturn

NESTING = 32
# Beyond these the database, or a client's own reader, would give back another number than was sent.
INTEGERS = 2**63
DIGITS = 19
# One that never ends is taken to the end of the text, or a search would begin anew at each of its escaped quotes.
STRINGS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
BRACKETS = re.compile(r"[\[\]{}]")


class BadJson(ValueError):
    """Why a body is not JSON that we take; a sentence for a person."""


def parse_object(body: bytes) -> dict[str, Any]:
    """The one JSON object in `body`.

    Raises BadJson for anything else: not UTF-8, a byte-order mark, nested deeper than 32, a key given twice,
    NaN and numbers out of range, NUL characters and lone surrogates.
    """
    value = parse(body)
    if not isinstance(value, dict):
        raise BadJson("The body must be a JSON object.")
    return value


def parse(body: bytes) -> Any:
    text = decoded(body)
    refuse_depth(text)
    try:
        value = json.loads(
            text, object_pairs_hook=unique_keys, parse_int=integer, parse_float=decimal, parse_constant=no_number
        )
    except BadJson:
        raise
    except ValueError as error:
        raise BadJson(f"The body is not valid JSON: {error}.") from error
    if "\\u" in text:
        refuse_unstorable(value)
    return value


def decoded(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise BadJson("The body must be UTF-8.") from error
    if text.startswith("\ufeff"):
        raise BadJson("The body must be UTF-8 without a byte-order mark.")
    return text


def refuse_depth(text: str) -> None:
    """Before parsing, because the parser's own answer to depth is a RecursionError."""
    if text.count("[") + text.count("{") <= NESTING:
        return
    depth = 0
    for bracket in BRACKETS.findall(STRINGS.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > NESTING:
            raise BadJson(f"The body is nested deeper than {NESTING}.")


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJson("A key is given twice in one object.")
    return found


def integer(text: str) -> int:
    if len(text) <= DIGITS + 1 and abs(number := int(text)) < INTEGERS:
        return number
    raise BadJson("A number is out of range.")


def decimal(text: str) -> float:
    if abs(number := float(text)) < INTEGERS:
        return number
    raise BadJson("A number is out of range.")


def no_number(text: str) -> NoReturn:
    raise BadJson(f"{text} is not a JSON number.")


def refuse_unstorable(value: Any) -> None:
    """Only an escape can bring in what UTF-8 text cannot hold: a NUL, or half of a surrogate pair."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise BadJson("The body has a NUL character or a lone surrogate.")
    elif isinstance(value, dict):
        for key, item in value.items():
            refuse_unstorable(key)
            refuse_unstorable(item)
    elif isinstance(value, list):
        for item in value:
            refuse_unstorable(item)

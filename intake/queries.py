"""A request's query parameters, read strictly: what is unknown, given twice or malformed is refused by name. Pure."""

import re
from collections.abc import Collection
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from intake.problems import Problem, invalid
from intake.words import composed

PARAMETERS = 100
LONGEST = 200
WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:\d{2})", re.ASCII | re.IGNORECASE
)
NO_INSTANT = "This must be an RFC 3339 instant, such as 2026-01-31T12:00:00Z."
FLAGS = {"true": True, "false": False}
NO_FLAG = "This must be true or false."


class Query:
    """The parameters of a query string. Raises Problem 400 for one that is not `known`, or is given twice.

    Each reader answers None, or the default, for a parameter that is not there, and raises Problem 400 that names the
    parameter for a value that cannot be used.
    """

    def __init__(self, query_string: str, known: Collection[str]) -> None:
        self.known = frozenset(known)
        self.given: dict[str, str] = {}
        for name, value in pairs(query_string):
            if name not in self.known:
                raise refused(name[:LONGEST], "There is no such parameter.")
            if name in self.given:
                raise refused(name, "This parameter is given twice.")
            self.given[name] = value

    def drop_empty(self) -> None:
        """Take an empty parameter for none."""
        self.given = {name: value for name, value in self.given.items() if value}

    def whole(self, name: str, *, least: int, most: int, default: int) -> int:
        """A whole number within bounds."""
        given = self.value(name)
        if given is None:
            return default
        if not WHOLE.fullmatch(given) or not least <= int(given) <= most:
            raise refused(name, f"This must be a whole number from {least} to {most}.")
        return int(given)

    def flag(self, name: str) -> bool | None:
        given = self.value(name)
        try:
            return None if given is None else parsed_flag(given)
        except KeyError:
            raise refused(name, NO_FLAG) from None

    def choice(self, name: str, choices: Collection[str], *, any_case: bool = False) -> str | None:
        given = self.value(name)
        given = given.lower() if given and any_case else given
        if given is not None and given not in choices:
            raise refused(name, f"This must be one of: {', '.join(choices)}.")
        return given

    def text(self, name: str, *, longest: int = LONGEST) -> str | None:
        """Text, composed as what it is compared with is, which may be empty."""
        given = self.value(name)
        if given is not None and "\0" in given:
            raise refused(name, "This has a NUL character.")
        if given is not None and len(given) > longest:
            raise refused(name, f"This is longer than {longest} characters.")
        return None if given is None else composed(given)

    def instant(self, name: str) -> datetime | None:
        """An RFC 3339 instant, in UTC."""
        given = self.value(name)
        if given is None:
            return None
        try:
            return parsed_instant(given)
        except (ValueError, OverflowError):
            raise refused(name, NO_INSTANT) from None

    def value(self, name: str) -> str | None:
        assert name in self.known, f"{name} is read and not declared"
        return self.given.get(name)


def pairs(query_string: str) -> list[tuple[str, str]]:
    """Names and values, decoded; the server hands the string over as Latin-1, whatever its bytes are."""
    try:
        found = parse_qsl(query_string, keep_blank_values=True, encoding="latin-1", max_num_fields=PARAMETERS)
        return [(utf8(name), utf8(value)) for name, value in found]
    except UnicodeError:
        raise invalid("The query string must be UTF-8.") from None
    except ValueError:
        raise invalid(f"The query string has more than {PARAMETERS} parameters.") from None


def utf8(text: str) -> str:
    return text.encode("latin-1").decode()


def parsed_flag(text: str) -> bool:
    """The truth of a parameter in any case: Python's clients write `True`. Raises KeyError."""
    return FLAGS[text.lower()]


def parsed_instant(text: str) -> datetime:
    """The instant of a parameter, in UTC. Raises ValueError or OverflowError."""
    # A "+" that was not escaped arrives as a blank.
    text = text.replace(" ", "+")
    if not INSTANT.fullmatch(text):
        raise ValueError
    return datetime.fromisoformat(text.upper()).astimezone(UTC)


def refused(name: str, message: str) -> Problem:
    return invalid(f"{name}: {message}", fields={name: [message]})

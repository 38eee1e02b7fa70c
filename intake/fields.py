"""Serializer fields that take what the wire contracts allow, and nothing that only looks like it."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import orjson
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from intake.words import EMPTY, composed
from leads.drafts import EMAIL_LENGTH, TAG_LENGTH, TAGS, email_key

LINE, PROSE = 2000, 20_000
YEARS = range(1900, 2201)
INTEGER = 2**31 - 1
ROW_ID = 2**63 - 1
BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
CONTROLS = {code: None for code in [*range(32), *range(127, 160)] if chr(code) not in "\t\n\r"}
CONTROL_FREE = CONTROLS | BIDI
RUN = re.compile(r"(?:javascript|data|vbscript):", re.IGNORECASE)
DIGITS = 21
NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII)


def present(body: dict[str, Any]) -> dict[str, Any]:
    """The fields that say something: null and "" mean absent, at every door."""
    return {name: value for name, value in body.items() if value not in EMPTY}


class LeadRequest(serializers.Serializer):
    """A door's lead: what is optional may be null, and that is as good as absent."""

    def get_fields(self) -> dict[str, serializers.Field]:
        fields: dict[str, serializers.Field] = super().get_fields()
        for field in fields.values():
            field.allow_null = not field.required
        return fields


class Strict(serializers.Serializer):
    """An object that is refused with a name it does not have: a slip would be lost, or a misspelt filter delete all."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := data.keys() - self.fields.keys()):
            raise serializers.ValidationError({name[:100]: ["There is no such field."] for name in sorted(unknown)})
        return super().to_internal_value(data)


class NoSurrogates(ProhibitSurrogateCharactersValidator):
    """DRF's, which looks at one character after the other, asked only where there is one to be found."""

    def __call__(self, value: Any) -> None:
        try:
            str(value).encode()
        except UnicodeEncodeError:
            super().__call__(value)


class Text(serializers.CharField):
    """A line of text, at most 2,000 characters. Numbers are refused, unless `numbers` says that vendors send them."""

    def __init__(self, *, numbers: bool = False, **options: Any) -> None:
        defaults = {"max_length": LINE, "required": False, "allow_blank": not options.get("required", False)}
        super().__init__(**(defaults | options))
        self.validators[self.validators.index(ProhibitSurrogateCharactersValidator())] = NoSurrogates()
        self.numbers = numbers

    def to_internal_value(self, data: Any) -> str:
        if self.numbers and isinstance(data, int) and not isinstance(data, bool):
            data = str(data)
        if not isinstance(data, str):
            self.fail("invalid")
        text = data if data.isprintable() else data.translate(CONTROL_FREE)
        text = text if text.isascii() else composed(text)
        text = text.strip() if self.trim_whitespace else text
        # DRF asks whether it is blank before the controls are out of it.
        if not text and not self.allow_blank:
            self.fail("blank")
        return text


class Country(Text):
    """A country in two letters; which there are, the domain says."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=2, error_messages={"max_length": "Use two letters, such as US."}, **options)


class Prose(Text):
    """Text of several lines, at most 20,000 characters unless told, kept as given."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"max_length": PROSE, "trim_whitespace": False} | options))


class EmailText(Text):
    """An e-mail as given, trimmed. A form we cannot match by is left to the domain, which flags it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=EMAIL_LENGTH, **options)

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, str) and any(character in data.strip() for character in "\r\n\0"):
            raise serializers.ValidationError("Enter a valid email address.")
        return super().to_internal_value(data)


class ValidEmail(EmailText):
    """An e-mail that must be one."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        value = super().run_validation(data)
        if value and email_key(value) is None:
            raise serializers.ValidationError("Enter a valid email address.")
        return value


class WholeNumber(serializers.IntegerField):
    """A JSON number without a fraction, 1.0 included; no strings, no booleans."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"required": False, "min_value": 0, "max_value": INTEGER} | options))

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float) or data != int(data):
            self.fail("invalid")
        return int(data)


class RowId(WholeNumber):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=ROW_ID, **options)


class TrueOrFalse(serializers.BooleanField):
    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if data is not serializers.empty and not isinstance(data, bool):
            raise serializers.ValidationError("Must be true or false.")
        return super().run_validation(data)


class Choice(serializers.ChoiceField):
    """One of some words, which who sends another is told."""

    def __init__(self, choices: Sequence[Any], **options: Any) -> None:
        super().__init__(choices, **options)
        self.error_messages["invalid_choice"] = f"Must be one of: {', '.join(map(str, self.choices))}."


class Instant(serializers.DateTimeField):
    """RFC 3339; without an offset it is UTC."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, default_timezone=UTC, **options)

    def to_internal_value(self, data: Any) -> datetime:
        if not isinstance(data, str):
            self.fail("invalid", format="RFC 3339")
        value: datetime = super().to_internal_value(data)
        # Beyond, some time zone has no such day, and whoever reads it there fails.
        if value.year not in YEARS:
            raise serializers.ValidationError(f"Must be between the years {YEARS[0]} and {YEARS[-1]}.")
        return value


class BirthDate(serializers.DateField):
    """`YYYY-MM-DD`, not in the future."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, input_formats=["%Y-%m-%d"], **options)

    def to_internal_value(self, data: Any) -> date:
        if not isinstance(data, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", data, re.ASCII):
            self.fail("invalid", format="YYYY-MM-DD")
        value: date = super().to_internal_value(data)
        # Somewhere on earth it may be tomorrow already.
        if value > datetime.now(UTC).date() + timedelta(days=1):
            raise serializers.ValidationError("Must not be in the future.")
        return value


@extend_schema_field({"oneOf": [{"type": "number"}, {"type": "string", "pattern": f"^{NUMBER.pattern}$"}]})
class Price(serializers.DecimalField):
    """A JSON number, or a string such as "12.50"; at most 15 digits before the point, rounded to 6 after it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=DIGITS, decimal_places=6, required=False, **options)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, int | float | str):
            self.fail("invalid")
        text = data if isinstance(data, str) else format(Decimal(repr(data)), "f")
        if not NUMBER.fullmatch(text) or len(text) > 400:
            self.fail("invalid")
        # Of more digits than Python counts with, nothing can be rounded; they are too many in any case.
        rounded = str(round(Decimal(text), 6)) if "." in text and text.index(".") < DIGITS else text
        return super().to_internal_value(rounded)


class WebUrl(Text):
    """An http or https address, kept as text and never fetched."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        value = super().run_validation(data)
        if value and value is not serializers.empty and not is_web_url(value):
            raise serializers.ValidationError("Enter a valid URL, beginning with http:// or https://.")
        return value


def is_web_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    # A browser reads a backslash as a slash, and so another host than we would.
    return parts.scheme in ("http", "https") and named and text.split() == [text] and "\\" not in text


class Whence(Text):
    """Where somebody came from: an address or words, but nothing that a browser would run instead of open."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        value = super().run_validation(data)
        if isinstance(value, str) and RUN.match(unspaced(value)):
            raise serializers.ValidationError("Must not be a script or data address.")
        return value


def unspaced(address: str) -> str:
    """As a browser reads it: white space inside an address is nothing to it."""
    return "".join(address.split())


class ShortList(serializers.ListField):
    """A list with a `max_length`, and refused before any of it is looked at where it is longer."""

    what = ""

    def to_internal_value(self, data: Any) -> list[Any]:
        # A megabyte of wrong ones would be looked at for seconds, to be answered with as many complaints.
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            raise serializers.ValidationError(f"At most {self.max_length} {self.what}".strip() + ".")
        values: list[Any] = super().to_internal_value(data)
        return values


class Tags(ShortList):
    """At most 50 texts of at most 64 characters."""

    what = "tags"

    def __init__(self, **options: Any) -> None:
        child = Text(max_length=TAG_LENGTH, allow_blank=True)
        super().__init__(child=child, required=False, max_length=TAGS, **options)


class JsonObject(serializers.DictField):
    """An object of at most `keys` keys of at most 64 characters, and `size` bytes as JSON; texts as long as a line."""

    def __init__(self, *, keys: int, size: int, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.keys, self.size = keys, size

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, dict):
            self.refuse_size(data)
        return super().run_validation(data)

    def refuse_size(self, data: dict[str, Any]) -> None:
        if len(data) > self.keys:
            raise serializers.ValidationError(f"At most {self.keys} keys.")
        if any(len(key) > 64 for key in data):
            raise serializers.ValidationError("A key has at most 64 characters.")
        if any(isinstance(value, str) and len(value) > LINE for value in data.values()):
            raise serializers.ValidationError(f"A value has at most {LINE} characters.")
        if len(orjson.dumps(data)) > self.size:
            raise serializers.ValidationError(f"At most {self.size} bytes in all.")

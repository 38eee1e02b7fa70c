"""The query of a request at the source door: a lead may come in it, a credential may not. Pure."""

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from accounts.keyformat import parse

if TYPE_CHECKING:
    from django.http import HttpRequest

# By the letters alone, in whatever spelling.
NAMES = frozenset(
    {"key", "apikey", "sourcekey", "xapikey", "leadpingsourcekey", "xleadpingsourcekey"}
    | {"authorization", "bearer", "token", "accesstoken", "secret", "apisecret"}
)


def bytes_of(request: "HttpRequest") -> bytes:
    """The query string as it came; the server hands it over as Latin-1, whatever its bytes are."""
    return str(request.META.get("QUERY_STRING", "")).encode("latin-1", "replace")


def has_credential(query: bytes) -> bool:
    """Whether something in it is named like a credential, or is one."""
    fields = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return any(letters(name) in NAMES or parse(value.strip()) is not None for name, value in fields)


def letters(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())

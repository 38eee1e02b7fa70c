"""The one format of every key: prefix, 32 random base62 characters, 6 of checksum.

The checksum is the CRC-32 of all that precedes it, in base62, zero-padded; it lets a malformed key be refused
without asking the database, and a leaked one be recognised offline. Only the SHA-256 of a key is ever stored:
the secret has the entropy that a password lacks.
"""

import hashlib
import re
import secrets
import string
import zlib
from dataclasses import dataclass
from enum import StrEnum

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM, CHECK, SHOWN = 32, 6, 8


class KeyKind(StrEnum):
    PLATFORM = "platform"
    USER = "user"
    ACCOUNT = "account"
    SOURCE = "source"
    SESSION = "session"


PREFIXES = {
    KeyKind.PLATFORM: "sk_admin_",
    KeyKind.USER: "sk_user_",
    KeyKind.ACCOUNT: "sk_",
    KeyKind.SOURCE: "sk_src_",
    KeyKind.SESSION: "ses_",
}
KINDS = {prefix: kind for kind, prefix in PREFIXES.items()}
PATTERN = re.compile(rf"({'|'.join(KINDS)})([0-9A-Za-z]{{{RANDOM}}})([0-9A-Za-z]{{{CHECK}}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Secret:
    """A well-formed key: its kind, the public id that lists and audit show, and the hash that is stored."""

    kind: KeyKind
    public_id: str
    hash: bytes


def generate(kind: KeyKind) -> str:
    body = PREFIXES[kind] + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return body + checksum(body)


def parse(text: str) -> Secret | None:
    """The key in `text`, or None when it cannot be one."""
    match = PATTERN.fullmatch(text)
    if match is None or checksum(text[:-CHECK]) != match[3]:
        return None
    return Secret(KINDS[match[1]], match[1] + match[2][:SHOWN], hashlib.sha256(text.encode()).digest())


def checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECK):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits

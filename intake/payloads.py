"""A kept payload as people read it. Pure."""

import json
import re
import unicodedata
from codecs import getincrementaldecoder
from urllib.parse import parse_qsl, quote_plus

from intake.formbody import FORM

JSON = "application/json"
# A payload is shown to be read; whoever needs more of it than this, reads it elsewhere.
SHOWN = 100_000
BYTES = [f"\\{byte:03o}" if not 0 < byte < 128 else chr(byte).lower() for byte in range(256)]
BYTES[ord("\\")] = "\\\\"
# What means something in a pattern.
LIKE = re.compile(r"[\\%_]")


def readable(payload: bytes, content_type: str) -> str:
    """JSON indented, a form one field a line; what is neither, as it came."""
    media = content_type.partition(";")[0].strip().lower()
    if len(payload) <= SHOWN and media == JSON:
        return indented(payload)
    if len(payload) <= SHOWN and media == FORM:
        return "\n".join(f"{name} = {value}" for name, value in parse_qsl(plain(payload), keep_blank_values=True))
    return shortened(plain(payload))


def indented(payload: bytes) -> str:
    try:
        return json.dumps(json.loads(payload.decode()), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return plain(payload)


def plain(payload: bytes) -> str:
    return payload.decode("utf-8", "backslashreplace")


def beginning(head: bytes) -> str:
    """How a payload begins; a letter whose last bytes are cut off is left out."""
    return getincrementaldecoder("utf-8")("backslashreplace").decode(bytes(head))


def patterns(words: str) -> list[str]:
    """What a payload with these words is like, as PostgreSQL writes bytes as text: what is no ASCII in octal digits."""
    texts = ["".join(BYTES[byte] for byte in each.encode()) for each in sorted(spellings(words))]
    return [f"%{LIKE.sub(r'\\\g<0>', text)}%" for text in texts]


def spellings(words: str) -> set[str]:
    """How these words may be written in a payload: composed or not; as they are, in JSON, or in a form."""
    texts = {words, *(unicodedata.normalize(form, words) for form in ("NFC", "NFD"))}
    inside = [json.dumps(text, ensure_ascii=is_ascii)[1:-1] for text in texts for is_ascii in (True, False)]
    return {*texts, *inside, *map(quote_plus, texts)}


def shortened(text: str) -> str:
    more = f"\n… and {len(text) - SHOWN:,} characters more" if len(text) > SHOWN else ""
    return text[:SHOWN] + more

"""What the doors' wires share: renaming by a table of words, texts as they are stored, what nobody understood. Pure."""

import unicodedata
from collections.abc import Collection, Mapping
from typing import Any

import orjson

# What means absent, at every door.
EMPTY = (None, "")
EXTRA_BYTES = 16 * 1024


def renamed(fields: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    """The given fields under our names: `words` is {their name: ours}."""
    return {ours: fields[theirs] for theirs, ours in words.items() if theirs in fields}


def unknown(body: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The draft's `extra` for the fields a door does not know, in order, as far as 16 KB go."""
    kept: dict[str, Any] = {}
    room = EXTRA_BYTES
    for name, value in body.items():
        if name in known:
            continue
        room -= len(orjson.dumps({name: value}))
        if room < 0:
            return {"fields": kept, "truncated": True}
        kept[name] = value
    return {"fields": kept} if kept else {}


def extra_with(extra: Mapping[str, Any], body: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """A lead's extra, and in it what of a change nobody understood; empty where all is understood."""
    found = {name: value for name, value in body.items() if name not in known}
    return {**extra, **unknown({**extra.get("fields", {}), **found}, ())} if found else {}


def composed(text: str) -> str:
    """As texts are stored: some keyboards send an accent as a character of its own."""
    return unicodedata.normalize("NFC", text)


def or_none(text: str) -> str | None:
    """Absent text is null on the wire."""
    return text or None

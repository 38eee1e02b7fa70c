"""Ids of rows in addresses, headers and forms, which can say anything."""

import re

# As a number is written, and within a bigint.
WRITTEN = "[1-9][0-9]{0,17}"
PATTERN = re.compile(WRITTEN, re.ASCII)


def row_id(text: object) -> int | None:
    """The id that this names, or None where no row can have it."""
    return int(str(text)) if PATTERN.fullmatch(str(text)) else None

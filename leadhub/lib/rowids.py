"""Ids of rows in addresses and forms, which can say anything."""


def row_id(text: object) -> int | None:
    """The id that this names, or None where no row can have it: other than digits, or beyond a bigint."""
    digits = str(text)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None

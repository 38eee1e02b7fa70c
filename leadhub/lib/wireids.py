"""24-hex ids: `<created_at as 8 hex seconds><pk as 16 hex>`. Made from the row, reversibly: no column of their own."""

import re
from datetime import datetime

PATTERN = re.compile(r"[0-9a-f]{24}", re.IGNORECASE | re.ASCII)


def hex_id(created_at: datetime, pk: int) -> str:
    return f"{int(created_at.timestamp()):08x}{pk:016x}"


def is_hex_id(text: str) -> bool:
    """Whether it has the form of one."""
    return PATTERN.fullmatch(text) is not None


def pk_from_hex(text: str) -> int | None:
    """The row a 24-hex id names, or None when it is none or beyond a bigint. The caller compares the time."""
    if not is_hex_id(text):
        return None
    pk = int(text[8:], 16)
    return pk if pk < 2**63 else None

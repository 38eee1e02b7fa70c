"""Time zones, by their names. Pure: no query, no row."""

import zoneinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadhub.lib.errors import Invalid

# The machine's own settings, not places.
NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})


# ZoneInfo itself keeps only the few zones that were used last.
@lru_cache(maxsize=1024)
def zone_of(name: str, default: str = "UTC") -> ZoneInfo:
    """The zone stored under this name; the default's for a name that is not, or no longer, known here."""
    try:
        return ZoneInfo(name)
    # A file of another kind, or a path, in the place of a zone.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC") if default in (name, "UTC") else zone_of(default)


def checked_zone(name: Any) -> str:
    """This name, if it is that of a time zone. Raises Invalid."""
    trimmed = name.strip() if isinstance(name, str) else ""
    if trimmed not in zone_names():
        raise Invalid("There is no such time zone; use a name like Europe/Berlin.", field="time_zone")
    return trimmed


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones()) - NO_PLACES

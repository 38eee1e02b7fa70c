"""Instants on the wire: RFC 3339 in UTC, with a Z; and the days they are in."""

from datetime import UTC, datetime


def seconds(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def milliseconds(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds_or_none(instant: datetime | None) -> str | None:
    return milliseconds(instant) if instant else None


def midnight(instant: datetime) -> datetime:
    """The beginning of its day in UTC."""
    return instant.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

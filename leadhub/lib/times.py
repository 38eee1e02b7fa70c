"""Instants on the wire: RFC 3339 in UTC, with a Z."""

from datetime import UTC, datetime


def seconds(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def milliseconds(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds_or_none(instant: datetime | None) -> str | None:
    return milliseconds(instant) if instant else None

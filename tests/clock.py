"""The database's clock, stopped: what is counted by the minute does not fall into the next one."""

from datetime import UTC, datetime

import pytest

from accounts import counting

COUNT = counting.COUNT
NOON = datetime(2026, 3, 2, 12, 0, 20, tzinfo=UTC)


def stop_the_clock(patch: pytest.MonkeyPatch, at: datetime = NOON) -> None:
    """From now on it is this instant, for counting."""
    patch.setattr(counting, "COUNT", COUNT.replace("statement_timestamp()", f"'{at.isoformat()}'::timestamptz"))

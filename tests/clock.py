"""The clock by which requests are counted, stopped in every test: none begins in one minute and ends in the next."""

from datetime import UTC, datetime

import pytest

from accounts import counting

COUNT = counting.COUNT
# Of the test that runs.
stopped_at = datetime.now(UTC)


def stop_the_clock(patch: pytest.MonkeyPatch, at: datetime) -> None:
    """From now on it is this instant, for counting."""
    patch.setattr(counting, "COUNT", COUNT.replace("statement_timestamp()", f"'{at.isoformat()}'::timestamptz"))
    patch.setattr("tests.clock.stopped_at", at)

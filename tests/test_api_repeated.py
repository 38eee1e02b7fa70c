"""A write that lost a race is carried out again, whole: nothing of what was asked for is lost on the way."""

from collections.abc import Callable
from typing import Any

import pytest

from intake import endpoint
from leadhub.lib.transactions import TryAgain, run
from teams.models import Team
from tests.apis import Api
from tests.people import Company
from tests.settling import hub, standing_acme

pytestmark = pytest.mark.django_db
__all__ = ["hub", "standing_acme"]


def run_twice(work: Callable[[], Any]) -> Any:
    """Another transaction got in first, once."""
    losses = [TryAgain]

    def tried() -> Any:
        result = work()
        if losses:
            raise losses.pop()
        return result

    return run(tried)


ANN = {"user": "rep1@acme.test", "weight": 2, "is_paused": False, "daily_cap": 9}
BOB = {"user": "rep2@acme.test", "weight": 1, "is_paused": True, "daily_cap": None}


def with_ids(body: dict[str, Any], ids: dict[str, int]) -> dict[str, Any]:
    return body | ({"teams": [ids[name] for name in body["teams"]]} if "teams" in body else {})


@pytest.mark.parametrize(("path", "first", "then"), [
    ("teams", {"name": "East", "members": [ANN["user"], BOB["user"]]}, {"members": [BOB["user"]]}),
    ("sources", {"name": "Vendor", "teams": ["west"], "daily_limit": 5}, {"teams": ["west", "north"]}),
    ("rotations", {"name": "East", "fallback": ANN["user"], "members": [ANN, BOB]}, {"members": [BOB]}),
])  # fmt: skip
def test_what_is_made_or_changed_a_second_time_is_whole(
    acme: Company, hub: Api, monkeypatch: pytest.MonkeyPatch, path: str, first: dict[str, Any], then: dict[str, Any]
) -> None:
    ids = {name: Team.objects.create(account=acme.account, name=name).pk for name in ("west", "north")}
    first, then = with_ids(first, ids), with_ids(then, ids)
    monkeypatch.setattr(endpoint, "run", run_twice)

    made = hub.post(path, first)
    changed = hub.patch(f"{path}/{made['id']}", then)

    assert {name: made[name] for name in first} == first
    assert {name: changed[name] for name in first} == first | then

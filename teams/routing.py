"""Whose turn it is: stride scheduling in integers. Pure: no clock, no query, no row.

A turn adds STRIDE // weight to a member's pass. The rotation keeps `clock`, one more than the pass of its last pick,
and at every choice a member counts with max(own pass, clock); the smallest wins, among equals the one whose own pass is
smaller, then the first in order. So who joins or returns starts level with the others: nobody is flooded, and a pause
gains no turn. And as no two picks are at one pass, members of equal weight take turns strictly one after the other,
whoever came back a moment ago.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

STRIDE = 2**32


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a rotation; `left_out` says why he takes no turn now, and is empty when he may.

    `cap` is how many turns he takes a day at most, and `day` which day it is where he is (`YYYY-MM-DD`); without a day
    his turns are not counted.
    """

    user_id: int
    email: str
    weight: int = 1
    left_out: str = ""
    cap: int | None = None
    day: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """How a member stood at one choice."""

    user_id: int
    email: str
    pass_: int
    left_out: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"user": self.email, "pass": self.pass_, "eligible": not self.left_out, "reason": self.left_out or None}


@dataclass(slots=True)
class State:
    """What a rotation remembers between turns: passes by user id, the clock, and the turns of each one's last day."""

    clock: int = 0
    passes: dict[int, int] = field(default_factory=dict)
    days: dict[int, tuple[str, int]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "State":
        passes = {int(user): pass_ for user, pass_ in value.get("passes", {}).items()}
        days = {int(user): (day, turns) for user, (day, turns) in value.get("days", {}).items()}
        return cls(value.get("clock", 0), passes, days)

    def as_json(self) -> dict[str, Any]:
        passes = {str(user): pass_ for user, pass_ in self.passes.items()}
        return {
            "clock": self.clock,
            "passes": passes,
            "days": {str(user): list(day) for user, day in self.days.items()},
        }

    def turns_on(self, user_id: int, day: str) -> int:
        """How many turns he took that day. A day before his last one is none of its own: clocks may differ a little."""
        last, turns = self.days.get(user_id, ("", 0))
        return turns if day <= last else 0

    def count(self, member: Member) -> None:
        turns = self.turns_on(member.user_id, member.day)
        last = self.days.get(member.user_id, ("", 0))[0]
        self.days[member.user_id] = (max(last, member.day), turns + 1)


@dataclass(frozen=True, slots=True)
class Turn:
    """One choice: who, or None when nobody is eligible, and how everyone stood."""

    member: Member | None
    candidates: list[Candidate]


def take_turn(state: State, members: Sequence[Member], *, excluded: Collection[int] = ()) -> Turn:
    """Choose the next of `members` (in order) and move `state` on; with nobody eligible it stays as it is.

    `excluded` are user ids that this lead does not go to again.
    """
    candidates = [
        Candidate(m.user_id, m.email, max(state.passes.get(m.user_id, 0), state.clock), reason(state, m, excluded))
        for m in members
    ]
    eligible = [
        (c.pass_, state.passes.get(c.user_id, 0), order) for order, c in enumerate(candidates) if not c.left_out
    ]
    if not eligible:
        return Turn(None, candidates)
    pass_, _, order = min(eligible)
    winner = members[order]
    state.clock = pass_ + 1
    state.passes[winner.user_id] = pass_ + STRIDE // winner.weight
    if winner.day:
        state.count(winner)
    return Turn(winner, candidates)


def reason(state: State, member: Member, excluded: Collection[int]) -> str:
    """Why he takes no turn; empty when he is eligible."""
    if member.left_out or member.user_id in excluded:
        return member.left_out or "had it already"
    if member.cap is None:
        return ""
    taken = state.turns_on(member.user_id, member.day)
    return f"cap {taken}/{member.cap}" if taken >= member.cap else ""

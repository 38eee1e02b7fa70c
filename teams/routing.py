"""Whose turn it is: stride scheduling in integers. Pure: no clock, no query, no row.

A turn adds STRIDE // weight to a member's pass. The rotation keeps `clock`, the pass of its last pick, and at every
choice a member counts with max(own pass, clock); the smallest wins, and among equals the first in order. So who joins
or returns starts level with the others: nobody is flooded, and a pause gains no turn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

STRIDE = 2**32


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a rotation; `left_out` says why he takes no turn now, and is empty when he does."""

    user_id: int
    email: str
    weight: int = 1
    left_out: str = ""


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
    """What a rotation remembers between turns: passes by user id, and the clock."""

    clock: int = 0
    passes: dict[int, int] = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "State":
        return cls(value.get("clock", 0), {int(user): pass_ for user, pass_ in value.get("passes", {}).items()})

    def as_json(self) -> dict[str, Any]:
        return {"clock": self.clock, "passes": {str(user): pass_ for user, pass_ in self.passes.items()}}


@dataclass(frozen=True, slots=True)
class Turn:
    """One choice: who, or None when nobody is eligible, and how everyone stood."""

    member: Member | None
    candidates: list[Candidate]


def take_turn(state: State, members: Sequence[Member]) -> Turn:
    """Choose the next of `members` (in order) and move `state` on; with nobody eligible it stays as it is."""
    candidates = [
        Candidate(m.user_id, m.email, max(state.passes.get(m.user_id, 0), state.clock), m.left_out) for m in members
    ]
    eligible = [(c.pass_, order) for order, c in enumerate(candidates) if not c.left_out]
    if not eligible:
        return Turn(None, candidates)
    clock, order = min(eligible)
    winner = members[order]
    state.clock = clock
    state.passes[winner.user_id] = clock + STRIDE // winner.weight
    return Turn(winner, candidates)

"""How a rotation stands now: each member's turns, and who comes next. Writes and locks nothing."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from teams.models import Rotation
from teams.routing import STRIDE, Candidate, Member
from teams.turns import LockedRotation, lock_rotations

AHEAD = 5


@dataclass(frozen=True, slots=True)
class Place:
    """How a member stands: `turns` in turns of weight one, `today` the turns of his day; `left_out` why he takes none
    now, and `returns_at` until when that is, where his hours say so."""

    email: str
    name: str
    weight: int
    turns: float
    today: int
    cap: int | None
    left_out: str
    returns_at: datetime | None
    is_next: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """The members in order, whom the next leads go to, and who gets them while none of those can."""

    places: list[Place]
    upcoming: list[str]
    fallback: str


def standing_of(rotation: Rotation, *, at: datetime | None = None) -> Standing | None:
    """How it stands at this time; None for a rotation that is not active, and so gives no leads."""
    account = rotation.account
    locked = lock_rotations(account, rotations=[rotation.pk], at=at, hold=False).by_id.get(rotation.pk)
    if locked is None:
        return None
    names = dict(User.objects.filter(pk__in=locked.schedules).values_list("pk", "name"))
    today = [locked.state.turns_on(member.user_id, member.day) for member in locked.members]
    first = locked.take_turn()
    places = [
        place_of(locked, member, candidate, names[member.user_id], turns, is_next=member == first.member)
        for member, candidate, turns in zip(locked.members, first.candidates, today, strict=True)
    ]
    turns_ahead = [first, *(locked.take_turn() for _ in range(AHEAD - 1))]
    upcoming = [turn.member.email for turn in turns_ahead if turn.member]
    return Standing(places, upcoming, locked.fallback[1] if locked.fallback else "")


def place_of(
    rotation: LockedRotation, member: Member, candidate: Candidate, name: str, today: int, *, is_next: bool
) -> Place:
    away = candidate.left_out in ("off hours", "day off", "holiday")
    returns_at = rotation.schedules[member.user_id].next_start(rotation.at) if away else None
    turns = candidate.pass_ / STRIDE
    return Place(member.email, name, member.weight, turns, today, member.cap, candidate.left_out, returns_at, is_next)

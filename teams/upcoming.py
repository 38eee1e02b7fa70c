"""Who is next in each rotation: asked of the rule that the next lead is given by, and changing nothing."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from accounts.models import Account
from teams.models import Rotation, RotationStatus
from teams.routing import Member, State, take_turn
from teams.turns import lock_rotations


def next_members(account: Account, rotations: Collection[Rotation]) -> dict[int, int]:
    """By rotation the user id of whom its next turn is, as of now; a rotation without members is missing.

    Where nobody can take a lead now, it is the one who would, could all.
    """
    active = [each.pk for each in rotations if each.status == RotationStatus.ACTIVE]
    turning = lock_rotations(account, rotations=active, hold=False).by_id
    found: dict[int, int] = {}
    for rotation in rotations:
        turns = turning.get(rotation.pk)
        state, members = (turns.state, turns.members) if turns else resting(rotation)
        if members:
            found[rotation.pk] = next_of(state, members)
    return found


def resting(rotation: Rotation) -> tuple[State, list[Member]]:
    """A queued or archived rotation as it would go on."""
    places = rotation.members.all()
    members = [Member(p.user_id, "", p.weight, "paused" if p.is_paused else "") for p in places]
    return State.from_json(rotation.state), members


def next_of(state: State, members: Sequence[Member]) -> int:
    able = [replace(member, left_out="", cap=None) for member in members]
    turn = take_turn(copied(state), members)
    member = turn.member or take_turn(copied(state), able).member
    assert member is not None, "without anything that leaves them out, one of them is next"
    return member.user_id


def copied(state: State) -> State:
    return State.from_json(state.as_json())

"""Whom a lead goes to: the named assignee, the rep who has the person already, or the next in the rotation."""

from collections.abc import Sequence

from accounts.holding import hold_members
from accounts.models import Account
from leadhub.lib.transactions import TryAgain
from leads.arrivals import Arrival, Owner
from teams.turns import LockedRotation, lock_rotations


def choose_owners(account: Account, arrivals: Sequence[Arrival]) -> list[LockedRotation]:
    """Give each arrival its owner; answers the rotations that were locked for it, whose new state is to be stored.

    Locks members, then rotations by primary key: known leads are locked before, new ones come after.
    """
    named = [arrival.assignee_id for arrival in arrivals]
    sticky = [arrival.known.owner_id for arrival in arrivals if arrival.known]
    members = hold_members(account, {user_id for user_id in named + sticky if user_id})
    for arrival in arrivals:
        arrival.owner = named_owner(arrival, members) or sticky_owner(arrival, members)
    turning = [arrival for arrival in arrivals if needs_turn(arrival)]
    rotations = lock_rotations(account, {arrival.draft.team_id for arrival in turning}) if turning else {}
    for arrival in arrivals:
        arrival.owner = arrival.owner or twin_owner(arrival) or next_owner(arrival, rotations)
    return sorted(set_of(rotations), key=lambda rotation: rotation.id)


def named_owner(arrival: Arrival, members: dict[int, str]) -> Owner | None:
    if arrival.assignee_id is None:
        return None
    if arrival.assignee_id not in members:
        # He was deactivated since the draft was checked; the repeat will refuse it.
        raise TryAgain
    return Owner("assignee", arrival.assignee_id, members[arrival.assignee_id])


def sticky_owner(arrival: Arrival, members: dict[int, str]) -> Owner | None:
    """The rep who has the primary, if active; spends no turn."""
    owner_id = arrival.known.owner_id if arrival.known else None
    return Owner("known_person", owner_id, members[owner_id]) if owner_id in members else None


def twin_owner(arrival: Arrival) -> Owner | None:
    """The owner of the lead of the same person that came earlier in this batch."""
    twin = arrival.known.arrival.owner if arrival.known and arrival.known.arrival else None
    return Owner("known_person", twin.user_id, twin.email) if twin and twin.user_id else None


def needs_turn(arrival: Arrival) -> bool:
    return arrival.owner is None and not arrival.draft.archived


def next_owner(arrival: Arrival, rotations: dict[int | None, LockedRotation]) -> Owner:
    if arrival.draft.archived:
        return Owner("archived")
    rotation = rotations.get(arrival.draft.team_id)
    if rotation is None:
        return Owner("no_rotation")
    turn = rotation.take_turn()
    if turn.member is None:
        return Owner("nobody_eligible", rotation_id=rotation.id, rotation_name=rotation.name, turn=turn)
    return Owner("rotation", turn.member.user_id, turn.member.email, rotation.id, rotation.name, turn)


def set_of(rotations: dict[int | None, LockedRotation]) -> list[LockedRotation]:
    """Each locked rotation once, though several teams may share the default one."""
    return list({rotation.id: rotation for rotation in rotations.values()}.values())

"""Whom a lead goes to: the named assignee, who has the person already, whom a rule names, or whose turn it is."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from accounts.holding import hold_members
from accounts.models import Account
from leadhub.lib.transactions import TryAgain
from leads.seekers import Owner, Seeker
from teams.rulebook import first_match, rules_of
from teams.turns import LockedRotation, Rotations, lock_rotations

type Members = Mapping[int, str]


def choose_owners(
    account: Account, seekers: Sequence[Seeker], *, at: datetime | None = None, hold: bool = True
) -> list[LockedRotation]:
    """Give each seeker its owner; answers the rotations that turned for it, whose new state is to be stored.

    Locks members, then rotations by primary key: known leads are locked before, new ones come after. With `hold` false
    it only looks, as of `at`.
    """
    follow_rules(account, seekers)
    members = hold_members(account, concerned(seekers), hold=hold)
    for seeker in seekers:
        seeker.owner = named_owner(seeker, members) or sticky_owner(seeker, members) or ruled_owner(seeker, members)
    rotations = rotations_for(account, seekers, at=at, hold=hold)
    for seeker in seekers:
        seeker.owner = seeker.owner or twin_owner(seeker) or next_owner(seeker, rotations)
    return rotations.turned


def follow_rules(account: Account, seekers: Sequence[Seeker]) -> None:
    """A lead of its own choosing, by its sender or because it has been in a rotation, meets no rule."""
    free = [s for s in seekers if s.turns and s.assignee_id is None and s.rotation_id is None]
    rules = rules_of(account) if free else []
    if rules:
        for seeker in free:
            seeker.match = first_match(rules, seeker.about, excluded=seeker.excluded)


def concerned(seekers: Sequence[Seeker]) -> set[int]:
    """Who may get a lead other than by a turn."""
    named = [seeker.assignee_id for seeker in seekers]
    sticky = [seeker.known.owner_id for seeker in seekers if seeker.known]
    ruled = [seeker.match.rule.user_id for seeker in seekers if seeker.match.rule]
    return {user_id for user_id in named + sticky + ruled if user_id}


def named_owner(seeker: Seeker, members: Members) -> Owner | None:
    if seeker.assignee_id is None:
        return None
    if seeker.assignee_id not in members:
        # He was deactivated since the draft was checked; the repeat will refuse it.
        raise TryAgain
    return Owner("assignee", seeker.assignee_id, members[seeker.assignee_id])


def sticky_owner(seeker: Seeker, members: Members) -> Owner | None:
    """The rep who has the primary, if active; spends no turn."""
    owner_id = seeker.known.owner_id if seeker.known else None
    if owner_id is None or owner_id not in members or owner_id in seeker.excluded:
        return None
    return Owner("known_person", owner_id, members[owner_id])


def ruled_owner(seeker: Seeker, members: Members) -> Owner | None:
    """The user that the lead's rule names; he takes it whatever the hour, and it spends no turn."""
    rule = seeker.match.rule
    if rule is None or rule.user_id is None:
        return None
    if rule.user_id not in members:
        # He was deactivated since the rules were read; the repeat will skip this one.
        raise TryAgain
    return Owner("rule", rule.user_id, members[rule.user_id], match=seeker.match)


def rotations_for(account: Account, seekers: Sequence[Seeker], *, at: datetime | None, hold: bool) -> Rotations:
    turning = [seeker for seeker in seekers if seeker.owner is None and seeker.turns]
    by_id = {seeker.given_by for seeker in turning} - {None}
    by_team = {seeker.team_id for seeker in turning if seeker.given_by is None}
    return lock_rotations(account, teams=by_team, rotations=[pk for pk in by_id if pk], at=at, hold=hold)


def twin_owner(seeker: Seeker) -> Owner | None:
    """The owner of the lead of the same person that came earlier in this batch."""
    twin = seeker.known.earlier.owner if seeker.known and seeker.known.earlier else None
    if twin is None or not twin.user_id or twin.user_id in seeker.excluded:
        return None
    return Owner("known_person", twin.user_id, twin.email)


def next_owner(seeker: Seeker, rotations: Rotations) -> Owner:
    """Whose turn it is, else the rotation's fallback, else nobody: then the rotation holds the lead."""
    if not seeker.turns:
        return Owner("archived")
    rotation = rotation_of(seeker, rotations)
    chosen = seeker.match.rule.team_id if seeker.match.rule else None
    if rotation is None:
        return Owner("no_rotation", match=seeker.match, team_id=chosen)
    owner = Owner("nobody_eligible", match=seeker.match, team_id=chosen)
    owner.rotation_id, owner.rotation_name = rotation.id, rotation.name
    if not seeker.to_fallback:
        take_turn(owner, rotation, seeker)
    if owner.user_id is None and rotation.fallback and rotation.fallback[0] not in seeker.excluded:
        owner.reason, (owner.user_id, owner.email) = "fallback", rotation.fallback
    return owner


def take_turn(owner: Owner, rotation: LockedRotation, seeker: Seeker) -> None:
    turn = rotation.take_turn(excluded=seeker.excluded)
    owner.candidates = turn.candidates
    if turn.member:
        owner.reason, owner.user_id, owner.email = "rotation", turn.member.user_id, turn.member.email
        owner.deadline = rotation.deadline(turn.member.user_id)


def rotation_of(seeker: Seeker, rotations: Rotations) -> LockedRotation | None:
    if seeker.given_by is None:
        return rotations.by_team.get(seeker.team_id)
    rotation = rotations.by_id.get(seeker.given_by)
    if rotation is None and seeker.match.rule:
        # It was archived since the rules were read; the repeat will skip this one.
        raise TryAgain
    return rotation

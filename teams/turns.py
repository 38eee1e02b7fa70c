"""Turns under lock: the rotations that leads of some teams go to, locked, and what is needed to choose from them."""

from collections.abc import Collection
from dataclasses import dataclass

import orjson

from accounts.models import Account
from leadhub.lib.sql import fetch, fetch_together
from leadhub.lib.transactions import TryAgain
from teams.routing import Member, State, Turn, take_turn

# The team's active rotation, else the account's default one. The state is read in the statement that locks it.
LOCK = """
SELECT id, team_id, name, state FROM teams_rotation
WHERE account_id = %(account)s::bigint AND status = 'active' AND id IN (
    SELECT coalesce(
        (SELECT id FROM teams_rotation
         WHERE account_id = %(account)s::bigint AND status = 'active' AND team_id = wanted.team_id),
        (SELECT id FROM teams_rotation
         WHERE account_id = %(account)s::bigint AND status = 'active' AND team_id IS NULL))
    FROM unnest(%(teams)s::bigint[]) AS wanted (team_id))
ORDER BY id FOR UPDATE
"""
# A statement of its own, after the lock: only now does it see what those before us in the queue have committed.
MEMBERS = """
SELECT place.rotation_id, place.user_id, person.email, place.weight,
    CASE WHEN NOT (person.is_active AND membership.is_active) THEN 'inactive'
         WHEN place.is_paused THEN 'paused' ELSE '' END
FROM teams_rotation rotation
JOIN teams_rotationmember place ON (place.account_id, place.rotation_id) = (rotation.account_id, rotation.id)
JOIN accounts_membership membership ON (membership.account_id, membership.user_id) = (place.account_id, place.user_id)
JOIN accounts_user person ON person.id = place.user_id
WHERE rotation.account_id = %(account)s::bigint AND rotation.status = 'active'
AND (rotation.team_id = ANY(%(teams)s::bigint[]) OR rotation.team_id IS NULL)
ORDER BY place.position, place.id
"""
ANY_ACTIVE = """
SELECT 1 FROM teams_rotation WHERE account_id = %(account)s::bigint AND status = 'active'
AND (team_id IS NULL OR team_id = ANY(%(teams)s::bigint[])) LIMIT 1
"""


@dataclass(slots=True)
class LockedRotation:
    """A rotation that nobody else can turn until this transaction ends."""

    id: int
    name: str
    state: State
    members: list[Member]
    turned: bool = False

    def take_turn(self) -> Turn:
        turn = take_turn(self.state, self.members)
        self.turned = self.turned or turn.member is not None
        return turn


def lock_rotations(account: Account, team_ids: Collection[int | None]) -> dict[int | None, LockedRotation]:
    """For each team (None: no team) the locked rotation its leads go to; a team without one is missing.

    Locks in order of primary key. Raises TryAgain when a rotation was exchanged while we waited for it.
    """
    teams = list(team_ids)
    rows, members = fetch_together([LOCK, MEMBERS], account=account.pk, teams=teams)
    locked = {pk: LockedRotation(pk, name, State.from_json(orjson.loads(state)), []) for pk, _, name, state in rows}
    for rotation_id, *member in members:
        if rotation_id in locked:
            locked[rotation_id].members.append(Member(*member))
    by_team = {team_id: locked[pk] for pk, team_id, _, _ in rows}
    chosen = {team: by_team.get(team) or by_team.get(None) for team in teams}
    if None in chosen.values() and fetch(ANY_ACTIVE, account=account.pk, teams=teams):
        raise TryAgain
    return {team: rotation for team, rotation in chosen.items() if rotation}

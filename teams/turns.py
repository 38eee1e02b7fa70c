"""Turns under lock: the rotations that leads go to, locked, and all that is needed to choose from them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson
from django.db import connection
from django.utils import timezone

from accounts.models import Account
from accounts.zones import zone_of
from leadhub.lib.sql import fetch, fetch_together
from leadhub.lib.transactions import TryAgain
from teams.hours import Schedule, Week, parse_week
from teams.routing import Member, State, Turn, take_turn

# Those named by id, and of each team the active rotation, else the account's default one.
# The state is read in the statement that locks it. The teams are asked by a SELECT: of an array, the planner wants to
# see the elements, and plans anew for each lead.
ROTATIONS = """
SELECT id, team_id, name, state, contact_minutes, max_hops FROM teams_rotation
WHERE account_id = %(account)s::bigint AND status = 'active' AND (id = ANY(%(rotations)s::bigint[]) OR id IN (
    SELECT coalesce(
        (SELECT id FROM teams_rotation
         WHERE account_id = %(account)s::bigint AND status = 'active' AND team_id = wanted.team_id),
        (SELECT id FROM teams_rotation
         WHERE account_id = %(account)s::bigint AND status = 'active' AND team_id IS NULL))
    FROM unnest((SELECT %(teams)s::bigint[])) AS wanted (team_id)))
ORDER BY id"""
LOCK = ROTATIONS + " FOR UPDATE"
CONCERNED = """rotation.account_id = %(account)s::bigint AND rotation.status = 'active'
AND (rotation.team_id = ANY(%(teams)s::bigint[]) OR rotation.team_id IS NULL
    OR rotation.id = ANY(%(rotations)s::bigint[]))"""
# A statement of its own, after the lock: only now does it see what those before us in the queue have committed.
# A row a member, and one of a rotation that has none; each with the rotation's fallback.
MEMBERS = f"""
SELECT rotation.id, rotation.team_id, rotation.fallback_id,
    (SELECT deputy.email FROM accounts_membership deputyship JOIN accounts_user deputy ON deputy.id = deputyship.user_id
     WHERE (deputyship.account_id, deputyship.user_id) = (rotation.account_id, rotation.fallback_id)
     AND deputyship.is_active AND deputy.is_active),
    place.user_id, person.email, place.weight,
    CASE WHEN NOT (person.is_active AND membership.is_active) THEN 'inactive'
         WHEN place.is_paused THEN 'paused' ELSE '' END,
    place.daily_cap, coalesce(nullif(membership.time_zone, ''), account.time_zone), membership.working_hours,
    ARRAY(SELECT ARRAY[off.first_date, off.last_date] FROM accounts_dayoff off
          WHERE off.account_id = place.account_id AND off.user_id = place.user_id
          AND off.last_date >= %(yesterday)s::date),
    ARRAY(SELECT holiday.date FROM accounts_holiday holiday
          WHERE holiday.account_id = %(account)s::bigint AND holiday.date >= %(yesterday)s::date)
FROM teams_rotation rotation
JOIN accounts_account account ON account.id = rotation.account_id
LEFT JOIN (teams_rotationmember place
    JOIN accounts_membership membership
    ON (membership.account_id, membership.user_id) = (place.account_id, place.user_id)
    JOIN accounts_user person ON person.id = place.user_id
) ON (place.account_id, place.rotation_id) = (rotation.account_id, rotation.id)
WHERE {CONCERNED}
ORDER BY place.position, place.id
"""  # noqa: S608 - the condition is this module's own
ANY_ACTIVE = """
SELECT 1 FROM teams_rotation WHERE account_id = %(account)s::bigint AND status = 'active'
AND (team_id IS NULL OR team_id = ANY(%(teams)s::bigint[])) LIMIT 1
"""
KEEP = """
UPDATE teams_rotation SET state = new.state
FROM json_to_recordset(%(rotations)s::json) AS new (id bigint, state jsonb)
WHERE teams_rotation.account_id = %(account)s::bigint AND teams_rotation.id = new.id
"""
# Of the minutes to first contact, how many pass before the rep is reminded.
REMINDED = 0.7


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when a lead is to be contacted, and when its rep is reminded of that."""

    remind_at: datetime
    due_at: datetime


@dataclass(slots=True)
class LockedRotation:
    """A rotation that nobody else can turn until this transaction ends; `at` is the time it is asked as of."""

    id: int
    name: str
    state: State
    contact_minutes: int | None
    max_hops: int
    at: datetime
    members: list[Member] = field(default_factory=list)
    schedules: dict[int, Schedule] = field(default_factory=dict)
    fallback: tuple[int, str] | None = None
    turned: bool = False

    def take_turn(self, *, excluded: Collection[int] = ()) -> Turn:
        turn = take_turn(self.state, self.members, excluded=excluded)
        self.turned = self.turned or turn.member is not None
        return turn

    def deadline(self, user_id: int) -> Deadline | None:
        """By when he is to contact a lead given to him now, in his working time; None where nothing is asked."""
        if self.contact_minutes is None:
            return None
        schedule = self.schedules[user_id]
        remind_at = schedule.add_working(self.at, self.contact_minutes * REMINDED)
        due_at = schedule.add_working(self.at, self.contact_minutes)
        return Deadline(remind_at, due_at) if remind_at and due_at else None


@dataclass(slots=True)
class Rotations:
    """The rotations of some teams, and some by id."""

    by_team: dict[int | None, LockedRotation]
    by_id: dict[int, LockedRotation]

    @property
    def turned(self) -> list[LockedRotation]:
        """Those whose state has moved on and is to be stored."""
        return [rotation for rotation in self.by_id.values() if rotation.turned]


NONE = Rotations({}, {})


def lock_rotations(
    account: Account,
    *,
    teams: Collection[int | None] = (),
    rotations: Collection[int] = (),
    at: datetime | None = None,
    hold: bool = True,
) -> Rotations:
    """For each team (None: no team) the rotation its leads go to, and those named by id; what is not active is missing.

    Locks in order of primary key, or with `hold` false only looks. Raises TryAgain when a rotation was exchanged while
    we waited for it.
    """
    if not teams and not rotations:
        return NONE
    wanted, now = list(teams), at or timezone.now()
    rows, members = fetch_together(
        [LOCK if hold else ROTATIONS, MEMBERS],
        account=account.pk,
        teams=wanted,
        rotations=list(rotations),
        yesterday=now.date() - timedelta(days=1),
    )
    # After the wait: whoever went home meanwhile is asked as of now.
    at = at or timezone.now()
    found = {row[0]: rotation_of(row, at) for row in rows}
    for rotation_id, team_id, *member in members:
        if rotation_id in found:
            add_member(found[rotation_id], member)
        elif team_id is not None and team_id in teams:
            # Active only since we waited: its team's leads are not the default rotation's.
            raise TryAgain
    return Rotations(by_team(account, wanted, rows, found), found)


def rotation_of(row: tuple[Any, ...], at: datetime) -> LockedRotation:
    pk, _team, name, state, contact_minutes, max_hops = row
    return LockedRotation(pk, name, State.from_json(orjson.loads(state)), contact_minutes, max_hops, at)


def add_member(rotation: LockedRotation, row: Sequence[Any]) -> None:
    fallback_id, deputy, user_id, email, weight, left_out, cap, zone, hours, days_off, holidays = row
    rotation.fallback = (fallback_id, deputy) if deputy else None
    if user_id is None:
        return
    off = tuple((first, last) for first, last in days_off)
    schedule = Schedule(zone_of(zone), week_of(hours), off, frozenset(holidays))
    why = left_out or schedule.left_out(rotation.at)
    day = schedule.local_day(rotation.at).isoformat()
    rotation.members.append(Member(user_id, email, weight, why, cap, day))
    rotation.schedules[user_id] = schedule


@lru_cache(maxsize=4096)
def week_of(text: str | None) -> Week | None:
    """The stored weekly hours; parsed once, for they come with every lead."""
    return parse_week(orjson.loads(text)) if text else None


def by_team(
    account: Account, teams: list[int | None], rows: list[tuple[Any, ...]], found: dict[int, LockedRotation]
) -> dict[int | None, LockedRotation]:
    own = {team_id: found[pk] for pk, team_id, *_ in rows}
    chosen = {team: own.get(team) or own.get(None) for team in teams}
    without = [team for team, rotation in chosen.items() if rotation is None]
    if without and fetch(ANY_ACTIVE, account=account.pk, teams=without):
        raise TryAgain
    return {team: rotation for team, rotation in chosen.items() if rotation}


def states_as_json(rotations: Iterable[LockedRotation]) -> str:
    """What KEEP takes: each rotation with its new state."""
    return orjson.dumps([{"id": r.id, "state": r.state.as_json()} for r in rotations]).decode()


def keep_turns(account: Account, rotations: Iterable[LockedRotation]) -> None:
    """Store the new state of rotations that have turned."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP, {"account": account.pk, "rotations": states_as_json(rotations)})

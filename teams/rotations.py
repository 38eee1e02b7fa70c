"""Rotations made and changed: at most one is active for a team, or for the leads of none; the next waits in line."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.models import Account, Membership, User
from leadhub.lib.errors import Conflict, Invalid, NotFound
from teams.eligibility import hold
from teams.models import Rotation, RotationStatus, Team
from teams.models.rotation import RotationQuerySet
from teams.places import Place, places_of, set_places


class NoSuchRotation(NotFound):
    code = "unknown_rotation"

    def __init__(self) -> None:
        super().__init__("rotation not found")


class AnotherIsActive(Conflict):
    """Two active rotations for one team would leave open which of them gives its leads."""

    code = "another_is_active"

    def __init__(self, team: Team | None, other: Rotation) -> None:
        whose = f"The team {team}" if team else "The account"
        super().__init__(
            f"{whose} has an active rotation already: {other}. Archive that one first, or queue this.", field="status"
        )


class NotAMember(Invalid):
    code = "unknown_member"

    def __init__(self, emails: Collection[str]) -> None:
        super().__init__(f"not an active member of this account: {', '.join(sorted(emails))}", field="members")


@transaction.atomic(savepoint=False)
def create_rotation(
    account: Account, *, name: str, team: Team | None, user_ids: Sequence[int], by: User | None, **fields: Any
) -> Rotation:
    """A rotation of these members in order: active where none is for this team, else next in line."""
    others = hold(in_use(account, [team.pk if team else None]))
    taken = any(rotation.status == RotationStatus.ACTIVE for rotation in others)
    fields.setdefault("status", RotationStatus.QUEUED if taken else RotationStatus.ACTIVE)
    refuse_second(team, fields["status"], others)
    rotation = Rotation.objects.create(account=account, name=name, team=team, created_by=by, updated_by=by, **fields)
    set_members(rotation, user_ids)
    return rotation


@transaction.atomic(savepoint=False)
def save_rotation(rotation: Rotation, *, fields: Collection[str]) -> None:
    """Store these fields under the lock of all rotations of its team, held until the transaction ends.

    Its turns stay as they are. When it is archived, queued or given to another team, the next in line takes over.
    Raises AnotherIsActive.
    """
    own = Rotation.objects.for_account(rotation.account_id).filter(pk=rotation.pk)
    teams = {own.values_list("team", flat=True).get(), rotation.team_id}
    # By one statement, in its order, and read under the lock: whoever archived it a moment ago has made the next in
    # line active.
    held = hold(own | in_use(rotation.account, teams))
    [stored] = [each for each in held if each.pk == rotation.pk]
    others = [each for each in held if each.pk != rotation.pk and each.team_id == rotation.team_id]
    refuse_second(rotation.team, rotation.status, others)
    rotation.save(update_fields=set(fields) - {"state"})
    leaves = rotation.status != RotationStatus.ACTIVE or rotation.team_id != stored.team_id
    if stored.status == RotationStatus.ACTIVE and leaves:
        promote_next(rotation.account, stored.team_id, but=rotation)


def in_use(account: Account, team_ids: Collection[int | None]) -> RotationQuerySet:
    """The active and queued rotations of these teams; None is for the leads of none."""
    of_teams = Q(team__in=[pk for pk in team_ids if pk])
    rows = Rotation.objects.for_account(account).exclude(status=RotationStatus.ARCHIVED)
    return rows.filter(of_teams | Q(team=None) if None in team_ids else of_teams)


def refuse_second(team: Team | None, status: str, others: Collection[Rotation]) -> None:
    active = next((each for each in others if each.status == RotationStatus.ACTIVE), None)
    if status == RotationStatus.ACTIVE and active:
        raise AnotherIsActive(team, active)


def promote_next(account: Account, team_id: int | None, *, but: Rotation) -> None:
    """Make the rotation that has been queued the longest the active one."""
    heir = Rotation.objects.for_account(account).exclude(pk=but.pk).next_in_line(team_id)
    if heir:
        heir.status = RotationStatus.ACTIVE
        heir.save(update_fields=["status", "updated_at"])


@transaction.atomic(savepoint=False)
def set_members(rotation: Rotation, user_ids: Sequence[int]) -> None:
    """Let these users, each once and in this order, be its members; who stays keeps his weight, cap and pause."""
    hold(Rotation.objects.for_account(rotation.account_id).filter(pk=rotation.pk))
    present = {place.user_id: place for place in places_of(rotation)}
    set_places(rotation, [present.get(user_id) or Place(user_id) for user_id in dict.fromkeys(user_ids)])


def members_by_email(account: Account, emails: Sequence[str], *, present: Collection[int] = ()) -> list[int]:
    """The user ids of these active members, in order; of `present` ids also those who no longer are active.

    Raises NotAMember.
    """
    wanted = [email.strip().lower() for email in emails]
    named = Membership.objects.for_account(account).filter(user__email__in=wanted)
    fitting = named.active() | named.filter(user__in=list(present))
    known = dict(fitting.values_list("user__email", "user_id"))
    if strangers := set(wanted) - known.keys():
        raise NotAMember(strangers)
    return [known[email] for email in wanted]

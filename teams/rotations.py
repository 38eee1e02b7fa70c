"""Rotations made and changed: at most one is active for a team, or for the leads of none; the next waits in line."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction

from accounts.models import Account, Membership, User
from leadhub.lib.errors import Conflict, Invalid, NotFound
from teams.eligibility import hold
from teams.models import Rotation, RotationMember, RotationStatus, Team


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
    others = in_use(account, team)
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
    others = in_use(rotation.account, own.select_related("team").get().team)
    # Read again, under the lock: whoever archived it a moment ago has made the next in line active.
    [stored] = hold(own)
    if rotation.team_id != stored.team_id:
        others = in_use(rotation.account, rotation.team)
    refuse_second(rotation.team, rotation.status, [each for each in others if each.pk != rotation.pk])
    rotation.save(update_fields=set(fields) - {"state"})
    leaves = rotation.status != RotationStatus.ACTIVE or rotation.team_id != stored.team_id
    if stored.status == RotationStatus.ACTIVE and leaves:
        promote_next(rotation.account, stored.team_id, but=rotation)


def in_use(account: Account, team: Team | None) -> list[Rotation]:
    """The active and queued rotations of a team, or of the leads of none, locked."""
    return hold(Rotation.objects.for_account(account).exclude(status=RotationStatus.ARCHIVED).filter(team=team))


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
    places = {
        place.user_id: place
        for place in RotationMember.objects.for_account(rotation.account_id).filter(rotation=rotation)
    }
    for user_id in places.keys() - set(user_ids):
        places[user_id].delete()
    for position, user_id in enumerate(dict.fromkeys(user_ids)):
        place = places.get(user_id) or RotationMember(
            account_id=rotation.account_id, rotation=rotation, user_id=user_id
        )
        place.position = position
        place.save()


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

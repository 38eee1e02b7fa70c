"""Rotations held while it changes who takes leads: a lead given meanwhile comes before the change or after it.

And since somebody may be able to take leads now who was not before, the held ones are looked at once it is committed.
"""

from collections.abc import Collection

from accounts.models import Account, User
from leadhub.lib import jobs
from teams.models import Rotation, RotationMember
from teams.models.rotation import RotationQuerySet

RELEASE = "release_held"


def hold(rotations: RotationQuerySet) -> list[Rotation]:
    """Lock these rotations, in order of primary key; after members' own rows, as the intake does."""
    held = list(rotations.order_by("pk").select_for_update(of=("self",), no_key=True))
    if held:
        jobs.soon(RELEASE)
    return held


def hold_rotations_of(user: User, *, accounts: Collection[int]) -> None:
    """Those he is in, or the fallback of."""
    for account_id in sorted(accounts):
        rotations = Rotation.objects.for_account(account_id)
        his = RotationMember.objects.for_account(account_id).filter(user=user).values("rotation")
        hold(rotations.filter(pk__in=his) | rotations.filter(fallback=user))


def hold_rotations(account: Account) -> list[Rotation]:
    """All that can turn."""
    return hold(Rotation.objects.for_account(account).active())

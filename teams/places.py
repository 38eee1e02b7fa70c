"""The places of a rotation: who is in it, in which order, with how many turns."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from leadhub.lib.errors import Invalid
from teams.eligibility import hold
from teams.models import Rotation, RotationMember


@dataclass(frozen=True, slots=True)
class Place:
    """A member's place in a rotation, as it is to be."""

    user_id: int
    weight: int = 1
    is_paused: bool = False
    daily_cap: int | None = None


def places_of(rotation: Rotation) -> list[Place]:
    """The places as they are stored, in order."""
    rows = RotationMember.objects.for_account(rotation.account_id).filter(rotation=rotation)
    return [Place(row.user_id, row.weight, row.is_paused, row.daily_cap) for row in rows]


@transaction.atomic(savepoint=False)
def set_places(rotation: Rotation, places: Sequence[Place]) -> None:
    """Let these be the rotation's places, in this order; turns that were taken stay counted. Raises Invalid."""
    if len({place.user_id for place in places}) < len(places):
        raise Invalid("Somebody is named twice.", code="named_twice", field="members")
    hold(Rotation.objects.for_account(rotation.account_id).filter(pk=rotation.pk))
    stored = RotationMember.objects.for_account(rotation.account_id).filter(rotation=rotation)
    present = {row.user_id: row for row in stored}
    for user_id in present.keys() - {place.user_id for place in places}:
        present[user_id].delete()
    for position, place in enumerate(places):
        own = {"account_id": rotation.account_id, "rotation": rotation, "user_id": place.user_id}
        row = present.get(place.user_id) or RotationMember(**own)
        row.position, row.weight = position, place.weight
        row.is_paused, row.daily_cap = place.is_paused, place.daily_cap
        row.save()

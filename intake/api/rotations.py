"""Rotations."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.roles import Right
from intake.api.docs import reads
from intake.api.filters import Filters, IdFilter, OneOfFilter
from intake.api.resources import Resource, documented
from intake.api.serializers.rotations import STATUSES, ApiRotation, ApiStanding, NewRotation, RotationChanges
from intake.api.wire import settings as wire
from intake.authentication import Open
from teams.grouping import active_team
from teams.models import Rotation
from teams.places import Place, set_places
from teams.rotations import NoSuchRotation, NotAMember, create_rotation, members_by_email, save_rotation
from teams.standing import standing_of

EXAMPLE = {
    "name": "West",
    "team": 7,
    "fallback": "owner@acme.com",
    "contact_minutes": 60,
    "members": [{"user": "ann@acme.com", "weight": 2, "daily_cap": 20}, {"user": "bob@acme.com"}],
}


class RotationFilters(Filters):
    status = OneOfFilter(STATUSES)
    team = IdFilter()


@documented("rotations", "rotation", answer=ApiRotation, new=EXAMPLE, changes={"status": "archived"})
class RotationViewSet(Resource[Rotation]):
    """A team has one active rotation; a second is queued, and takes over when that one is archived."""

    rights: ClassVar[Mapping[str, Right | Open]] = {**Resource.rights, "standing": Right.VIEW_TEAMS}
    missing, filters = NoSuchRotation, RotationFilters
    new, changes = NewRotation(), RotationChanges()

    def rows(self) -> QuerySet[Rotation]:
        rows = Rotation.objects.for_account(self.account).select_related("fallback", "team", "account")
        return rows.prefetch_related("members__user")

    def shown(self, row: Rotation) -> dict[str, Any]:
        return wire.rotation(row)

    @reads(
        "rotation_standing",
        "rotations",
        "How a rotation stands, and whose turn is next",
        answer=ApiStanding,
        description="As of now, and changing nothing; of a rotation that is not active everything is empty.",
    )
    def standing(self, request: Request, id: int) -> HttpResponse:
        self.query(request)
        return self.ok(200, wire.standing(standing_of(self.found(id))))

    def made(self, given: Mapping[str, Any]) -> Rotation:
        places = self.places(given)
        made = create_rotation(self.account, by=self.user, user_ids=[], **({"team": None} | self.referred(given)))
        if places:
            set_places(made, places)
        return made

    def changed(self, row: Rotation, given: Mapping[str, Any]) -> None:
        places = self.places(given, row)
        save_rotation(row, fields=row.put(self.referred(given, row), by=self.user))
        if places is not None:
            set_places(row, places)

    def referred(self, given: Mapping[str, Any], row: Rotation | None = None) -> dict[str, Any]:
        """The columns that are given, with the team and the fallback they name; those it has may be inactive by now."""
        fields = {name: value for name, value in given.items() if name != "members"}
        if fields.get("team"):
            same = row is not None and row.team_id == fields["team"]
            fields["team"] = row.team if same and row else active_team(self.account, fields["team"], field="team")
        if "fallback" in fields:
            present = [row.fallback_id] if row and row.fallback_id else []
            email = fields.pop("fallback")
            fields["fallback_id"] = self.fallback(email, present) if email else None
        return fields

    def fallback(self, email: str, present: list[int]) -> int:
        try:
            return members_by_email(self.account, [email], present=present)[0]
        except NotAMember as error:
            error.field = "fallback"
            raise

    def places(self, given: Mapping[str, Any], row: Rotation | None = None) -> list[Place] | None:
        members = given.get("members")
        if members is None:
            return None
        present = [place.user_id for place in row.members.all()] if row else []
        user_ids = members_by_email(self.account, [each["user"] for each in members], present=present)
        terms = [{name: value for name, value in each.items() if name != "user"} for each in members]
        return [Place(user_id, **each) for user_id, each in zip(user_ids, terms, strict=True)]

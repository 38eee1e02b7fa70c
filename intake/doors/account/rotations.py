from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.roles import Right
from intake.authentication import Open
from intake.doors.account import configuration_docs as docs
from intake.doors.account.configuration import ConfigurationViewSet
from intake.doors.account.configuration_serializers import RotationChange, RotationStatusRequest
from intake.doors.account.configuration_wire import DEFAULT, rotation_answer, stored_fields
from leadhub.lib.errors import Invalid, NotFound
from teams.grouping import active_team
from teams.models import Rotation, RotationStatus, Team
from teams.rotations import NoSuchRotation, create_rotation, members_by_email, save_rotation, set_members
from teams.upcoming import next_members


class NameWithoutTeam(Invalid):
    code = "name_without_team"

    def __init__(self) -> None:
        super().__init__("a rotation without a team is named default; another name needs a teamId", field="name")


@docs.documented(docs.ROTATIONS)
class RotationViewSet(ConfigurationViewSet[Rotation]):
    rights: ClassVar[Mapping[str, Right | Open]] = {
        **ConfigurationViewSet.rights,
        "set_status": Right.MANAGE_TEAMS,
    }
    new, changes = RotationChange(), RotationChange()
    status = RotationStatusRequest()

    def rows(self) -> QuerySet[Rotation]:
        related = ("account", "team__created_by", "team__updated_by", "created_by", "updated_by")
        rows = Rotation.objects.for_account(self.account).select_related(*related)
        return rows.prefetch_related("members__user", "team__members__user").order_by("pk")

    def missing(self) -> NotFound:
        return NoSuchRotation()

    def listed(self, request: Request) -> QuerySet[Rotation]:
        given = self.query(request, "status").choice("status", [*RotationStatus.values, "all"])
        wanted = given or RotationStatus.ACTIVE.value
        return self.rows() if wanted == "all" else self.rows().filter(status=wanted)

    def shown(self, rows: Sequence[Rotation]) -> Sequence[dict[str, Any]]:
        following = next_members(self.account, rows)
        return [rotation_answer(rotation, next_user=following.get(rotation.pk)) for rotation in rows]

    def made(self, given: dict[str, Any]) -> Rotation:
        team = self.team(given)
        fields = {"name": team.name if team else DEFAULT} | stored_fields(given)
        refuse_name(fields["name"], team)
        user_ids = members_by_email(self.account, given.get("userRotationArray", []))
        return create_rotation(self.account, team=team, user_ids=user_ids, by=self.user, **fields)

    def change(self, row: Rotation, given: dict[str, Any]) -> None:
        fields = stored_fields(given)
        if "teamId" in given and given["teamId"] != row.team_id:
            fields["team"] = self.team(given)
        stored = row.put(fields, by=self.user)
        if "name" in fields:
            refuse_name(row.name, row.team)
        save_rotation(row, fields=stored)
        if "userRotationArray" in given:
            present = [place.user_id for place in row.members.all()]
            set_members(row, members_by_email(self.account, given["userRotationArray"], present=present))

    def set_status(self, request: Request, id: str) -> HttpResponse:
        return self.changed(request, id, self.given(request, self.status))

    def team(self, given: dict[str, Any]) -> Team | None:
        return active_team(self.account, given["teamId"], field="team_id") if "teamId" in given else None


def refuse_name(name: str, team: Team | None) -> None:
    if team is None and name != DEFAULT:
        raise NameWithoutTeam

"""What teams, lead sources and rotations have in common: listed, made, read and changed, each by its domain's verbs."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from accounts.roles import Right
from intake.authentication import DoorAuthentication, Open
from intake.doors.account.views import DOOR, AccountAuthentication
from intake.endpoint import Endpoint, answer_with
from intake.fields import present
from intake.idempotency import Answer
from intake.queries import Query
from leadhub.lib.errors import NotFound
from leadhub.lib.rowids import row_id
from teams.models.tracked import Tracked

FLAGS = {"true": True, "false": False, "all": None}


class AccountEndpoint(Endpoint):
    """A view of the account door that is not about leads."""

    door = DOOR
    authentication_classes: tuple[type[DoorAuthentication], ...] = (AccountAuthentication,)

    def query(self, request: Request, *known: str) -> Query:
        """The parameters; an empty one is as good as none. Raises Problem 400."""
        query = super().query(request, *known)
        query.drop_empty()
        return query

    def given(self, request: Request, serializer: Serializer[Any]) -> dict[str, Any]:
        """The body's fields that say something, each of its type."""
        fields: dict[str, Any] = serializer.run_validation(present(self.json(request)))
        return fields


class ConfigurationViewSet[M: Tracked](AccountEndpoint):
    rights: ClassVar[Mapping[str, Right | Open]] = {
        "list": Right.VIEW_TEAMS,
        "retrieve": Right.VIEW_TEAMS,
        "create": Right.MANAGE_TEAMS,
        "partial_update": Right.MANAGE_TEAMS,
        "change_named": Right.MANAGE_TEAMS,
    }
    new: ClassVar[Serializer[Any]]
    changes: ClassVar[Serializer[Any]]
    # The same with the row's id, for a path that has none.
    named_changes: ClassVar[Serializer[Any]]

    # --- what a view says ---

    def rows(self) -> QuerySet[M]:
        """The account's, with all that an answer shows."""
        raise NotImplementedError

    def missing(self) -> NotFound:
        raise NotImplementedError

    def listed(self, request: Request) -> QuerySet[M]:
        raise NotImplementedError

    def shown(self, rows: Sequence[M]) -> Sequence[dict[str, Any]]:
        raise NotImplementedError

    def made(self, given: dict[str, Any]) -> M:
        raise NotImplementedError

    def change(self, row: M, given: dict[str, Any]) -> None:
        raise NotImplementedError

    # --- the actions ---

    def list(self, request: Request) -> HttpResponse:
        return self.ok(200, self.shown(tuple(self.listed(request))))

    def retrieve(self, request: Request, id: str) -> HttpResponse:
        self.query(request)
        return self.ok(200, self.shown([self.found(id)])[0])

    def create(self, request: Request) -> HttpResponse:
        given = self.given(request, self.new)
        return self.once(request, lambda: self.answer(201, self.made(given)))

    def partial_update(self, request: Request, id: str) -> HttpResponse:
        return self.changed(request, id, self.given(request, self.changes))

    def change_named(self, request: Request) -> HttpResponse:
        given = self.given(request, self.named_changes)
        return self.changed(request, str(given["id"]), given)

    def changed(self, request: Request, id: str, given: dict[str, Any]) -> HttpResponse:
        def work() -> Answer:
            row = self.found(id)
            if given.keys() - {"id"}:
                self.change(row, given)
            return self.answer(200, row)

        return self.once(request, work)

    def answer(self, status: int, row: M) -> Answer:
        """The row as it is stored by now."""
        return answer_with(status, self.shown([self.rows().get(pk=row.pk)])[0])

    def found(self, id: str) -> M:
        """The account's row with this id. Raises NotFound, whoever's it is otherwise."""
        row = self.rows().filter(pk=row_id(id) or 0).first()
        if row is None:
            raise self.missing()
        return row

    def only_active(self, request: Request, *, default: bool | None) -> bool | None:
        """What `?active=` asks for; None is all."""
        given = self.query(request, "active").choice("active", tuple(FLAGS), any_case=True)
        return default if given is None else FLAGS[given]


def of_activity[M: Model](rows: QuerySet[M], active: bool | None) -> QuerySet[M]:
    return rows if active is None else rows.filter(is_active=active)

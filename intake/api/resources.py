"""What a resource of settings has in common with the others: listed, read, made and changed, each by its verbs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from accounts.roles import Right
from intake.api.docs import PAGE, reads, writes
from intake.api.filters import Filters
from intake.api.serializers.base import Body, page_of
from intake.api.views import ApiViewSet
from intake.authentication import Open
from leadhub.lib.errors import NotFound


class Resource[M: Model](ApiViewSet):
    rights: ClassVar[Mapping[str, Right | Open]] = {
        "list": Right.VIEW_TEAMS,
        "retrieve": Right.VIEW_TEAMS,
        "create": Right.MANAGE_TEAMS,
        "update": Right.MANAGE_TEAMS,
    }
    # The NotFound that is raised for what the account does not have.
    missing: ClassVar[type[Any]] = NotFound
    filters: ClassVar[type[Filters]] = Filters
    new: ClassVar[Serializer[Any]] = Body()
    changes: ClassVar[Serializer[Any]] = Body()

    # --- what a resource says ---

    def rows(self) -> QuerySet[M]:
        """The account's, with all that an answer shows."""
        raise NotImplementedError

    def shown(self, row: M) -> dict[str, Any]:
        raise NotImplementedError

    def beside(self, rows: Sequence[M]) -> None:
        """Read for all these rows at once what `shown` tells of them and `rows` does not have."""

    # Done again where the transaction has to be repeated: what is given stays as it is.

    def made(self, given: Mapping[str, Any]) -> M:
        raise NotImplementedError

    def changed(self, row: M, given: Mapping[str, Any]) -> None:
        raise NotImplementedError

    # --- the actions ---

    def list(self, request: Request) -> HttpResponse:
        return self.listed(request, self.rows(), self.shown, filters=self.filters, beside=self.beside)

    def retrieve(self, request: Request, id: int) -> HttpResponse:
        self.query(request)
        return self.ok(200, self.told(self.found(id)))

    def create(self, request: Request) -> HttpResponse:
        given = self.given(request, self.new)
        return self.does(request, lambda: self.again(self.made(given)), status=201)

    def update(self, request: Request, id: int) -> HttpResponse:
        given = self.given(request, self.changes)

        def work() -> dict[str, Any]:
            row = self.found(id)
            if given:
                self.changed(row, given)
            return self.again(row)

        return self.does(request, work)

    def found(self, id: int) -> M:
        """The row, if it is the account's. Raises what is `missing`."""
        row = self.rows().filter(pk=id).first()
        if row is None:
            raise self.missing
        return row

    def again(self, row: M) -> dict[str, Any]:
        """The row as it is stored by now."""
        return self.told(self.rows().get(pk=row.pk))

    def told(self, row: M) -> dict[str, Any]:
        self.beside([row])
        return self.shown(row)


def documented(
    tag: str,
    one: str,
    *,
    answer: type[Serializer[Any]],
    new: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
    made: type[Serializer[Any]] | None = None,
    every: str = "",
) -> Callable[[type[Resource[Any]]], type[Resource[Any]]]:
    """Documents a resource's actions; `new` and `changes` are examples of bodies, `made` is what `create` answers."""

    def describe(view: type[Resource[Any]]) -> type[Resource[Any]]:
        page = page_of(answer, name=f"{answer.__name__}Page")
        parameters = [*PAGE, *view.filters.parameters()]
        name = one.replace(" ", "_")
        said: dict[str, Any] = {
            "list": reads(
                f"{name}_list",
                tag,
                f"{every or tag.capitalize()}, a page at a time",
                answer=page,
                parameters=parameters,
            )
        }
        if "retrieve" in view.rights:
            said["retrieve"] = reads(f"{name}_get", tag, f"One {one}", answer=answer)
        if new is not None:
            answers = {201: made or answer}
            said["create"] = writes(
                f"{name}_create", tag, f"Make a {one}", request=type(view.new), answers=answers, example=new
            )
        if changes is not None:
            said["update"] = writes(
                f"{name}_update",
                tag,
                f"Change a {one}",
                request=type(view.changes),
                answers={200: answer},
                example=changes,
            )
        return extend_schema_view(**said)(view)

    return describe

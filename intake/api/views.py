"""The hub's own API, `/api/v1`: its words, its credentials, and what all its views begin with."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar

import orjson
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from accounts.callers import Caller
from accounts.keyformat import KeyKind
from accounts.models import Account
from accounts.roles import Right, Role
from accounts.working import primary_account
from intake.api import words
from intake.api.filters import Filters
from intake.authentication import DoorAuthentication
from intake.credentials import caller_of, chosen_account, enter_account, require_kind
from intake.endpoint import Endpoint, answer_with
from intake.idempotency import Answer
from intake.pages import Cursor, page_of
from intake.problems import forbidden
from intake.refusals import Door
from leads.models import Lead, LeadQuerySet

DOOR = Door(
    "api",
    prefixes=("/api",),
    error=words.error,
    names={"team_id": "team", "lead_source_id": "source", "assignee_email": "owner", "team_ids": "teams"},
    error_media_type="application/problem+json",
)
PERSONS = frozenset({KeyKind.USER, KeyKind.SESSION})
KINDS = PERSONS | {KeyKind.ACCOUNT}
ROWS, MOST_ROWS = 50, 200
# Names that every list takes beside its filters.
PAGING = ("limit", "cursor", "ordering")


def nothing(rows: Sequence[Any]) -> None:
    """What most rows need beside their own columns."""


class ApiAuthentication(DoorAuthentication):
    """A bearer token or `X-Api-Key`: an account's key, or a user's key or session with `x-account-id`."""

    kinds: ClassVar[Collection[KeyKind]] = KINDS

    def caller(self, request: HttpRequest) -> Caller:
        caller = caller_of(request, header="HTTP_X_API_KEY")
        require_kind(caller, self.kinds)
        if caller.kind != KeyKind.ACCOUNT:
            return enter_account(caller, self.account_of(caller, request))
        chosen = request.META.get("HTTP_X_ACCOUNT_ID", "").strip()
        if chosen and (caller.account is None or chosen != str(caller.account.pk)):
            raise forbidden("The key is of another account.")
        return caller

    def account_of(self, caller: Caller, request: HttpRequest) -> int:
        """The account that a person names."""
        return chosen_account(request)


class PersonAuthentication(ApiAuthentication):
    """For what is a person's own: an account's key is in many hands, and none of them is his who made it."""

    kinds = PERSONS


class AnywhereAuthentication(ApiAuthentication):
    """The same; a person who names no account is where a log-in would begin."""

    def account_of(self, caller: Caller, request: HttpRequest) -> int:
        if request.META.get("HTTP_X_ACCOUNT_ID") is not None:
            return chosen_account(request)
        # The platform's own account is made on first use.
        begins = primary_account(caller.user) or (Account.objects.platform() if caller.is_platform_admin else None)
        if begins is None:
            raise forbidden("No account is open to you.", "no_account_open")
        return begins.pk


class ApiViewSet(Endpoint):
    door = DOOR
    authentication_classes = (ApiAuthentication,)
    # Below which path what an action makes is found, where that is not the path it is made at.
    found_below: ClassVar[Mapping[str, str]] = {}

    def given(self, request: Request, shape: Serializer[Any]) -> dict[str, Any]:
        """The body as this shape understands it. Raises Problem 415 and 400, and ValidationError."""
        fields: dict[str, Any] = shape.run_validation(self.json(request))
        return fields

    def once(self, request: Request, work: Callable[[], Answer], *, stored: bool = True) -> HttpResponse:
        """As above; and a change takes no query."""
        self.query(request)
        return super().once(request, work, stored=stored)

    def does(
        self, request: Request, work: Callable[[], Any], *, status: int = 200, stored: bool = True
    ) -> HttpResponse:
        """The JSON that `work` returns, done once; with 204 there is none. `stored` as in `once`."""
        return self.once(request, lambda: answer_with(status, work()), stored=stored)

    def respond(self, answer: Answer) -> HttpResponse:
        """As above; what was made and has an id, or is now at work, is found at `Location`."""
        response = super().respond(answer)
        made = orjson.loads(answer.body).get("id") if answer.status in (201, 202) else None
        if made is not None:
            below = self.found_below.get(self.action, self.request.path.rstrip("/"))
            response.headers["Location"] = f"{below}/{made}"
        return response

    def listed[M: Model](
        self,
        request: Request,
        rows: QuerySet[M],
        shown: Callable[[M], dict[str, Any]],
        *,
        filters: type[Filters] = Filters,
        beside: Callable[[Sequence[M]], None] = nothing,
    ) -> HttpResponse:
        """A page of these rows, as the query asks: `limit`, `cursor`, `ordering`, and the filters.

        `beside` reads for the whole page at once what its rows show and their table does not have.
        """
        query = self.query(request, *PAGING, *filters.base_filters)
        found = filters.of(query.given, rows, caller=self.caller)
        limit = query.whole("limit", least=1, most=MOST_ROWS, default=ROWS)
        order = filters.orders[query.choice("ordering", filters.orders) or next(iter(filters.orders))]
        cursor = Cursor(f"api {request.path.rstrip('/')}", self.account.pk, query.value("cursor"))
        page, following = page_of(found, order=order, limit=limit, cursor=cursor)
        beside(page)
        return self.ok(200, {"items": [shown(row) for row in page], "next_cursor": following})

    @property
    def leads(self) -> LeadQuerySet:
        """The leads that the caller may know of, the deleted included: all of the account's, or an agent's own."""
        return Lead.objects.for_account(self.account).visible_to(self.user, may=self.may)

    def may(self, right: Right) -> bool:
        return self.who.may(right)

    @property
    def is_owner(self) -> bool:
        """Whether the caller is an owner of the account, or above it. Its key is neither, whoever made it."""
        return self.who.is_platform_admin or self.who.role == Role.OWNER

    @property
    def is_platform_admin(self) -> bool:
        return self.who.is_platform_admin

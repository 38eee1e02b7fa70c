"""Leads: found, made, read, changed and taken through the steps of their life, one at a time."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet, Subquery
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from accounts.models import User
from accounts.roles import Right
from intake.api.docs import PAGE, reads, writes
from intake.api.filters import Filters, FlagFilter, IdFilter, InstantFilter, OneOfFilter, TextFilter
from intake.api.serializers.base import page_of
from intake.api.serializers.leads import (
    STATUSES,
    ApiLead,
    ApiNewLead,
    Assignment,
    Conversion,
    LeadChanges,
    Move,
    NewLead,
    Noted,
    Nothing,
)
from intake.api.views import ApiViewSet
from intake.api.wire import leads as wire
from intake.authentication import Open
from intake.credentials import require
from intake.endpoint import DoorViewSet
from intake.problems import require_contact
from leads import lifecycle
from leads.assigning import assign, member_named, route
from leads.drafts import LeadDraft
from leads.editing import edit
from leads.locking import NoSuchLead, lock_one
from leads.models import Lead, LeadQuerySet
from leads.models.lead import HELD
from leads.outcomes import Outcome, Verdict

TAG = "leads"
EXAMPLE = {
    "email": "jane@example.com",
    "first_name": "Jane",
    "last_name": "Doe",
    "phone": "+1-555-123-4567",
    "company": "Acme Corp",
    "state": "CA",
    "tags": ["vip"],
    "custom_fields": {"plan": "gold"},
}
NEW = (Verdict.CREATED, Verdict.LINKED)


class LeadFilters(Filters):
    orders = {"-id": ["-account_id", "-id"], "id": ["account_id", "id"]}
    status = OneOfFilter(STATUSES)
    owner = TextFilter(method="of_owner", help_text="A member's e-mail, or `me`, or `none`.")
    team = IdFilter()
    source = IdFilter(field_name="lead_source")
    rotation = IdFilter(help_text="The one that gave it, or holds it.")
    held = FlagFilter(method="is_held", help_text="Whether nobody in its rotation could take it yet.")
    archived = FlagFilter(field_name="archived_at", lookup_expr="isnull", exclude=True)
    duplicate = FlagFilter(field_name="duplicate_of", lookup_expr="isnull", exclude=True)
    duplicate_of = IdFilter(help_text="Those of the same person as this first lead.")
    deleted = FlagFilter(method="is_deleted", help_text="Those that can be restored, instead of all others.")
    created_after = InstantFilter(field_name="created_at", lookup_expr="gte")
    created_before = InstantFilter(field_name="created_at", lookup_expr="lt")
    tag = TextFilter(method="with_tag")
    external_id = TextFilter()
    q = TextFilter(method="with_words", help_text="Words, each found in name, e-mail, company or phone.")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data["deleted"] else found.filter(deleted_at=None)

    def of_owner(self, rows: LeadQuerySet, name: str, value: str) -> LeadQuerySet:
        if value == "none":
            return rows.filter(owner=None)
        if value == "me":
            assert self.caller
            return rows.filter(owner=self.caller.user)
        # Asked for by itself: joined to their owners, all leads would be read to find his.
        return rows.filter(owner=Subquery(User.objects.filter(email=value.lower()).values("pk")[:1]))

    def is_held(self, rows: LeadQuerySet, name: str, value: bool) -> LeadQuerySet:
        return rows.filter(HELD) if value else rows.exclude(HELD)

    def is_deleted(self, rows: LeadQuerySet, name: str, value: bool) -> LeadQuerySet:
        return rows.filter(deleted_at__isnull=not value)

    def with_tag(self, rows: LeadQuerySet, name: str, value: str) -> LeadQuerySet:
        return rows.filter(tags__contains=[value])

    def with_words(self, rows: LeadQuerySet, name: str, value: str) -> LeadQuerySet:
        return rows.search(value)


class LeadViewSet(ApiViewSet, DoorViewSet):
    rights: ClassVar[Mapping[str, Right | Open]] = {
        **DoorViewSet.rights,
        "list": Right.VIEW_LEADS,
        "retrieve": Right.VIEW_LEADS,
        "update": Right.CHANGE_LEADS,
        "destroy": Right.DELETE_LEADS,
        "restore": Right.DELETE_LEADS,
        "archive": Right.CHANGE_LEADS,
        "unarchive": Right.CHANGE_LEADS,
        "contact": Right.CHANGE_LEADS,
        "convert": Right.CHANGE_LEADS,
        "move": Right.CHANGE_LEADS,
        "assign": Right.ASSIGN_LEADS,
        "route": Right.ASSIGN_LEADS,
    }
    optional_body = frozenset({"restore", "archive", "unarchive", "contact", "convert", "route"})
    serializer = NewLead()

    # --- look ---

    @reads(
        "leads",
        TAG,
        "Leads, the newest first",
        answer=page_of(ApiLead, name="ApiLeadPage"),
        parameters=[*PAGE, *LeadFilters.parameters()],
        description="An agent sees his own. Deleted ones are shown with `deleted=true` alone.",
    )
    def list(self, request: Request) -> HttpResponse:
        leads = Lead.objects.listed_for(self.account).visible_to(self.user, may=self.may)
        return self.listed(request, leads.select_related("owner"), wire.lead, filters=LeadFilters)

    @reads("lead", TAG, "One lead", answer=ApiLead)
    def retrieve(self, request: Request, id: int) -> HttpResponse:
        self.query(request)
        return self.ok(200, self.shown(id))

    def shown(self, id: int) -> dict[str, Any]:
        return wire.lead(self.lead(self.leads.live(), id))

    def lead(self, rows: LeadQuerySet, id: int) -> Lead:
        """The lead, if the caller may know of it. Raises NoSuchLead."""
        found = rows.select_related("owner").filter(pk=id).first()
        if found is None:
            raise NoSuchLead
        return found

    # --- make ---

    @writes(
        "lead_create",
        TAG,
        "Create a lead",
        request=NewLead,
        answers={201: ApiNewLead, 200: ApiNewLead},
        example=EXAMPLE,
        description="201 for a lead that is new, also where its person is known; 200 where it is a lead known already. "
        "Where the account refuses known people it is a 409 `duplicate_lead`, whose `lead` is the one that is known; "
        "so it is, without that, for an agent where a colleague has the known lead.",
    )
    def create(self, request: Request) -> HttpResponse:
        self.query(request)
        return super().create(request)

    def draft(self, body: dict[str, Any], request: Request) -> LeadDraft:
        draft = wire.draft(self.validated(body))
        require_contact(draft)
        return draft

    def answer(self, outcome: Outcome, request: Request) -> tuple[int, dict[str, Any]]:
        assert outcome.lead is not None
        status = 201 if outcome.verdict in NEW else 200
        return status, wire.lead(outcome.lead, owner=outcome.owner_email) | {"outcome": outcome.verdict}

    # --- change ---

    @writes(
        "lead_update",
        TAG,
        "Change a lead",
        request=LeadChanges,
        answers={200: ApiLead},
        example={"status": "qualified", "company": None, "custom_fields": {"plan": None, "seats": 20}},
        description="Null empties a field. Custom fields are merged; null takes one away.",
    )
    def update(self, request: Request, id: int) -> HttpResponse:
        given = self.given(request, LeadChanges())
        if "owner" in given:
            require(self.who, Right.ASSIGN_LEADS)

        def work() -> dict[str, Any]:
            lock_one(self.leads.live(), id)
            return wire.lead(edit(self.account, id, wire.changes(given), actor=self.actor(request)))

        return self.does(request, work)

    @writes("lead_delete", TAG, "Delete a lead; for 30 days it can be restored", answers={204: None})
    def destroy(self, request: Request, id: int) -> HttpResponse:
        return self.step(request, id, lifecycle.delete, status=204)

    @writes("lead_restore", TAG, "Bring back a deleted lead", request=Nothing, answers={200: ApiLead})
    def restore(self, request: Request, id: int) -> HttpResponse:
        self.given(request, Nothing())

        def work() -> dict[str, Any]:
            lock_one(self.leads.filter(deleted_at__isnull=False), id)
            lifecycle.restore(self.account, [id], actor=self.actor(request))
            return self.shown(id)

        return self.does(request, work)

    @writes("lead_archive", TAG, "Archive a lead", request=Nothing, answers={200: ApiLead})
    def archive(self, request: Request, id: int) -> HttpResponse:
        return self.step(request, id, lifecycle.archive, Nothing())

    @writes("lead_unarchive", TAG, "Take a lead out of the archive", request=Nothing, answers={200: ApiLead})
    def unarchive(self, request: Request, id: int) -> HttpResponse:
        return self.step(request, id, lifecycle.unarchive, Nothing())

    @writes("lead_contact", TAG, "Say that a lead was contacted", request=Nothing, answers={200: ApiLead})
    def contact(self, request: Request, id: int) -> HttpResponse:
        """The first time stops the clock of the first contact."""
        return self.step(request, id, lifecycle.contact, Nothing())

    @writes(
        "lead_convert",
        TAG,
        "Mark a lead as won",
        request=Conversion,
        answers={200: ApiLead},
        example={"application_id": "app-4711"},
    )
    def convert(self, request: Request, id: int) -> HttpResponse:
        application = self.given(request, Conversion()).get("application_id") or ""

        def work() -> dict[str, Any]:
            lock_one(self.leads.live(), id)
            lifecycle.convert(self.account, id, application_id=application, actor=self.actor(request))
            return self.shown(id)

        return self.does(request, work)

    @writes("lead_status", TAG, "Move a lead", request=Move, answers={200: ApiLead}, example={"status": "contacted"})
    def move(self, request: Request, id: int) -> HttpResponse:
        return self.step(request, id, lifecycle.set_status, Move())

    @writes(
        "lead_assign",
        TAG,
        "Give a lead to a member",
        request=Assignment,
        answers={200: ApiLead},
        example={"owner": "ann@acme.com", "note": "knows her"},
    )
    def assign(self, request: Request, id: int) -> HttpResponse:
        return self.step(request, id, give_to, Assignment())

    @writes(
        "lead_route",
        TAG,
        "Let rules and rotations choose anew",
        request=Noted,
        answers={200: ApiLead},
        example={"note": "She moved to another state."},
    )
    def route(self, request: Request, id: int) -> HttpResponse:
        return self.step(request, id, route, Noted())

    def step(
        self,
        request: Request,
        id: int,
        verb: Callable[..., Any],
        shape: Serializer[Any] | None = None,
        *,
        status: int = 200,
    ) -> HttpResponse:
        """One lead, while it is the caller's to change, taken through a verb that is for any number of them."""
        given = {name: value or "" for name, value in self.given(request, shape).items()} if shape else {}

        def work() -> dict[str, Any] | None:
            lock_one(self.leads.live(), id)
            verb(self.account, [id], actor=self.actor(request), **given)
            return None if status == 204 else self.shown_after(id)

        return self.does(request, work, status=status)

    def shown_after(self, id: int) -> dict[str, Any]:
        """As it is now, also to somebody who has just lost it."""
        return wire.lead(self.lead(Lead.objects.for_account(self.account), id))


def give_to(account: Any, ids: Any, *, owner: str, actor: Any, note: str = "") -> list[Lead]:
    owner_id = member_named(account, owner) if owner else None
    return assign(account, ids, owner_id=owner_id, actor=actor, note=note)

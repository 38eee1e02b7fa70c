"""The workspace's leads: made, listed, read, changed and deleted."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.models.account import DuplicatePolicy
from accounts.roles import Right
from intake.authentication import Open
from intake.doors.workspace import docs, wire
from intake.doors.workspace.deleting import delete_all, delete_named
from intake.doors.workspace.listing import FILTERS, MOST_ROWS, NEWEST, ROWS, asked, filtered
from intake.doors.workspace.serializers import WorkspaceDeletion, WorkspaceLeadChanges, WorkspaceLeadRequest
from intake.doors.workspace.views import DOOR, WorkspaceAuthentication
from intake.endpoint import DoorViewSet, answer_with
from intake.fields import present
from intake.idempotency import Answer
from intake.pages import Cursor, page_of
from intake.words import EMPTY, extra_with
from leadhub.lib.wireids import pk_from_hex
from leads.drafts import LeadDraft
from leads.editing import edit
from leads.locking import NoSuchLead, lock_one
from leads.models import Lead, LeadQuerySet
from leads.outcomes import Context, Outcome


class LeadViewSet(DoorViewSet):
    door = DOOR
    authentication_classes = (WorkspaceAuthentication,)
    rights: ClassVar[Mapping[str, Right | Open]] = {
        **DoorViewSet.rights,
        "list": Right.VIEW_LEADS,
        "retrieve": Right.VIEW_LEADS,
        "partial_update": Right.CHANGE_LEADS,
        "destroy": Right.DELETE_LEADS,
    }
    optional_body = frozenset({"destroy"})
    serializer = WorkspaceLeadRequest()
    changes: ClassVar[WorkspaceLeadChanges] = WorkspaceLeadChanges(partial=True)
    deletion: ClassVar[WorkspaceDeletion] = WorkspaceDeletion()

    # --- make ---

    @extend_schema(**docs.CREATE)
    def create(self, request: Request) -> HttpResponse:
        return super().create(request)

    def draft(self, body: dict[str, Any], request: Request) -> LeadDraft:
        return wire.draft(self.validated(body), body)

    def context(self, request: Request) -> Context:
        # This wire knows a person once, whatever the account's policy for the other doors.
        return Context(door=self.door.name, actor=self.actor(request), on_duplicate=DuplicatePolicy.REJECT)

    def answer(self, outcome: Outcome, request: Request) -> tuple[int, dict[str, Any]]:
        assert outcome.lead is not None
        lead = wire.lead_answer(outcome.lead, user_id=self.user.hex_id, workspace_id=self.account.hex_id)
        return 201, wire.success(lead)

    # --- look ---

    @extend_schema(**docs.LIST)
    def list(self, request: Request) -> HttpResponse:
        query = self.query(request, "limit", "cursor", *FILTERS)
        found = filtered(self.known(Lead.objects.listed_for(self.account)), asked(query))
        limit = query.whole("limit", least=1, most=MOST_ROWS, default=ROWS)
        cursor = Cursor("workspace.leads", self.account.pk, query.value("cursor"))
        rows, following = page_of(found.select_related("created_by"), order=NEWEST, limit=limit, cursor=cursor)
        shown = [self.shown(lead) for lead in rows]
        return self.ok(200, wire.page(shown, limit=limit, total=found.count(), following=following))

    @extend_schema(**docs.RETRIEVE)
    def retrieve(self, request: Request, id: str) -> HttpResponse:
        self.query(request)
        return self.ok(200, wire.success(self.shown(self.named(id))))

    # --- change ---

    @extend_schema(**docs.CHANGE)
    def partial_update(self, request: Request, id: str) -> HttpResponse:
        body = self.json(request)

        def work() -> Answer:
            lead = lock_one(self.leads, self.named(id).pk)
            after = edit(self.account, lead.pk, self.given(lead, body), actor=self.actor(request))
            return answer_with(200, wire.success(self.shown(after)))

        return self.once(request, work)

    @extend_schema(**docs.DELETE)
    def destroy(self, request: Request) -> HttpResponse:
        """Each chunk is done by itself, so no answer is kept: a repeat deletes what is left."""
        which = self.deletion.run_validation(present(self.json(request)))
        actor = self.actor(request)
        if which.get("deleteAll"):
            found = filtered(self.leads, which.get("filters", {}))
            count = delete_all(self.account, found, but=which.get("excludeIds", ()), actor=actor)
        else:
            count = delete_named(self.account, self.leads, which["leadIds"], actor=actor)
        return self.ok(200, wire.success({"deletedCount": count}))

    # --- what these share ---

    @property
    def leads(self) -> LeadQuerySet:
        """The leads that the caller may know of, none of them deleted."""
        return self.known(Lead.objects.for_account(self.account))

    def known(self, leads: LeadQuerySet) -> LeadQuerySet:
        return leads.live().visible_to(self.user, may=self.who.may)

    def named(self, id: str) -> Lead:
        """Raises NoSuchLead, also for what is no id."""
        lead = self.leads.select_related("created_by").filter(pk=pk_from_hex(id) or 0).first()
        if lead is None or lead.hex_id != id.lower():
            raise NoSuchLead
        return lead

    def given(self, lead: Lead, body: dict[str, Any]) -> dict[str, Any]:
        """What is to be changed, in our words. Raises ValidationError and EmailStays."""
        said = wire.differing(body, self.shown(lead))
        cleared = {name for name, value in said.items() if value in EMPTY}
        fields = self.changes.run_validation({name: value for name, value in said.items() if name not in cleared})
        extra = extra_with(lead.extra, body, {*wire.WORDS, *wire.READ_ONLY})
        return wire.changes(fields, cleared=cleared) | ({"extra": extra} if extra else {})

    def shown(self, lead: Lead) -> dict[str, Any]:
        maker = lead.created_by.hex_id if lead.created_by else None
        return wire.lead_answer(lead, user_id=maker, workspace_id=self.account.hex_id)

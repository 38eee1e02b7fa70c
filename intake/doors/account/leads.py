"""The account door's leads: made, listed, read, changed, archived, converted and deleted."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.models import AuditEntry
from accounts.roles import Right
from intake.authentication import Open
from intake.credentials import require
from intake.doors.account import lead_docs as docs
from intake.doors.account import wire
from intake.doors.account.docs import CREATE
from intake.doors.account.listing import page_of_leads
from intake.doors.account.serializers import AccountConversion, AccountLeadRequest
from intake.doors.account.views import DOOR, AccountAuthentication
from intake.doors.account.wire_audit import audit_entry
from intake.endpoint import DoorViewSet, answer_with
from intake.fields import present
from intake.problems import invalid
from intake.words import EMPTY, extra_with
from leadhub.lib.rowids import row_id
from leads import lifecycle
from leads.drafts import LeadDraft
from leads.editing import edit
from leads.locking import NoSuchLead, lock_one
from leads.models import Lead, LeadQuerySet
from leads.outcomes import MET, Context, Outcome
from leads.trail import entries_of

FLAG = {"": False, "false": False, "true": True}
# Of a lead that is sent again and again, the latest tell enough.
TOLD = 1000


class LeadViewSet(DoorViewSet):
    door = DOOR
    authentication_classes = (AccountAuthentication,)
    rights: ClassVar[Mapping[str, Right | Open]] = {
        **DoorViewSet.rights,
        "list": Right.VIEW_LEADS,
        "retrieve": Right.VIEW_LEADS,
        "partial_update": Right.CHANGE_LEADS,
        "archive": Right.CHANGE_LEADS,
        "unarchive": Right.CHANGE_LEADS,
        "convert": Right.CHANGE_LEADS,
        "destroy": Right.DELETE_LEADS,
    }
    optional_body = frozenset({"convert"})
    serializer = AccountLeadRequest()
    changes: ClassVar[AccountLeadRequest] = AccountLeadRequest(partial=True)
    conversion: ClassVar[AccountConversion] = AccountConversion()

    # --- make ---

    @extend_schema(**CREATE)
    def create(self, request: Request) -> HttpResponse:
        return super().create(request)

    def draft(self, body: dict[str, Any], request: Request) -> LeadDraft:
        return wire.draft(self.validated(body), body, caller_email=self.user.email)

    def context(self, request: Request) -> Context:
        flag = request.GET.get("skipTeamAndSourceRequirement", "").lower()
        if flag not in FLAG:
            raise invalid("skipTeamAndSourceRequirement must be true or false", "invalid_flag")
        return Context(door=self.door.name, actor=self.actor(request), require_team_and_source=not FLAG[flag])

    def answer(self, outcome: Outcome, request: Request) -> tuple[int, dict[str, Any]]:
        assert outcome.lead is not None
        if outcome.verdict in MET:
            return 200, self.shown(outcome.lead)
        public_id = self.actor(request).api_key_public_id
        log = [audit_entry(outcome.entry, api_key=public_id)] if outcome.entry else []
        return 201, wire.lead_answer(outcome.lead, assigned_to=outcome.owner_email, audit_log=log)

    # --- look ---

    @extend_schema(**docs.LIST)
    def list(self, request: Request) -> HttpResponse:
        known = self.known(Lead.objects.listed_for(self.account))
        leads, counts = page_of_leads(known, request.META.get("QUERY_STRING", ""))
        return self.ok(200, {"data": [wire.lead_fields(lead, assigned_to=owner_of(lead)) for lead in leads], **counts})

    @extend_schema(**docs.RETRIEVE)
    def retrieve(self, request: Request, id: str) -> HttpResponse:
        lead = self.leads.select_related("owner").filter(pk=row_id(id) or 0).first()
        if lead is None:
            raise NoSuchLead
        return self.ok(200, self.shown(lead))

    # --- change ---

    @extend_schema(**docs.CHANGE)
    def partial_update(self, request: Request, id: str) -> HttpResponse:
        body = self.json(request)

        def change(lead: Lead) -> None:
            given = self.given(lead, body)
            edit(self.account, lead.pk, given, actor=self.actor(request))

        return self.written(request, id, change)

    @extend_schema(**docs.ARCHIVE)
    def archive(self, request: Request, id: str) -> HttpResponse:
        return self.written(request, id, self.step(request, lifecycle.archive))

    @extend_schema(**docs.UNARCHIVE)
    def unarchive(self, request: Request, id: str) -> HttpResponse:
        return self.written(request, id, self.step(request, lifecycle.unarchive))

    @extend_schema(**docs.CONVERT)
    def convert(self, request: Request, id: str) -> HttpResponse:
        given = self.conversion.run_validation(present(self.json(request))).get("applicationId")

        def change(lead: Lead) -> None:
            # Whoever names none still gets one that stays, and that no other lead has.
            application_id = given or str(lead.uuid)
            lifecycle.convert(self.account, lead.pk, application_id=application_id, actor=self.actor(request))

        return self.written(request, id, change)

    @extend_schema(**docs.DELETE)
    def destroy(self, request: Request, id: str) -> HttpResponse:
        return self.written(request, id, self.step(request, lifecycle.delete))

    # --- what these share ---

    @property
    def leads(self) -> LeadQuerySet:
        """The leads that the caller may know of, none of them deleted."""
        return self.known(Lead.objects.for_account(self.account))

    def known(self, leads: LeadQuerySet) -> LeadQuerySet:
        return leads.live().visible_to(self.user, may=self.who.may)

    def step(self, request: Request, verb: Callable[..., Any]) -> Callable[[Lead], Any]:
        return lambda lead: verb(self.account, [lead.pk], actor=self.actor(request))

    def written(self, request: Request, id: str, change: Callable[[Lead], Any]) -> HttpResponse:
        """The lead changed while it is the caller's to change, and shown as it is then, also to who just lost it."""

        def work() -> Any:
            lead = lock_one(self.leads, row_id(id) or 0)
            change(lead)
            after = Lead.objects.for_account(self.account).select_related("owner").get(pk=lead.pk)
            return answer_with(200, self.shown(after))

        return self.once(request, work)

    def given(self, lead: Lead, body: dict[str, Any]) -> dict[str, Any]:
        """What is to be changed, in our words. Raises ValidationError, and 403 for who may not give leads away."""
        said = wire.differing(body, wire.lead_fields(lead, assigned_to=owner_of(lead)))
        cleared = {
            name for name, field in self.changes.fields.items() if field.allow_null and said.get(name, 0) in EMPTY
        }
        fields = self.changes.run_validation({name: value for name, value in said.items() if name not in cleared})
        given = wire.changes(fields, cleared=cleared)
        if given.get("assignee_email", self.user.email).lower() != self.user.email:
            require(self.who, Right.ASSIGN_LEADS)
        extra = extra_with(lead.extra, said, {*wire.WORDS, *wire.READ_ONLY})
        return given | ({"extra": extra} if extra else {})

    def shown(self, lead: Lead) -> dict[str, Any]:
        log = [self.told(entry) for entry in entries_of(lead, most=TOLD)]
        return wire.lead_answer(lead, assigned_to=owner_of(lead), audit_log=log)

    def told(self, entry: AuditEntry) -> dict[str, Any]:
        """What others sent from where, only those see who may see the account's audit."""
        own = entry.actor_id == self.user.pk
        public_id = entry.api_key.public_id if entry.api_key else None
        return audit_entry(entry, api_key=public_id, with_origin=own or self.who.may(Right.VIEW_AUDIT))


def owner_of(lead: Lead) -> str | None:
    return lead.owner.email if lead.owner else None

"""The platform's leads: made, listed, read, changed, exported, and made tenants of."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.roles import Right
from intake.authentication import Open
from intake.doors.platform import docs, export, wire
from intake.doors.platform.listing import FILTERS, NEWEST, asked, filtered
from intake.doors.platform.serializers import PlatformConversion, PlatformLeadChanges, PlatformLeadRequest
from intake.doors.platform.views import DOOR, PlatformAuthentication
from intake.endpoint import DoorViewSet, answer_with
from intake.fields import present
from intake.idempotency import Answer
from intake.pages import Cursor, page_of
from intake.problems import invalid
from intake.words import extra_with
from leadhub.lib.transactions import run
from leads.converting import convert_to_account
from leads.drafts import LeadDraft
from leads.editing import edit
from leads.locking import NoSuchLead, lock_one
from leads.models import Lead, LeadQuerySet
from leads.outcomes import MET, Outcome
from leads.trail import moves_of

ID = re.compile(r"(?:lead_)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.ASCII | re.IGNORECASE)
ROWS, MOST_ROWS = 50, 100
# Of a lead that is moved again and again, the latest tell enough.
TOLD = 1000


class LeadViewSet(DoorViewSet):
    door = DOOR
    authentication_classes = (PlatformAuthentication,)
    rights: ClassVar[Mapping[str, Right | Open]] = {
        **DoorViewSet.rights,
        "list": Right.VIEW_ALL_LEADS,
        "export": Right.VIEW_ALL_LEADS,
        "retrieve": Right.VIEW_ALL_LEADS,
        "partial_update": Right.CHANGE_LEADS,
        "convert": Right.MANAGE_ACCOUNT,
    }
    optional_body = frozenset({"convert"})
    serializer = PlatformLeadRequest()
    changes: ClassVar[PlatformLeadChanges] = PlatformLeadChanges(partial=True)
    conversion: ClassVar[PlatformConversion] = PlatformConversion()

    # --- make ---

    @extend_schema(**docs.CREATE)
    def create(self, request: Request) -> HttpResponse:
        return super().create(request)

    def draft(self, body: dict[str, Any], request: Request) -> LeadDraft:
        return wire.draft(self.validated(body), body)

    def answer(self, outcome: Outcome, request: Request) -> tuple[int, dict[str, Any]]:
        assert outcome.lead is not None
        return 200 if outcome.verdict in MET else 201, wire.lead_answer(outcome.lead)

    # --- look ---

    @extend_schema(**docs.LIST)
    def list(self, request: Request) -> HttpResponse:
        query = self.query(request, "limit", "cursor", *FILTERS)
        found = filtered(self.listed, asked(query))
        limit = query.whole("limit", least=1, most=MOST_ROWS, default=ROWS)
        cursor = Cursor("platform.leads", self.account.pk, query.value("cursor"))
        page, following = page_of(found, order=NEWEST, limit=limit, cursor=cursor)
        return self.ok(200, {"items": [wire.lead_answer(lead) for lead in page], "next_cursor": following})

    @extend_schema(**docs.EXPORT)
    def export(self, request: Request) -> StreamingHttpResponse:
        asked_for = asked(self.query(request, *FILTERS))
        found = filtered(self.listed, asked_for)
        # HEAD takes no lead out: there is nothing to read, and nothing to record.
        is_taken = request.method == "GET"
        if is_taken:
            run(lambda: export.record(self.account, found, asked_for=asked_for, actor=self.actor(request)))
        return StreamingHttpResponse(
            export.lines(self.account, found) if is_taken else (),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="leads.csv"'},
        )

    @extend_schema(**docs.RETRIEVE)
    def retrieve(self, request: Request, id: str) -> HttpResponse:
        lead = self.named(id).first()
        if lead is None:
            raise NoSuchLead
        return self.ok(200, wire.whole_answer(lead, moves_of(lead, most=TOLD)))

    # --- change ---

    @extend_schema(**docs.CHANGE)
    def partial_update(self, request: Request, id: str) -> HttpResponse:
        body = self.json(request)

        def work() -> Answer:
            lead = self.locked(id)
            after = edit(self.account, lead.pk, self.given(lead, body), actor=self.actor(request))
            return answer_with(200, wire.lead_answer(after))

        return self.once(request, work)

    @extend_schema(**docs.CONVERT)
    def convert(self, request: Request, id: str) -> HttpResponse:
        name = self.conversion.run_validation(present(self.json(request))).get("account_name", "")

        def work() -> Answer:
            actor = self.actor(request)
            made = convert_to_account(self.account, self.locked(id).pk, account_name=name, actor=actor)
            return answer_with(201, {"lead": wire.lead_answer(made.lead), "account_id": str(made.account.pk)})

        return self.once(request, work)

    # --- what these share ---

    @property
    def leads(self) -> LeadQuerySet:
        return Lead.objects.for_account(self.account).live()

    @property
    def listed(self) -> LeadQuerySet:
        return Lead.objects.listed_for(self.account).live()

    def given(self, lead: Lead, body: dict[str, Any]) -> dict[str, Any]:
        """What is to be changed, in our words. Raises ValidationError."""
        fields = self.changes.run_validation(wire.differing(body, wire.lead_answer(lead)))
        extra = extra_with(lead.extra, body, {*wire.WORDS, *wire.READ_ONLY, "status"})
        return wire.changes(fields) | ({"extra": extra} if extra else {})

    def named(self, id: str) -> LeadQuerySet:
        """The lead of this id, if there is one. Raises Problem 400 for what is no id."""
        match = ID.fullmatch(id)
        if match is None:
            raise invalid("The id is `lead_` and a UUID.", "invalid_id")
        return self.leads.filter(uuid=UUID(match[1]))

    def locked(self, id: str) -> Lead:
        pk = self.named(id).values_list("pk", flat=True).first()
        if pk is None:
            raise NoSuchLead
        return lock_one(self.leads, pk)

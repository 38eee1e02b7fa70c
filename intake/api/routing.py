"""Why a lead is whose it is, and whose another one would be."""

from collections.abc import Mapping
from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.roles import Right
from intake.api.docs import reads, sent
from intake.api.serializers.routing import LeadRouting, RoutingChoice, Simulation
from intake.api.views import ApiViewSet
from intake.api.wire.leads import draft
from intake.api.wire.routing import choice, lead_routing
from intake.authentication import Open
from leadhub.lib.transactions import run
from leads.decisions import decisions_of
from leads.locking import NoSuchLead
from leads.outcomes import Context
from leads.simulating import simulate

TAG = "routing"
EXAMPLE = {"lead": {"email": "jane@example.com", "state": "CA"}, "team": 7, "at": "2026-03-02T09:00:00Z"}


class RoutingViewSet(ApiViewSet):
    rights: ClassVar[Mapping[str, Right | Open]] = {"retrieve": Right.VIEW_LEADS, "simulate": Right.VIEW_ALL_LEADS}

    @reads("lead_routing", TAG, "Who has a lead, and why", answer=LeadRouting)
    def retrieve(self, request: Request, id: int) -> HttpResponse:
        self.query(request)
        lead = self.leads.live().select_related("owner").filter(pk=id).first()
        if lead is None:
            raise NoSuchLead
        return self.ok(200, lead_routing(lead, decisions_of(lead)))

    @reads(
        "simulate",
        TAG,
        "Whom a lead would go to, and why",
        answer=RoutingChoice,
        request=Simulation,
        examples=sent(EXAMPLE),
        description="Decides as it would if the lead came now, or at another time, and writes nothing: nobody's turn "
        "is spent. It tells who has a person already, so it is for those who see all leads: not for agents.",
    )
    def simulate(self, request: Request) -> HttpResponse:
        self.query(request)
        given = self.given(request, Simulation())
        lead = draft(given["lead"] | ({"team": given["team"]} if "team" in given else {}))
        context = Context(door=self.door.name, actor=self.actor(request))
        # Looked at while somebody is being deactivated, it looks again.
        owner = run(lambda: simulate(self.account, lead, context=context, at=given.get("at")))
        return self.ok(200, choice(owner.as_json()))

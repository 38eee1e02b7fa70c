"""Why a lead is whose it is."""

from rest_framework import serializers

from intake.api.serializers.base import Moment, Named, New
from intake.api.serializers.leads import NewLead
from intake.fields import Choice, RowId

REASONS = (
    "assignee", "hand", "known_person", "rule", "rotation", "fallback", "nobody_eligible", "no_rotation", "archived",
)  # fmt: skip


class Simulation(New):
    lead = NewLead()
    team = RowId(help_text="The team the lead is for.")
    at = Moment(help_text="Asked as of this instant; now, unless told.")


class RoutingCandidate(serializers.Serializer):
    """How a member of the rotation stood: the smallest pass of those eligible takes the turn."""

    user = serializers.EmailField()
    # A word of Python's.
    reason = serializers.CharField(allow_null=True, help_text="Why not: paused, off hours, cap 20/20, inactive ...")
    eligible = serializers.BooleanField()

    def get_fields(self) -> dict[str, serializers.Field]:
        return super().get_fields() | {"pass": serializers.IntegerField()}


class SkippedRule(Named):
    reason = serializers.CharField(help_text="Why it could not be followed.")


class RoutingChoice(serializers.Serializer):
    """Whom a lead goes to, and why."""

    owner = serializers.EmailField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text=", ".join(REASONS))
    rule = Named(allow_null=True)
    rotation = Named(allow_null=True)
    candidates = RoutingCandidate(many=True)
    skipped_rules = SkippedRule(many=True)


class RoutingDecision(RoutingChoice):
    """One choice: `cause` is hand, routed, released, contact_overdue or hand_over; null when the lead came in."""

    at = serializers.DateTimeField()
    event = Choice(["lead_created", "lead_assigned"])
    cause = serializers.CharField(allow_null=True)
    note = serializers.CharField(allow_null=True)


class LeadRouting(RoutingChoice):
    """Who has the lead, the decision that stands, and the latest 100 decisions, newest first."""

    lead = serializers.IntegerField()
    held = serializers.BooleanField(help_text="Nobody in its rotation could take it yet.")
    decided_at = serializers.DateTimeField(allow_null=True)
    history = RoutingDecision(many=True)

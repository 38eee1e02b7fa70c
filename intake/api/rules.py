"""Routing rules."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.roles import Right
from intake.api.docs import PAGE, reads, writes
from intake.api.filters import Filters, FlagFilter
from intake.api.serializers.base import page_of
from intake.api.serializers.rules import CHANGED, EXAMPLE, ORDER, ApiRule, ApiRules, NewRule, RuleChanges, RuleOrder
from intake.api.views import ApiViewSet
from intake.api.wire.rules import rule
from intake.authentication import Open
from teams.models import RoutingRule
from teams.models.rule import RoutingRuleQuerySet
from teams.ruling import NoSuchRule, delete_rule, lock_rule, member_named, order_rules, save_rule

TARGETS = frozenset({"team", "rotation", "user"})
TAG = "rules"


class RuleFilters(Filters):
    orders = {"position": ["position", "id"]}
    active = FlagFilter(field_name="is_active", help_text="Only those in use, or only the others.")


class RuleViewSet(ApiViewSet):
    rights: ClassVar[Mapping[str, Right | Open]] = {
        "list": Right.VIEW_TEAMS,
        "retrieve": Right.VIEW_TEAMS,
        "create": Right.MANAGE_TEAMS,
        "update": Right.MANAGE_TEAMS,
        "destroy": Right.MANAGE_TEAMS,
        "order": Right.MANAGE_TEAMS,
    }

    @property
    def rules(self) -> RoutingRuleQuerySet:
        return RoutingRule.objects.for_account(self.account).select_related("user")

    @reads(
        "rules",
        TAG,
        "The routing rules, in the order in which they are asked",
        answer=page_of(ApiRule, name="ApiRulePage"),
        parameters=[*PAGE, *RuleFilters.parameters()],
    )
    def list(self, request: Request) -> HttpResponse:
        return self.listed(request, self.rules, rule, filters=RuleFilters)

    @reads("rule", TAG, "One routing rule", answer=ApiRule)
    def retrieve(self, request: Request, id: int) -> HttpResponse:
        self.query(request)
        found = self.rules.filter(pk=id).first()
        if found is None:
            raise NoSuchRule
        return self.ok(200, rule(found))

    @writes(
        "rule_create",
        TAG,
        "Make a routing rule, the last in order",
        request=NewRule,
        answers={201: ApiRule},
        example=EXAMPLE,
        description="The first active rule whose conditions all hold decides where a new lead goes: to a team's "
        "rotation, to a rotation, or to a user. One whose target is not active is skipped.",
    )
    def create(self, request: Request) -> HttpResponse:
        fields = self.given(request, NewRule())
        return self.does(request, lambda: self.save(RoutingRule(account=self.account), fields), status=201)

    @writes("rule_update", TAG, "Change a routing rule", request=RuleChanges, answers={200: ApiRule}, example=CHANGED)
    def update(self, request: Request, id: int) -> HttpResponse:
        fields = self.given(request, RuleChanges())
        return self.does(request, lambda: self.save(lock_rule(self.account, id), fields))

    @writes("rule_delete", TAG, "Delete a routing rule", answers={204: None})
    def destroy(self, request: Request, id: int) -> HttpResponse:
        return self.does(request, lambda: delete_rule(lock_rule(self.account, id)), status=204)

    @writes("rules_order", TAG, "Put the rules in order", request=RuleOrder, answers={200: ApiRules}, example=ORDER)
    def order(self, request: Request) -> HttpResponse:
        ids = self.given(request, RuleOrder())["ids"]

        def work() -> dict[str, Any]:
            order_rules(self.account, ids)
            return {"items": [rule(each) for each in self.rules]}

        return self.does(request, work)

    def save(self, row: RoutingRule, fields: Mapping[str, Any]) -> dict[str, Any]:
        for name in {"name", "is_active", "conditions"} & fields.keys():
            setattr(row, name, fields[name])
        if TARGETS & fields.keys():
            row.team_id, row.rotation_id = fields.get("team"), fields.get("rotation")
            row.user = member_named(self.account, fields["user"]) if fields.get("user") else None
        return rule(save_rule(row, by=self.user))

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Account
from leadhub.lib.tenancy import TenantQuerySet
from teams.models.rotation import Rotation
from teams.models.team import Team
from teams.models.tracked import Tracked


class RoutingRuleQuerySet(TenantQuerySet["RoutingRule"]):
    def active(self) -> Self:
        return self.filter(is_active=True)


class RoutingRule(Tracked):
    """Which leads go elsewhere than to their team's rotation: to a team, a rotation or a user; the first match wins.

    `conditions` are [{"field", "op", "value"}, ...] (teams.rules); all must hold, and none means every lead.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="routing_rules")
    name = models.CharField(max_length=200)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField("active", default=True)
    conditions = models.JSONField(default=list, blank=True)
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False, db_index=False
    )
    rotation = models.ForeignKey(
        Rotation, models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False, db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )

    objects = RoutingRuleQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(team__isnull=False, rotation=None, user=None)
                | Q(team=None, rotation__isnull=False, user=None)
                | Q(team=None, rotation=None, user__isnull=False),
                name="routingrule_one_target",
                violation_error_message="Choose one: a team, a rotation or a user.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

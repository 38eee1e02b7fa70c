from typing import Self

from django.conf import settings
from django.db import models

from accounts.models import Account
from leadhub.lib.tenancy import TenantQuerySet
from teams.models.tracked import Tracked


class TeamQuerySet(TenantQuerySet["Team"]):
    def active(self) -> Self:
        return self.filter(is_active=True)


class Team(Tracked):
    """A group of an account's members that leads can be sent to."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="teams")
    name = models.CharField(max_length=200)
    is_active = models.BooleanField("active", default=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["account", "id"], name="team_in_account")]

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """A member of the account who works in the team."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="members", db_constraint=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_constraint=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["account", "team", "user"], name="teammember_once")]

    def __str__(self) -> str:
        return str(self.user)

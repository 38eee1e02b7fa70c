from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import Account
from leadhub.lib.tenancy import TenantQuerySet
from teams.models.team import Team
from teams.models.tracked import Tracked


class RotationStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    QUEUED = "queued", "Queued"
    ARCHIVED = "archived", "Archived"


class RotationQuerySet(TenantQuerySet["Rotation"]):
    def active(self) -> Self:
        return self.filter(status=RotationStatus.ACTIVE)

    def next_in_line(self, team_id: int | None) -> "Rotation | None":
        """The queued rotation of a team (None: the default ones) that takes over next: the one queued first."""
        return self.filter(status=RotationStatus.QUEUED, team=team_id).order_by("pk").first()


class Rotation(Tracked):
    """The reps that take a team's leads in turn; the one without a team is the account's default.

    `state` is all that a turn is decided by: {"clock": int, "passes": {user id: int}, "days": {user id: [day, turns]}}
    (teams.routing). It lives in this row and nowhere else, because after waiting for a lock only the locked row is
    read fresh.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="rotations")
    team = models.ForeignKey(
        Team,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="rotations",
        db_constraint=False,
        help_text="Without a team it is the account's default rotation.",
    )
    name = models.CharField(max_length=200, default="default")
    status = models.CharField(max_length=10, choices=RotationStatus.choices, default=RotationStatus.ACTIVE)
    fallback = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        help_text="Gets the leads that nobody in the rotation can take; without one they are held until somebody can.",
    )
    contact_minutes = models.PositiveIntegerField(
        "minutes to first contact",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(43200)],
        help_text="In working time. At 70 % the rep is reminded; afterwards the lead goes to the next one.",
    )
    max_hops = models.PositiveSmallIntegerField(
        "times passed on",
        default=2,
        validators=[MaxValueValidator(20)],
        help_text="How often an uncontacted lead is passed on before it goes to the fallback.",
    )
    state = models.JSONField(default=dict, editable=False)

    objects = RotationQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "id"], name="rotation_in_account"),
            models.UniqueConstraint(
                fields=["account", "team"], condition=Q(status="active"), name="rotation_one_active_per_team"
            ),
            models.UniqueConstraint(
                fields=["account"], condition=Q(status="active", team=None), name="rotation_one_active_default"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RotationMember(models.Model):
    """A rep's place in a rotation."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", editable=False)
    rotation = models.ForeignKey(Rotation, models.CASCADE, related_name="members", db_constraint=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_constraint=False)
    position = models.PositiveIntegerField(default=0)
    weight = models.PositiveIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text="A rep of weight 2 gets twice as many leads as one of weight 1.",
    )
    is_paused = models.BooleanField("paused", default=False)
    daily_cap = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="At most this many leads a day, as the rep's time zone counts days; empty: any number.",
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "rotation", "user"], name="rotationmember_once"),
            models.CheckConstraint(condition=Q(weight__gte=1, weight__lte=1000), name="rotationmember_weight"),
        ]

    def __str__(self) -> str:
        return str(self.user)

from typing import Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from accounts.roles import Role
from leadhub.lib.tenancy import TenantQuerySet
from leadhub.lib.wireids import hex_id


class DuplicatePolicy(models.TextChoices):
    """What becomes of a lead of a person the account already knows."""

    LINK = "link", "Store it and link it to the known lead"
    REJECT = "reject", "Refuse it"
    UPDATE = "update", "Fill the known lead's blanks with what it says"
    SKIP = "skip", "Leave the known lead as it is, and store nothing"


class AccountQuerySet(models.QuerySet["Account"]):
    def active(self) -> Self:
        return self.filter(suspended_at=None)

    def platform(self) -> "Account":
        """The platform's own account, whose leads the platform door takes; made on first use."""
        account, _made = self.get_or_create(is_platform=True, defaults={"name": "Platform"})
        return account


class Account(models.Model):
    """A tenant: the `workspace` of one door, the `business` of another."""

    name = models.CharField(max_length=200)
    is_platform = models.BooleanField(default=False, editable=False)
    duplicate_policy = models.CharField(
        max_length=10, choices=DuplicatePolicy.choices, default=DuplicatePolicy.LINK, help_text="For people known."
    )
    default_country = models.CharField(
        max_length=2,
        default="US",
        validators=[RegexValidator(r"^[A-Z]{2}$", "Two capital letters, such as US.")],
        help_text="Phone numbers without a country code are read as of this one.",
    )
    time_zone = models.CharField(max_length=64, default="UTC")
    suspended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_platform"], condition=Q(is_platform=True), name="account_one_is_the_platform"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def hex_id(self) -> str:
        return hex_id(self.created_at, self.pk)


class MembershipQuerySet(TenantQuerySet["Membership"]):
    def active(self) -> Self:
        return self.filter(is_active=True, user__is_active=True)


class Membership(models.Model):
    """A user in an account, with a role; ended by deactivation, never by deletion: its leads keep their owner."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in Role], default=Role.AGENT)
    is_active = models.BooleanField("active", default=True)
    time_zone = models.CharField(max_length=64, blank=True, help_text="Empty: the account's.")
    # {"mon": [["09:00", "17:00"]], ...} (teams.hours); null: at all times.
    working_hours = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["account", "user"], name="membership_once_per_account")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

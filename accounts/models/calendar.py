"""When nobody works: days off of one member, holidays of the whole account."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models.account import Account
from leadhub.lib.tenancy import TenantQuerySet


class DayOff(models.Model):
    """Days on which a member takes no leads from rotations, the first and the last included, in his time zone."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_constraint=False)
    first_date = models.DateField("from")
    last_date = models.DateField("to")
    note = models.CharField(max_length=200, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["first_date", "id"]
        verbose_name, verbose_name_plural = "day off", "days off"
        constraints = [
            models.CheckConstraint(
                condition=Q(last_date__gte=F("first_date")),
                name="dayoff_in_order",
                violation_error_message="The last day comes before the first.",
            ),
        ]
        indexes = [models.Index(fields=["account", "user", "last_date"], name="dayoff_of_member")]

    def __str__(self) -> str:
        return f"{self.first_date} to {self.last_date}"


class Holiday(models.Model):
    """A day on which no member of the account takes leads from rotations, each by his own time zone."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="holidays", editable=False)
    date = models.DateField()
    name = models.CharField(max_length=200)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["date"]
        constraints = [models.UniqueConstraint(fields=["account", "date"], name="holiday_once")]

    def __str__(self) -> str:
        return f"{self.name}, {self.date}"

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from accounts.models import User


class Tracked(models.Model):
    """Who made a row and who changed it last, and when."""

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def put(self, fields: Mapping[str, Any], *, by: "User | None") -> list[str]:
        """Set these fields; answers the columns to store: the rest of the row may be older than what is stored."""
        for name, value in fields.items():
            setattr(self, name, value)
        self.updated_by = by
        return [*fields, "updated_by", "updated_at"]

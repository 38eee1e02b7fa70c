"""An account's own settings."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.countries import checked_country
from accounts.models import Account
from teams.eligibility import hold_rotations
from teams.hours import checked_zone


@transaction.atomic(savepoint=False)
def change_account(account: Account, given: Mapping[str, Any]) -> Account:
    """Set the name, duplicate policy, default country and time zone that are given. Raises Invalid naming the field."""
    fields = dict(given)
    if "default_country" in fields:
        fields["default_country"] = checked_country(fields["default_country"])
    if "time_zone" in fields:
        fields["time_zone"] = checked_zone(fields["time_zone"])
        # Whoever has no zone of his own works by the account's.
        hold_rotations(account)
    stored = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    for name, value in fields.items():
        setattr(stored, name, value)
    stored.save(update_fields=[*fields, "updated_at"])
    return stored

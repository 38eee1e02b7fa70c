"""An account's own settings."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.countries import checked_country
from accounts.models import Account
from accounts.zones import checked_zone
from leadhub.lib.errors import Invalid
from teams.eligibility import hold_rotations

LONGEST_NAME = 200


@transaction.atomic(savepoint=False)
def change_account(account: Account, given: Mapping[str, Any]) -> Account:
    """Set the name, duplicate policy, default country and time zone that are given. Raises Invalid naming the field."""
    fields = dict(given)
    if "name" in fields:
        fields["name"] = checked_name(fields["name"])
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


def checked_name(name: str) -> str:
    """This name of an account, trimmed. Raises Invalid for one that is none."""
    trimmed = name.strip()
    if not 0 < len(trimmed) <= LONGEST_NAME:
        message = f"An account needs a name, of at most {LONGEST_NAME} characters."
        raise Invalid(message, code="account_name", field="name")
    return trimmed

"""Public forms made and changed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from accounts.models import Account, User
from intake.models import Form
from intake.publicform.asking import checked_fields
from intake.publicform.origins import checked_host, checked_origin, checked_url
from leadhub.lib.errors import Invalid, NotFound
from teams.grouping import NotOneOfTheTeams
from teams.models import LeadSource, Team


class NoSuchForm(NotFound):
    code = "unknown_form"

    def __init__(self) -> None:
        super().__init__("form not found")


def create_form(account: Account, given: Mapping[str, Any], *, by: User | None) -> Form:
    """A form of the account. Raises Invalid naming the field."""
    return Form.objects.create(account=account, created_by=by, updated_by=by, **checked(account, given))


def change_form(form: Form, given: Mapping[str, Any], *, by: User | None) -> None:
    """Set what is given and is not so already: the team and the source that it has may be inactive by now.

    Raises Invalid naming the field.
    """
    fields = checked(form.account, {name: value for name, value in given.items() if value != getattr(form, name)})
    for name, value in fields.items():
        setattr(form, name, value)
    form.updated_by = by
    form.save(update_fields=[*fields, "updated_by", "updated_at"])


def checked(account: Account, given: Mapping[str, Any]) -> dict[str, Any]:
    """The columns as they are stored. Raises Invalid naming the field."""
    fields = {name: CHECKS[name](value) if name in CHECKS else value for name, value in given.items()}
    team, source = fields.get("team_id"), fields.get("lead_source_id")
    if team is not None and not Team.objects.for_account(account).active().filter(pk=team).exists():
        raise NotOneOfTheTeams("team_id")
    if source is not None and not LeadSource.objects.for_account(account).active().filter(pk=source).exists():
        raise Invalid("lead source not found in this account", code="unknown_source", field="lead_source_id")
    return fields


def each(check: Callable[[str], str]) -> Callable[[Sequence[str]], list[str]]:
    return lambda values: list(dict.fromkeys(check(value) for value in values))


checked_origins, checked_hosts = each(checked_origin), each(checked_host)
CHECKS: dict[str, Callable[[Any], Any]] = {
    "fields": checked_fields,
    "allowed_origins": checked_origins,
    "allowed_redirect_hosts": checked_hosts,
    "redirect_url": checked_url,
}

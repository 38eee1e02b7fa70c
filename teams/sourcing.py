"""Lead sources made and changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from accounts.countries import checked_country
from accounts.models import Account, User
from leadhub.lib.errors import NotFound
from teams.grouping import refuse_strange_teams
from teams.models import LeadSource, LeadSourceTeam

# Each of them once, and none empty.
WORDS = ("allowed_states", "allowed_products", "default_tags")


class NoSuchSource(NotFound):
    code = "unknown_source"

    def __init__(self) -> None:
        super().__init__("lead source not found")


@transaction.atomic(savepoint=False)
def create_source(
    account: Account, *, name: str, team_ids: Sequence[int], by: User | None, **fields: Any
) -> LeadSource:
    """A source for these teams; for none, it is for all. Raises NotOneOfTheTeams, and Invalid naming the field."""
    source = LeadSource.objects.create(account=account, name=name, created_by=by, updated_by=by, **checked(fields))
    set_source_teams(source, team_ids)
    return source


@transaction.atomic(savepoint=False)
def change_source(source: LeadSource, *, team_ids: Sequence[int] | None = None, by: User | None, **fields: Any) -> None:
    """Change these fields alone, and with `team_ids` which teams it is for. Raises as `create_source`."""
    if team_ids is not None:
        set_source_teams(source, team_ids)
    source.save(update_fields=source.put(checked(fields), by=by))


def checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The columns as they are stored. Raises Invalid naming the field."""
    country = {"default_country": checked_country(fields["default_country"])} if fields.get("default_country") else {}
    words = {name: list(dict.fromkeys(filter(None, fields[name]))) for name in WORDS if name in fields}
    return {**fields, **country, **words}


@transaction.atomic(savepoint=False)
def set_source_teams(source: LeadSource, team_ids: Sequence[int]) -> None:
    """Let the source be for these teams alone, or for all where none is named. Raises NotOneOfTheTeams."""
    refuse_strange_teams(source.account, team_ids, field="team_ids")
    # Two at once would take out and put in each other's.
    LeadSource.objects.for_account(source.account_id).select_for_update(of=("self",), no_key=True).get(pk=source.pk)
    links = LeadSourceTeam.objects.for_account(source.account_id).filter(source=source)
    present = {link.team_id: link for link in links}
    for team_id in present.keys() - set(team_ids):
        present[team_id].delete()
    for team_id in dict.fromkeys(team_ids):
        if team_id not in present:
            LeadSourceTeam.objects.create(account_id=source.account_id, source=source, team_id=team_id)

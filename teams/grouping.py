"""Teams made and changed."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction

from accounts.models import Account, User
from leadhub.lib.errors import Invalid, NotFound
from teams.models import Team, TeamMember
from teams.rotations import members_by_email


class NoSuchTeam(NotFound):
    code = "unknown_team"

    def __init__(self) -> None:
        super().__init__("team not found")


class NotOneOfTheTeams(Invalid):
    code = "unknown_team"

    def __init__(self, field: str) -> None:
        super().__init__("team not found in this account", field=field)


@transaction.atomic(savepoint=False)
def create_team(account: Account, *, name: str, members: Sequence[str] = (), by: User | None, **fields: Any) -> Team:
    """A team of these members of the account, by e-mail. Raises NotAMember."""
    team = Team.objects.create(account=account, name=name, created_by=by, updated_by=by, **fields)
    set_team_members(team, members_by_email(account, members))
    return team


@transaction.atomic(savepoint=False)
def change_team(team: Team, *, members: Sequence[str] | None = None, by: User | None, **fields: Any) -> None:
    """Change these fields alone, and with `members` who is in it; those it has may be inactive by now.

    Raises NotAMember.
    """
    if members is not None:
        present = [place.user_id for place in team.members.all()]
        set_team_members(team, members_by_email(team.account, members, present=present))
    team.save(update_fields=team.put(fields, by=by))


@transaction.atomic(savepoint=False)
def set_team_members(team: Team, user_ids: Sequence[int]) -> None:
    """Let these users, each once, be its members."""
    # Two at once would take out and put in each other's.
    Team.objects.for_account(team.account_id).select_for_update(of=("self",), no_key=True).get(pk=team.pk)
    places = TeamMember.objects.for_account(team.account_id).filter(team=team)
    present = {place.user_id: place for place in places}
    for user_id in present.keys() - set(user_ids):
        present[user_id].delete()
    for user_id in dict.fromkeys(user_ids):
        if user_id not in present:
            TeamMember.objects.create(account_id=team.account_id, team=team, user_id=user_id)


def active_team(account: Account, team_id: int, *, field: str) -> Team:
    """The account's team that leads can be sent to. Raises NotOneOfTheTeams."""
    team = Team.objects.for_account(account).active().filter(pk=team_id).first()
    if team is None:
        raise NotOneOfTheTeams(field)
    return team


def refuse_strange_teams(account: Account, team_ids: Collection[int], *, field: str) -> None:
    wanted = set(team_ids)
    if Team.objects.for_account(account).filter(pk__in=wanted).count() != len(wanted):
        raise NotOneOfTheTeams(field)

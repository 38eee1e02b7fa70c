"""Where a sender wants a lead: the team, source and assignee it names exist, are active, of this account, and fit."""

from collections.abc import Callable, Sequence

from accounts.models import Account, Membership
from leadhub.lib.errors import Invalid
from leads.arrivals import Arrival
from leads.drafts import LeadDraft
from leads.outcomes import Context
from teams.models import LeadSource, LeadSourceTeam, Team


def check_places(account: Account, arrivals: Sequence[Arrival], *, context: Context) -> None:
    """Refuse the arrivals that name what is not there, or lack what the account demands; in the order of the rules."""
    drafts = [arrival.draft for arrival in arrivals]
    rules = [
        team_rule(account, drafts, context),
        source_rule(account, drafts, context),
        demand_rule(account, drafts, context),
    ]
    for arrival in arrivals:
        arrival.error = arrival.error or next((e for rule in rules if rule and (e := rule(arrival.draft))), None)
    check_assignees(account, [arrival for arrival in arrivals if arrival.is_open])


type Rule = Callable[[LeadDraft], Invalid | None]


def team_rule(account: Account, drafts: Sequence[LeadDraft], context: Context) -> Rule | None:
    named = {draft.team_id for draft in drafts if draft.team_id is not None}
    unnamed = context.require_team_and_source and any(draft.team_id is None for draft in drafts)
    if not named and not unnamed:
        return None
    active = Team.objects.for_account(account).active()
    known = set(active.filter(pk__in=named).values_list("pk", flat=True))
    demanded = unnamed and active.exists()

    def rule(draft: LeadDraft) -> Invalid | None:
        if draft.team_id is None:
            message = "team ID is required when teams exist in the account"
            return Invalid(message, code="team_required", field="team_id") if demanded else None
        if draft.team_id not in known:
            return Invalid("team not found in this account", code="unknown_team", field="team_id")
        return None

    return rule


def source_rule(account: Account, drafts: Sequence[LeadDraft], context: Context) -> Rule | None:
    own = context.own_source.pk if context.own_source else None
    named = {draft.lead_source_id for draft in drafts if draft.lead_source_id is not None} - {own}
    if not named:
        return None
    known = set(LeadSource.objects.for_account(account).active().filter(pk__in=named).values_list("pk", flat=True))
    teams: dict[int, set[int]] = {}
    for source_id, team_id in (
        LeadSourceTeam.objects.for_account(account).filter(source__in=known).values_list("source_id", "team_id")
    ):
        teams.setdefault(source_id, set()).add(team_id)

    def rule(draft: LeadDraft) -> Invalid | None:
        if draft.lead_source_id not in named:
            return None
        if draft.lead_source_id not in known:
            return Invalid("lead source not found in this account", code="unknown_source", field="lead_source_id")
        own_teams = teams.get(draft.lead_source_id)
        if own_teams and draft.team_id is not None and draft.team_id not in own_teams:
            message = "lead source is not available to this team"
            return Invalid(message, code="source_not_for_team", field="lead_source_id")
        return None

    return rule


def demand_rule(account: Account, drafts: Sequence[LeadDraft], context: Context) -> Rule | None:
    """A team with sources of its own demands that one is named. Sources for all teams demand nothing."""
    bare = {draft.team_id for draft in drafts if draft.lead_source_id is None and draft.team_id is not None}
    if not context.require_team_and_source or not bare:
        return None
    own = LeadSourceTeam.objects.for_account(account).filter(team__in=bare, source__is_active=True)
    with_sources = set(own.values_list("team_id", flat=True))

    def rule(draft: LeadDraft) -> Invalid | None:
        if draft.lead_source_id is None and draft.team_id in with_sources:
            message = "lead source ID is required for this team"
            return Invalid(message, code="source_required", field="lead_source_id")
        return None

    return rule


def check_assignees(account: Account, arrivals: Sequence[Arrival]) -> None:
    emails = {arrival.draft.assignee_email.lower() for arrival in arrivals} - {""}
    if not emails:
        return
    active = Membership.objects.for_account(account).active().filter(user__email__in=emails)
    members = dict(active.values_list("user__email", "user_id"))
    for arrival in arrivals:
        email = arrival.draft.assignee_email.lower()
        if email in members:
            arrival.assignee_id = members[email]
        elif email:
            arrival.error = Invalid(
                "assigned user is not an active member of this account", code="unknown_assignee", field="assignee_email"
            )

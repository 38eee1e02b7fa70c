"""Routing rules followed: which one, what it does to the lead, and what is said of those passed over."""

from typing import Any

import pytest
from django.db import transaction

from accounts.actors import NOBODY
from accounts.models import Event
from leads import choosing
from leads.assigning import assign, route
from leads.drafts import LeadDraft
from leads.models import Lead
from leads.outcomes import Context, DuplicateLead
from leads.simulating import simulate
from teams import ruling
from teams.bounds import TooMany
from teams.members import set_membership
from teams.models import Rotation, RoutingRule, Team
from teams.ruling import save_rule
from tests.people import Company, arrive, lead, rotation
from tests.routings import entries, fresh, routing

pytestmark = pytest.mark.django_db


def rule(company: Company, name: str, *conditions: tuple[str, str, Any], **target: Any) -> RoutingRule:
    stored = [{"field": field, "op": op, "value": value} for field, op, value in conditions]
    return save_rule(RoutingRule(account=company.account, name=name, conditions=stored, **target), by=company.owner)


@pytest.fixture
def west(acme: Company) -> Team:
    """A team whose rotation is the third rep alone."""
    team = Team.objects.create(account=acme.account, name="West")
    rotation(acme.account, acme.reps[2:], team=team)
    return team


@pytest.fixture
def own(acme: Company, west: Team) -> Rotation:
    return Rotation.objects.get(team=west)


# --- what a rule chooses ---


def test_a_rule_sends_a_lead_to_a_team_and_into_it(acme: Company, west: Team, own: Rotation) -> None:
    to_west = rule(acme, "To the west", ("state", "equals", "ca"), team=west)

    made = lead(acme.account, state=" CA ")

    assert (fresh(made).owner, fresh(made).team, fresh(made).rotation) == (acme.reps[2], west, own)
    assert routing(made) == {
        "reason": "rotation",
        "owner": "rep3@acme.test",
        "rule": {"id": to_west.pk, "name": "To the west"},
        "rotation": {"id": own.pk, "name": "West"},
        "candidates": [{"user": "rep3@acme.test", "pass": 0, "eligible": True, "reason": None}],
    }


def test_a_lead_keeps_the_team_that_it_names(acme: Company, west: Team) -> None:
    east = Team.objects.create(account=acme.account, name="East")
    rule(acme, "To the west", team=west)

    made = lead(acme.account, team_id=east.pk)

    assert (fresh(made).team, fresh(made).owner) == (east, acme.reps[2])


def test_a_rule_sends_a_lead_to_a_rotation_without_a_team(acme: Company, own: Rotation) -> None:
    rule(acme, "Theirs", rotation=own)

    made = lead(acme.account)

    assert (fresh(made).owner, fresh(made).team, fresh(made).rotation) == (acme.reps[2], None, own)


def test_a_rule_gives_a_lead_to_a_user_and_spends_no_turn(acme: Company) -> None:
    rule(acme, "The boss's", ("company_size", "at_least", 100), user=acme.owner)

    big = lead(acme.account, "big@example.com", number_of_employees=100)
    small = lead(acme.account, "small@example.com", number_of_employees=99)

    assert (fresh(big).owner, fresh(big).rotation, routing(big)["reason"]) == (acme.owner, None, "rule")
    assert (fresh(small).owner, routing(small)["rule"]) == (acme.reps[0], None)


def test_the_team_of_a_rule_without_a_rotation_uses_the_default_one(acme: Company) -> None:
    south = Team.objects.create(account=acme.account, name="South")
    rule(acme, "South", team=south)

    made = lead(acme.account)

    assert (fresh(made).team, fresh(made).owner) == (south, acme.reps[0])


# --- which rule ---


def test_the_first_match_in_order_wins(acme: Company) -> None:
    first = rule(acme, "First", ("tag", "equals", "vip"), user=acme.reps[1])
    second = rule(acme, "Second", user=acme.reps[2])
    vip, other = lead(acme.account, "a@example.com", tags=["VIP"]), lead(acme.account, "b@example.com")
    RoutingRule.objects.filter(pk=second.pk).update(position=0)
    RoutingRule.objects.filter(pk=first.pk).update(position=1)

    later = lead(acme.account, "c@example.com", tags=["vip"])

    assert [fresh(each).owner for each in (vip, other, later)] == [acme.reps[1], acme.reps[2], acme.reps[2]]


def test_a_rule_that_is_switched_off_is_not_spoken_of(acme: Company) -> None:
    off = rule(acme, "Off", user=acme.owner)
    RoutingRule.objects.filter(pk=off.pk).update(is_active=False)

    made = lead(acme.account)

    assert (fresh(made).owner, "skipped_rules" in routing(made)) == (acme.reps[0], False)


def test_rules_that_name_what_is_inactive_are_skipped_and_said_so(acme: Company, west: Team, own: Rotation) -> None:
    unmet = rule(acme, "Unmet", ("state", "equals", "NY"), user=acme.owner)
    by_team = rule(acme, "Team", team=west)
    by_rotation = rule(acme, "Rotation", rotation=own)
    by_user = rule(acme, "User", user=acme.reps[1])
    by_boss = rule(acme, "Boss", user=acme.owner)
    Team.objects.filter(pk=west.pk).update(is_active=False)
    Rotation.objects.filter(pk=own.pk).update(status="archived")
    set_membership(acme.reps[1].memberships.get(), role="agent", is_active=False)

    made = lead(acme.account)

    assert unmet.pk
    assert routing(made)["rule"] == {"id": by_boss.pk, "name": "Boss"}
    assert routing(made)["skipped_rules"] == [
        {"id": by_team.pk, "name": "Team", "reason": "its team is inactive"},
        {"id": by_rotation.pk, "name": "Rotation", "reason": "its rotation is not active"},
        {"id": by_user.pk, "name": "User", "reason": "its user is inactive"},
    ]


def test_a_user_who_is_shut_out_of_everything_skips_his_rule(acme: Company) -> None:
    rule(acme, "User", user=acme.reps[1])
    acme.reps[1].is_active = False
    acme.reps[1].save()

    made = lead(acme.account)

    assert routing(made)["skipped_rules"][0]["reason"] == "its user is inactive"
    assert fresh(made).owner == acme.reps[0]


def test_there_is_a_bound_to_the_rules_that_every_lead_is_held_against(
    acme: Company, globex: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ruling, "MOST_RULES", 1)
    first = rule(acme, "first", user=acme.reps[0])

    with pytest.raises(TooMany, match="There can be at most 1 rules"), transaction.atomic():
        rule(acme, "second", user=acme.reps[0])
    first.name = "renamed"
    save_rule(first, by=acme.owner)
    rule(globex, "theirs", user=globex.reps[0])

    assert [each.name for each in RoutingRule.objects.for_account(acme.account)] == ["renamed"]


def test_rules_are_one_account_s_alone(acme: Company, globex: Company) -> None:
    rule(globex, "All", user=globex.owner)

    assert fresh(lead(acme.account)).owner == acme.reps[0]


# --- before and after rules ---


def test_a_lead_with_an_assignee_meets_no_rule(acme: Company) -> None:
    rule(acme, "All", user=acme.owner)

    made = lead(acme.account, assignee_email="rep2@acme.test")

    assert (fresh(made).owner, routing(made)["reason"], routing(made)["rule"]) == (acme.reps[1], "assignee", None)


def test_a_known_person_goes_to_his_rep_whatever_the_rules_say(acme: Company) -> None:
    first = lead(acme.account)
    rule(acme, "All", user=acme.owner)

    again = lead(acme.account)

    assert (fresh(again).owner, routing(again)["reason"]) == (fresh(first).owner, "known_person")
    assert routing(again)["rule"] is None


def test_a_known_person_whose_rep_left_meets_the_rules(acme: Company) -> None:
    lead(acme.account)
    set_membership(acme.reps[0].memberships.get(), role="agent", is_active=False)
    rule(acme, "All", user=acme.owner)

    assert fresh(lead(acme.account)).owner == acme.owner


def test_an_archived_arrival_meets_no_rule(acme: Company) -> None:
    rule(acme, "All", user=acme.owner)

    made = lead(acme.account, archived=True)

    assert (fresh(made).owner, routing(made)["reason"]) == (None, "archived")


def test_a_rule_whose_user_leaves_between_is_skipped_by_the_repeat(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(acme, "All", user=acme.owner)
    rules_of, reads = choosing.rules_of, []

    def read(account: Any) -> Any:
        found = rules_of(account)
        if not reads:
            # Committed by somebody else, as far as this transaction can tell.
            acme.owner.memberships.update(is_active=False)
        reads.append(found)
        return found

    monkeypatch.setattr(choosing, "rules_of", read)

    made = lead_that_repeats(acme, monkeypatch)

    assert len(reads) == 2
    assert (fresh(made).owner, routing(made)["skipped_rules"][0]["reason"]) == (acme.reps[0], "its user is inactive")


def lead_that_repeats(acme: Company, monkeypatch: pytest.MonkeyPatch) -> Lead:
    """A lead whose first try fails as a race does; the test's own transaction keeps what happened meanwhile."""
    from leadhub.lib import transactions

    class Kept:
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(transactions.transaction, "atomic", lambda **_: Kept())
    return lead(acme.account)


# --- again ---


def test_a_lead_routed_again_does_not_go_back_to_its_rule_s_user(acme: Company) -> None:
    his = rule(acme, "All", user=acme.owner)
    made = lead(acme.account)

    moved = route(acme.account, [made.pk], actor=NOBODY)

    assert moved == [made]
    assert (fresh(made).owner, routing(made)["reason"], routing(made)["rule"]) == (acme.reps[0], "rotation", None)
    assert routing(made)["skipped_rules"] == [{"id": his.pk, "name": "All", "reason": "its user had it already"}]


def test_a_lead_routed_again_follows_the_rules_of_now(acme: Company, west: Team, own: Rotation) -> None:
    made = lead(acme.account, state="CA")
    rule(acme, "To the west", ("state", "equals", "CA"), team=west)

    route(acme.account, [made.pk], actor=NOBODY)

    assert (fresh(made).owner, fresh(made).team, fresh(made).rotation) == (acme.reps[2], west, own)


def test_a_lead_given_by_hand_meets_no_rule(acme: Company) -> None:
    made = lead(acme.account)
    rule(acme, "All", user=acme.owner)

    assign(acme.account, [made.pk], owner_id=acme.reps[2].pk, actor=NOBODY)

    assert fresh(made).owner == acme.reps[2]


# --- asked without writing ---


def asked(acme: Company, **fields: Any) -> dict[str, Any]:
    draft = LeadDraft(**fields)
    return simulate(acme.account, draft, context=Context(door="api", actor=NOBODY)).as_json()


def test_a_simulation_equals_the_next_decision_and_writes_nothing(acme: Company, west: Team) -> None:
    rule(acme, "To the west", ("state", "equals", "CA"), team=west)
    for number, fields in enumerate([{"state": "CA"}, {}, {"state": "CA"}, {}, {"assignee_email": "rep2@acme.test"}]):
        email = f"p{number}@example.com"
        before = Lead.objects.count()

        foretold = [asked(acme, email=email, **fields) for _ in range(2)]

        assert Lead.objects.count() == before
        [outcome] = arrive(acme.account, LeadDraft(email=email, **fields))
        assert outcome.lead is not None
        assert foretold == [routing(outcome.lead)] * 2
        assert len(entries(outcome.lead, Event.LEAD_CREATED)) == 1


def test_a_simulation_of_a_lead_that_would_be_refused_is_refused(acme: Company) -> None:
    lead(acme.account)
    acme.account.duplicate_policy = "reject"

    with pytest.raises(DuplicateLead):
        asked(acme, email="jane@example.com")

    assert asked(acme, email="other@example.com")["owner"] == "rep2@acme.test"

"""The account door's rules about team, source and assignee: each in its order, with its exact text."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership, User
from accounts.roles import Role
from leads.models import Lead
from teams.models import LeadSource, LeadSourceTeam, Team
from tests.doors import Town, bearer, post, state
from tests.people import person

NAMES_MISSING = "firstName: This field is required.; lastName: This field is required."
NO_TEAM = "team ID is required when teams exist in the account"
UNKNOWN_TEAM = "team not found in this account"
UNKNOWN_SOURCE = "lead source not found in this account"
NOT_FOR_TEAM = "lead source is not available to this team"
NO_SOURCE = "lead source ID is required for this team"
UNKNOWN_ASSIGNEE = "assigned user is not an active member of this account"
NOWHERE = 2**31
NOBODY = "nobody@nowhere.test"
JANE = {"firstName": "Jane", "lastName": "Doe"}

pytestmark = pytest.mark.django_db


def sent(client: Client, places: Town, body: dict[str, Any], query: str = "") -> Any:
    headers = bearer(places.initech.token) | {"x-account-id": str(places.initech.account.pk)}
    return post(client, f"/leads{query}", body, headers)


def inactive_team(t: Town) -> int:
    return Team.objects.create(account=t.initech.account, name="Old", is_active=False).pk


def foreign_team(t: Town) -> int:
    return Team.objects.create(account=t.acme.account, name="Theirs").pk


def bare_team(t: Town) -> int:
    """A team without sources of its own."""
    return Team.objects.create(account=t.initech.account, name="Bare").pk


def inactive_source(t: Town) -> int:
    return LeadSource.objects.create(account=t.initech.account, name="Old", is_active=False).pk


def common_source(t: Town) -> int:
    """A source for all teams."""
    return LeadSource.objects.create(account=t.initech.account, name="Web").pk


def source_of_bare_team(t: Town) -> int:
    made = LeadSource.objects.create(account=t.initech.account, name="Bare's")
    LeadSourceTeam.objects.create(account=t.initech.account, source=made, team_id=bare_team(t))
    return made.pk


def inactive_member(t: Town) -> str:
    rep = t.initech.reps[0]
    Membership.objects.filter(user=rep).update(is_active=False)
    return rep.email


def inactive_user(t: Town) -> str:
    rep = t.initech.reps[0]
    User.objects.filter(pk=rep.pk).update(is_active=False)
    return rep.email


@pytest.mark.parametrize(("body", "message"), [
    (lambda t: {}, NAMES_MISSING),
    (lambda t: {"teamId": NOWHERE, "leadSourceId": NOWHERE, "assignedTo": NOBODY}, NAMES_MISSING),
    (lambda t: JANE, NO_TEAM),
    (lambda t: JANE | {"teamId": None}, NO_TEAM),
    (lambda t: JANE | {"leadSourceId": NOWHERE, "assignedTo": NOBODY}, NO_TEAM),
    (lambda t: JANE | {"teamId": NOWHERE, "leadSourceId": NOWHERE, "assignedTo": NOBODY}, UNKNOWN_TEAM),
    (lambda t: JANE | {"teamId": inactive_team(t)}, UNKNOWN_TEAM),
    (lambda t: JANE | {"teamId": foreign_team(t)}, UNKNOWN_TEAM),
    (lambda t: JANE | {"teamId": t.team.pk, "leadSourceId": NOWHERE, "assignedTo": NOBODY}, UNKNOWN_SOURCE),
    (lambda t: JANE | {"teamId": t.team.pk, "leadSourceId": inactive_source(t)}, UNKNOWN_SOURCE),
    (lambda t: JANE | {"teamId": t.team.pk, "leadSourceId": t.vendor.pk}, UNKNOWN_SOURCE),
    (lambda t: JANE | {"teamId": t.team.pk, "leadSourceId": source_of_bare_team(t), "assignedTo": NOBODY},
     NOT_FOR_TEAM),
    (lambda t: JANE | {"teamId": t.team.pk, "assignedTo": NOBODY}, NO_SOURCE),
    (lambda t: JANE | {"teamId": t.team.pk, "leadSourceId": t.team_source.pk, "assignedTo": NOBODY},
     UNKNOWN_ASSIGNEE),
    (lambda t: JANE | {"teamId": bare_team(t), "assignedTo": t.acme.reps[0].email}, UNKNOWN_ASSIGNEE),
    (lambda t: JANE | {"teamId": bare_team(t), "assignedTo": inactive_member(t)}, UNKNOWN_ASSIGNEE),
    (lambda t: JANE | {"teamId": bare_team(t), "assignedTo": inactive_user(t)}, UNKNOWN_ASSIGNEE),
])  # fmt: skip
def test_the_first_broken_rule_is_named(
    client: Client, places: Town, body: Callable[[Town], dict[str, Any]], message: str
) -> None:
    given, before = body(places), state()

    answer = sent(client, places, given)

    assert (answer.status_code, answer.json()) == (400, {"error": message})
    assert state() == before


@pytest.mark.parametrize("flag", ["true", "TRUE"])
@pytest.mark.parametrize(("body", "message"), [
    (lambda t: {}, NAMES_MISSING),
    (lambda t: JANE | {"teamId": NOWHERE}, UNKNOWN_TEAM),
    (lambda t: JANE | {"leadSourceId": NOWHERE}, UNKNOWN_SOURCE),
    (lambda t: JANE | {"teamId": t.team.pk, "leadSourceId": source_of_bare_team(t)}, NOT_FOR_TEAM),
    (lambda t: JANE | {"assignedTo": NOBODY}, UNKNOWN_ASSIGNEE),
])  # fmt: skip
def test_the_flag_lifts_two_rules_and_no_other(
    client: Client, places: Town, flag: str, body: Callable[[Town], dict[str, Any]], message: str
) -> None:
    answer = sent(client, places, body(places), f"?skipTeamAndSourceRequirement={flag}")

    assert (answer.status_code, answer.json()) == (400, {"error": message})


@pytest.mark.parametrize(("query", "body"), [
    ("?skipTeamAndSourceRequirement=true", lambda t: JANE),
    ("?skipTeamAndSourceRequirement=true", lambda t: JANE | {"teamId": t.team.pk}),
    ("?skipTeamAndSourceRequirement=false", lambda t: JANE | {"teamId": t.team.pk, "leadSourceId": t.team_source.pk}),
    ("?skipTeamAndSourceRequirement=", lambda t: JANE | {"teamId": bare_team(t)}),
    ("", lambda t: JANE | {"teamId": t.team.pk, "leadSourceId": common_source(t)}),
    ("", lambda t: JANE | {"teamId": bare_team(t), "leadSourceId": common_source(t)}),
    ("", lambda t: JANE | {"teamId": bare_team(t), "assignedTo": "OWNER@Initech.test"}),
])  # fmt: skip
def test_a_lead_that_keeps_the_rules_is_taken(
    client: Client, places: Town, query: str, body: Callable[[Town], dict[str, Any]]
) -> None:
    assert sent(client, places, body(places), query).status_code == 201


@pytest.mark.parametrize("flag", ["yes", "1", "truefalse"])
def test_a_flag_that_is_neither_true_nor_false_is_refused(client: Client, places: Town, flag: str) -> None:
    before = state()

    answer = sent(client, places, JANE, f"?skipTeamAndSourceRequirement={flag}")

    assert answer.status_code == 400
    assert answer.json() == {"error": "skipTeamAndSourceRequirement must be true or false"}
    assert state() == before


def test_once_all_teams_are_inactive_none_is_required(client: Client, places: Town) -> None:
    Team.objects.update(is_active=False)

    assert sent(client, places, JANE).status_code == 201


def test_a_lead_goes_to_the_next_of_its_team_then_of_the_default_rotation_then_to_nobody(
    client: Client, places: Town
) -> None:
    bare = bare_team(places)

    of_team = [
        sent(client, places, JANE | {"teamId": places.team.pk, "leadSourceId": places.team_source.pk}).json()
        for _ in range(3)
    ]
    of_default = sent(client, places, JANE | {"teamId": bare}).json()
    places.initech.account.rotations.filter(team=None).update(status="archived")
    of_nobody = sent(client, places, JANE | {"teamId": bare}).json()

    reps = [rep.email for rep in places.initech.reps]
    assert [lead["assignedTo"] for lead in of_team] == [reps[0], reps[1], reps[0]]
    assert (of_default["assignedTo"], of_nobody["assignedTo"]) == (reps[0], None)


def test_a_lead_that_comes_archived_is_stored_so_and_takes_no_turn(client: Client, places: Town) -> None:
    _, rotations, _ = state()

    answer = sent(client, places, JANE | {"archived": True}, "?skipTeamAndSourceRequirement=true")

    lead = Lead.objects.get(pk=answer.json()["id"])
    assert (answer.status_code, answer.json()["archived"], answer.json()["assignedTo"]) == (201, True, None)
    assert lead.archived_at is not None
    assert state() == [1, rotations, 0]


def test_the_claimed_creator_is_kept_and_the_audit_names_who_really_called(client: Client, places: Town) -> None:
    body = JANE | {"createdBy": "ceo@victim.test"}

    lead = sent(client, places, body, "?skipTeamAndSourceRequirement=true").json()

    assert lead["createdBy"] == "ceo@victim.test"
    assert lead["auditLog"][0]["user"] == "owner@initech.test"


def test_an_agent_may_create_leads(client: Client, places: Town) -> None:
    agent = person("agent@initech.test", places.initech.account, Role.AGENT)
    body = JANE | {"teamId": bare_team(places), "assignedTo": agent.email}

    assert sent(client, places, body).json()["assignedTo"] == "agent@initech.test"

"""Why a lead is whose it is, and whose another would be, by the API."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import DayOff, Membership
from accounts.roles import Role
from leadhub.lib.transactions import run
from leads.assigning import assign, route
from leads.drafts import LeadDraft
from leads.lifecycle import delete
from leads.models import Lead
from leads.outcomes import Context
from leads.simulating import simulate
from teams.models import Rotation, RotationMember, RoutingRule, Team
from teams.routing import STRIDE
from teams.ruling import save_rule
from tests.apis import Api, api, api_as, api_of
from tests.people import Company, company, lead, rotation

pytestmark = pytest.mark.django_db
NOBODY = Actor()


@pytest.fixture
def hub(acme: Company) -> Api:
    return api(acme)


def places(acme: Company) -> Any:
    return RotationMember.objects.for_account(acme.account).order_by("position")


def test_a_lead_tells_why_it_is_whose_it_is(acme: Company, hub: Api) -> None:
    places(acme).filter(user=acme.reps[0]).update(is_paused=True)
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False):
        jane = lead(acme.account)

    told = hub.get(f"leads/{jane.pk}/routing")

    pk = Rotation.objects.get().pk
    decision = {
        "owner": "rep2@acme.test", "reason": "rotation", "rule": None, "rotation": {"id": pk, "name": "default"},
        "candidates": [
            {"user": "rep1@acme.test", "pass": 0, "eligible": False, "reason": "paused"},
            {"user": "rep2@acme.test", "pass": 0, "eligible": True, "reason": None},
            {"user": "rep3@acme.test", "pass": 0, "eligible": True, "reason": None},
        ],
        "skipped_rules": [],
    }  # fmt: skip
    at = told["decided_at"]
    history = [{"at": at, "event": "lead_created", "cause": None, "note": None, **decision}]
    assert told == {"lead": jane.pk, "held": False, "decided_at": at, "history": history, **decision}


def test_its_decisions_come_newest_first(acme: Company, hub: Api) -> None:
    jane = lead(acme.account)
    assign(acme.account, [jane.pk], owner_id=acme.reps[2].pk, actor=NOBODY, note="knows her")
    route(acme.account, [jane.pk], actor=NOBODY)

    told = hub.get(f"leads/{jane.pk}/routing")

    rows = [(each["event"], each["cause"], each["note"], each["owner"], each["reason"]) for each in told["history"]]
    assert rows == [
        ("lead_assigned", "routed", None, "rep2@acme.test", "rotation"),
        ("lead_assigned", "hand", "knows her", "rep3@acme.test", "hand"),
        ("lead_created", None, None, "rep1@acme.test", "rotation"),
    ]
    assert (told["owner"], told["reason"]) == ("rep2@acme.test", "rotation")


def test_a_held_lead_says_so(acme: Company, hub: Api) -> None:
    places(acme).update(is_paused=True)
    jane = lead(acme.account)

    told = hub.get(f"leads/{jane.pk}/routing")

    assert (told["held"], told["owner"], told["reason"]) == (True, None, "nobody_eligible")


def test_a_lead_that_one_may_not_know_of_is_as_if_there_were_none(acme: Company, hub: Api) -> None:
    jane, gone = lead(acme.account), lead(acme.account, "gone@example.com")
    delete(acme.account, [gone.pk], actor=NOBODY)
    theirs = lead(company("Globex", reps=1).account)
    agent = api_as(acme.reps[2], acme.account)

    for caller, pk in ((hub, theirs.pk), (hub, gone.pk), (hub, 10**17), (agent, jane.pk)):
        problem = caller.get(f"leads/{pk}/routing")
        assert (caller.status, problem["code"], problem["detail"]) == (404, "unknown_lead", "lead not found")


# --- simulate ---


def ruled(acme: Company) -> None:
    conditions = [{"field": "state", "op": "equals", "value": "ca"}]
    save_rule(RoutingRule(account=acme.account, name="CA", conditions=conditions, user=acme.reps[2]), by=None)


def ruled_to_a_team(acme: Company) -> None:
    team = Team.objects.create(account=acme.account, name="West")
    rotation(acme.account, [acme.reps[1], acme.reps[2]], team=team)
    save_rule(RoutingRule(account=acme.account, name="West", conditions=[], team=team), by=None)


def rule_skipped(acme: Company) -> None:
    save_rule(RoutingRule(account=acme.account, name="Gone", conditions=[], user=acme.reps[2]), by=None)
    Membership.objects.filter(user=acme.reps[2]).update(is_active=False)


def capped(acme: Company) -> None:
    places(acme).filter(user=acme.reps[0]).update(daily_cap=1)
    lead(acme.account, "first@example.com")


def paused(acme: Company) -> None:
    places(acme).filter(user=acme.reps[0]).update(is_paused=True)


def weighted(acme: Company) -> None:
    places(acme).filter(user=acme.reps[1]).update(weight=3)
    for number in range(4):
        lead(acme.account, f"before{number}@example.com")


def known(acme: Company) -> None:
    lead(acme.account, "jane@example.com")
    lead(acme.account, "other@example.com")


def fallback(acme: Company) -> None:
    places(acme).update(is_paused=True)
    Rotation.objects.update(fallback=acme.owner)


def held(acme: Company) -> None:
    places(acme).update(is_paused=True)


def away(acme: Company) -> None:
    today = timezone.now().date()
    DayOff.objects.create(account=acme.account, user=acme.reps[0], first_date=today, last_date=today)


def without_rotation(acme: Company) -> None:
    Rotation.objects.update(status="archived")


def as_it_is(acme: Company) -> None: ...


SET_UPS = [
    as_it_is, ruled, ruled_to_a_team, rule_skipped, capped, paused, weighted, known, fallback, held, away,
    without_rotation,
]  # fmt: skip


@pytest.mark.usefixtures("today")
@pytest.mark.parametrize("set_up", SET_UPS, ids=lambda each: each.__name__)
def test_what_is_simulated_is_what_then_happens(acme: Company, hub: Api, set_up: Callable[[Company], None]) -> None:
    set_up(acme)
    jane = {"email": "Jane@Example.com", "state": "CA"}

    for _ in range(3):
        asked = hub.post("routing/simulate", {"lead": jane})
        assert hub.status == 200
        made = lead(acme.account, **jane)
        told = hub.get(f"leads/{made.pk}/routing")
        assert asked == {name: told[name] for name in asked}
        jane = jane | {"email": f"{made.pk}@example.com"}


TABLES = (
    "accounts_auditentry", "leads_lead", "leads_notice", "teams_rotation", "teams_rotationmember", "teams_routingrule",
    "intake_idempotentanswer", "intake_quarantinedlead", "accounts_job",
)  # fmt: skip


def checksums() -> dict[str, str]:
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT md5(coalesce(string_agg(row::text, '' ORDER BY row::text), '')) FROM {table} row")
            found[table] = cursor.fetchone()[0]
    return found


@pytest.mark.parametrize("set_up", SET_UPS, ids=lambda each: each.__name__)
def test_simulating_writes_nothing(acme: Company, hub: Api, set_up: Callable[[Company], None]) -> None:
    set_up(acme)
    before = checksums()

    hub.post("routing/simulate", {"lead": {"email": "jane@example.com", "state": "CA"}})

    assert hub.status == 200
    assert checksums() == before


@pytest.mark.parametrize("set_up", SET_UPS, ids=lambda each: each.__name__)
def test_simulating_locks_no_row(acme: Company, set_up: Callable[[Company], None]) -> None:
    set_up(acme)
    draft, context = LeadDraft(email="jane@example.com", state="CA"), Context(door="api", actor=NOBODY)

    # A transaction that may only read refuses every lock on a row, as it does every write.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET TRANSACTION READ ONLY")
    owner = run(lambda: simulate(acme.account, draft, context=context))

    assert owner.reason


def test_another_time_has_other_hours(acme: Company, hub: Api) -> None:
    hours = {"mon": [["09:00", "17:00"]]}
    Membership.objects.filter(user=acme.reps[0]).update(working_hours=hours)

    monday, sunday = (
        hub.post("routing/simulate", {"lead": {}, "at": at}) for at in ("2026-03-02T10:00:00Z", "2026-03-01T10:00:00Z")
    )

    assert (monday["owner"], sunday["owner"]) == ("rep1@acme.test", "rep2@acme.test")
    assert sunday["candidates"][0] == {"user": "rep1@acme.test", "pass": 0, "eligible": False, "reason": "off hours"}


def test_the_team_is_the_leads(acme: Company, hub: Api) -> None:
    team = Team.objects.create(account=acme.account, name="West")
    rotation(acme.account, [acme.reps[2]], team=team)

    answers = [
        hub.post("routing/simulate", body) for body in ({"lead": {}, "team": team.pk}, {"lead": {"team": team.pk}})
    ]

    assert [answer["owner"] for answer in answers] == ["rep3@acme.test"] * 2


def test_turns_are_not_spent_by_asking(acme: Company, hub: Api) -> None:
    asked = [hub.post("routing/simulate", {"lead": {}})["owner"] for _ in range(3)]
    lead(acme.account)
    then = hub.post("routing/simulate", {"lead": {}})

    assert asked == ["rep1@acme.test"] * 3
    assert (then["owner"], then["candidates"][0]["pass"]) == ("rep2@acme.test", STRIDE)


@pytest.mark.parametrize(("body", "field"), [
    ({}, "lead"), ({"lead": None}, "lead"), ({"lead": []}, "lead"),
    ({"lead": {"emial": "x"}}, "lead.emial"),
    ({"lead": {}, "at": "1999-12-31T23:59:59Z"}, "at"), ({"lead": {}, "at": "2101-01-01T00:00:00Z"}, "at"),
    ({"lead": {}, "at": "9999-12-31T23:59:59Z"}, "at"), ({"lead": {}, "at": "0001-01-01T00:00:00+14:00"}, "at"),
    ({"lead": {}, "at": 7}, "at"), ({"lead": {}, "team": 10**17}, "team"),
    ({"lead": {"owner": "owner@globex.test"}}, "owner"), ({"lead": {"source": 10**17}}, "source"),
    ({"lead": {}, "when": 1}, "when"),
])  # fmt: skip
def test_what_could_not_come_is_refused(acme: Company, hub: Api, body: dict[str, Any], field: str) -> None:
    problem = hub.post("routing/simulate", body)

    assert (hub.status, list(problem["errors"])) == (400, [field])
    assert not Lead.objects.exists()


@pytest.mark.parametrize("at", ["2000-01-01T00:00:00Z", "2100-12-31T23:59:59Z"])
def test_the_ends_of_the_century_have_their_turns(acme: Company, hub: Api, at: str) -> None:
    Rotation.objects.update(contact_minutes=60)

    assert hub.post("routing/simulate", {"lead": {}, "at": at})["owner"] == "rep1@acme.test"


@pytest.mark.parametrize("role", [role for role in Role if role != Role.AGENT])
def test_whoever_sees_all_leads_may_ask(acme: Company, role: Role) -> None:
    caller = api_of(acme, role)

    caller.post("routing/simulate", {"lead": {}})

    assert caller.status == 200


def test_who_has_a_person_is_not_told_to_an_agent(acme: Company) -> None:
    lead(acme.account, "jane@example.com")
    agent = api_as(acme.reps[2], acme.account)

    problem = agent.post("routing/simulate", {"lead": {"email": "jane@example.com"}})

    assert (agent.status, problem["code"]) == (403, "forbidden")
    assert "rep1@acme.test" not in str(problem)

"""Routing rules by the API."""

from typing import Any

import pytest

from accounts.models import AuditEntry
from teams.models import RoutingRule, Team
from teams.ruling import save_rule
from tests.apis import Api
from tests.people import Company, company, rotation
from tests.settling import hub, standing_acme

pytestmark = pytest.mark.django_db
__all__ = ["hub", "standing_acme"]
CALIFORNIA = [{"field": "state", "op": "equals", "value": "CA"}]


def rule(acme: Company, name: str, **fields: Any) -> RoutingRule:
    target = {} if {"team", "rotation", "user"} & fields.keys() else {"user": acme.reps[0]}
    return save_rule(RoutingRule(account=acme.account, name=name, **target, **fields), by=acme.owner)


def names(hub: Api) -> list[str]:
    return [each["name"] for each in hub.get("rules")["items"]]


def test_a_rule_is_made_last_in_order_and_read_back(acme: Company, hub: Api) -> None:
    rule(acme, "First")

    made = hub.post("rules", {"name": "To rep2", "conditions": CALIFORNIA, "user": "REP2@acme.test"})

    assert hub.status == 201
    assert made == {
        "id": made["id"], "name": "To rep2", "position": 1, "is_active": True, "conditions": CALIFORNIA, "team": None,
        "rotation": None, "user": "rep2@acme.test", "created_at": made["created_at"], "updated_at": made["updated_at"],
    }  # fmt: skip
    assert hub.get(f"rules/{made['id']}") == made
    assert names(hub) == ["First", "To rep2"]


def test_what_is_recorded_is_the_callers_doing(acme: Company, hub: Api) -> None:
    hub.post("rules", {"name": "To rep1", "user": "rep1@acme.test"}, X_Request_Id="trace-7")

    entry = AuditEntry.objects.for_account(acme.account).get(content_type__model="routingrule")
    assert (entry.event, entry.actor_email, entry.door, entry.cid) == ("created", "owner@acme.test", "api", "trace-7")
    assert entry.api_key is not None


def test_the_same_key_makes_one_rule(acme: Company, hub: Api) -> None:
    body = {"name": "To rep1", "user": "rep1@acme.test"}

    first, again = (hub.post("rules", body, Idempotency_Key="k1") for _ in range(2))

    assert first == again
    assert hub.answer.headers["Idempotency-Replayed"] == "true"
    assert RoutingRule.objects.count() == 1


def test_a_change_leaves_what_it_does_not_name(acme: Company, hub: Api) -> None:
    made = rule(acme, "Calif", conditions=CALIFORNIA)
    team = Team.objects.create(account=acme.account, name="West")

    changed = hub.patch(f"rules/{made.pk}", {"team": team.pk, "is_active": False})

    told = {name: changed[name] for name in ("name", "conditions", "is_active", "team", "user")}
    assert told == {"name": "Calif", "conditions": CALIFORNIA, "is_active": False, "team": team.pk, "user": None}


def test_a_deleted_rule_is_gone_and_what_it_was_is_recorded(acme: Company, hub: Api) -> None:
    made = rule(acme, "Calif")

    assert hub.delete(f"rules/{made.pk}") is None

    assert hub.status == 204
    assert not RoutingRule.objects.exists()
    assert AuditEntry.objects.filter(event="deleted", object_id=made.pk, actor=acme.owner).count() == 1
    hub.delete(f"rules/{made.pk}")
    assert hub.status == 404


def test_rules_are_put_in_order(acme: Company, hub: Api) -> None:
    ids = {name: rule(acme, name).pk for name in "ABC"}

    answer = hub.post("rules/order", {"ids": [ids["C"], ids["A"]]})

    assert [each["name"] for each in answer["items"]] == ["C", "A", "B"]
    assert names(hub) == ["C", "A", "B"]


def test_each_rule_that_changes_its_place_is_audited(acme: Company, hub: Api) -> None:
    ids = {name: rule(acme, name).pk for name in "ABC"}

    hub.post("rules/order", {"ids": [ids["B"]]})

    moved = AuditEntry.objects.for_account(acme.account).filter(event="updated", content_type__model="routingrule")
    assert list(moved.order_by("pk").values_list("object_id", "changes", "actor")) == [
        (ids["B"], {"position": [1, 0]}, acme.owner.pk),
        (ids["A"], {"position": [0, 1]}, acme.owner.pk),
    ]


def test_rules_come_a_page_at_a_time_and_by_filter(acme: Company, hub: Api) -> None:
    for name in "ABC":
        rule(acme, name, is_active=name != "B")

    first = hub.get("rules", limit=2)
    rest = hub.get("rules", limit=2, cursor=first["next_cursor"])

    assert [[each["name"] for each in page["items"]] for page in (first, rest)] == [["A", "B"], ["C"]]
    assert rest["next_cursor"] is None
    assert [each["name"] for each in hub.get("rules", active="false")["items"]] == ["B"]


@pytest.mark.parametrize(("query", "field"), [
    ({"activ": "true"}, "activ"), ({"active": "yes"}, "active"), ({"active": ""}, "active"),
    ({"ordering": "name"}, "ordering"), ({"limit": "0"}, "limit"), ({"limit": "201"}, "limit"),
    ({"cursor": "x"}, "cursor"),
])  # fmt: skip
def test_a_query_that_cannot_be_used_is_refused_by_name(hub: Api, query: dict[str, str], field: str) -> None:
    problem = hub.get("rules", **query)

    assert (hub.status, list(problem["errors"])) == (400, [field])


@pytest.mark.parametrize(("body", "field", "code"), [
    ({"user": "rep1@acme.test"}, "name", "invalid_input"),
    ({"name": "A"}, "team", "one_target"),
    ({"name": "A", "user": "rep1@acme.test", "rotation": 1}, "team", "one_target"),
    ({"name": "A", "user": "owner@globex.test"}, "user", "unknown_user"),
    ({"name": "A", "team": 10**17}, "team", "unknown_team"),
    ({"name": "A", "user": "rep1@acme.test", "conditions": [{"field": "mood"}]}, "conditions", "invalid_input"),
    ({"name": "A", "user": "rep1@acme.test", "conditions": "all"}, "conditions", "invalid_input"),
    ({"name": "A", "user": "rep1@acme.test", "position": 3}, "position", "invalid_input"),
    ({"name": "A" * 201, "user": "rep1@acme.test"}, "name", "invalid_input"),
])  # fmt: skip
def test_a_rule_that_cannot_be_is_refused_and_nothing_is_made(
    acme: Company, hub: Api, body: dict[str, Any], field: str, code: str
) -> None:
    company("Globex")

    problem = hub.post("rules", body)

    assert (hub.status, list(problem["errors"]), problem["code"]) == (400, [field], code)
    assert not RoutingRule.objects.exists()


def test_another_tenants_rule_is_as_if_there_were_none(acme: Company, hub: Api) -> None:
    globex = company("Globex", reps=1)
    theirs, mine = rule(globex, "Theirs"), rule(acme, "Mine")
    calls: list[Any] = [("GET", None), ("PATCH", {"name": "Mine"}), ("DELETE", None)]

    for method, body in calls:
        foreign, missing = (
            hub.send(method, f"rules/{pk}", body, headers={"X-Request-Id": "t"}) for pk in (theirs.pk, 10**17)
        )
        assert hub.status == 404
        assert foreign | {"instance": ""} == missing | {"instance": ""}
    hub.post("rules/order", {"ids": [mine.pk, theirs.pk]})
    assert hub.status == 404
    assert RoutingRule.objects.get(pk=theirs.pk).name == "Theirs"


def test_a_rule_to_anothers_rotation_is_refused(acme: Company, hub: Api) -> None:
    globex = company("Globex")
    theirs = rotation(globex.account, [globex.owner])

    problem = hub.post("rules", {"name": "A", "rotation": theirs.pk})

    assert (hub.status, problem["code"]) == (400, "unknown_rotation")

"""Leads by the API, one at a time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actors import Actor
from accounts.models import Account, AuditEntry
from accounts.roles import Role
from intake.api.serializers.leads import LeadChanges
from leads.lifecycle import archive, delete
from leads.models import Lead
from teams.models import Team
from tests.apis import Api, api_as, api_of
from tests.people import Company, company, lead, source
from tests.settling import hub, standing_acme

pytestmark = pytest.mark.django_db
__all__ = ["hub", "standing_acme"]
NOBODY = Actor()
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def ids(answer: Any) -> list[int]:
    return [each["id"] for each in answer["items"]]


def test_a_lead_is_made_and_read_back_whole(acme: Company, hub: Api) -> None:
    with time_machine.travel(NOW, tick=False):
        made = hub.post("leads", {
            "first_name": " Jane ", "email": "Jane@Example.com", "phone": "(201) 555-0123", "price": 12.50,
            "tags": ["vip", "vip"], "custom_fields": {"plan": "gold"}, "company": None, "notes": "",
        })  # fmt: skip

    assert hub.status == 201
    said = {name: made[name] for name in ("first_name", "email", "phone_e164", "price", "tags", "custom_fields")}
    assert said == {
        "first_name": "Jane", "email": "Jane@Example.com", "phone_e164": "+12015550123", "price": "12.5",
        "tags": ["vip"], "custom_fields": {"plan": "gold"},
    }  # fmt: skip
    assert (made["owner"], made["status"], made["door"], made["outcome"]) == ("rep1@acme.test", "new", "api", "created")
    assert (made["company"], made["notes"], made["held"], made["archived"]) == (None, None, False, False)
    read = hub.get(f"leads/{made['id']}")
    assert read == {name: value for name, value in made.items() if name != "outcome"}


def test_a_known_person_is_linked(acme: Company, hub: Api) -> None:
    first = lead(acme.account)

    made = hub.post("leads", {"email": "JANE@example.com"})

    assert (hub.status, made["outcome"], made["duplicate_of"]) == (201, "linked", first.pk)


def test_where_known_people_are_refused_the_known_lead_is_named(acme: Company, hub: Api) -> None:
    Account.objects.filter(pk=acme.account.pk).update(duplicate_policy="reject")
    first = lead(acme.account)

    problem = hub.post("leads", {"email": "jane@example.com"})

    assert (hub.status, problem["code"], problem["status"], problem["lead"]) == (409, "duplicate_lead", 409, first.pk)
    assert list(problem["errors"]) == ["email"]
    assert Lead.objects.count() == 1


def test_a_lead_that_its_source_sent_before_is_replayed(acme: Company, hub: Api) -> None:
    vendor, _ = source(acme.account, acme.owner)
    body = {"email": "jane@example.com", "source": vendor.pk, "external_id": "x1"}
    first = hub.post("leads", body)

    again = hub.post("leads", body)

    assert (hub.status, again["outcome"], again["id"], again["owner"]) == (200, "replayed", first["id"], first["owner"])


def test_the_same_key_makes_one_lead(acme: Company, hub: Api) -> None:
    first, again = (hub.post("leads", {"email": "jane@example.com"}, Idempotency_Key="k1") for _ in range(2))

    assert first == again
    assert (hub.status, hub.answer.headers["Idempotency-Replayed"], Lead.objects.count()) == (201, "true", 1)


@pytest.mark.parametrize(("body", "field"), [
    ({"emial": "jane@example.com"}, "emial"), ({"owner": "nobody@acme.test"}, "owner"), ({"team": 10**17}, "team"),
    ({"source": 10**17}, "source"), ({"email": 7}, "email"), ({"price": "12,50"}, "price"),
    ({"status": "new"}, "status"),
    ({"tags": "vip"}, "tags"), ({"linkedin_url": "javascript:alert(1)"}, "linkedin_url"), ({"id": 7}, "id"),
    ({"team": "7"}, "team"), ({"company": "x" * 2001}, "company"),
])  # fmt: skip
def test_a_lead_that_cannot_be_is_refused_by_field(acme: Company, hub: Api, body: dict[str, Any], field: str) -> None:
    problem = hub.post("leads", {"first_name": "Jane"} | body)

    assert (hub.status, list(problem["errors"])) == (400, [field])
    assert not Lead.objects.exists()


# --- lists ---


def test_leads_come_newest_first_and_a_page_at_a_time(acme: Company, hub: Api) -> None:
    made = [lead(acme.account, f"{number}@example.com").pk for number in range(5)]

    first = hub.get("leads", limit=2)
    lead(acme.account, "meanwhile@example.com")
    second = hub.get("leads", limit=2, cursor=first["next_cursor"])
    last = hub.get("leads", limit=2, cursor=second["next_cursor"])

    assert [ids(page) for page in (first, second, last)] == [made[4:2:-1], made[2:0:-1], made[:1]]
    assert last["next_cursor"] is None
    assert ids(hub.get("leads", ordering="id"))[:5] == made


def test_a_cursor_of_another_order_is_refused(acme: Company, hub: Api) -> None:
    for number in range(3):
        lead(acme.account, f"{number}@example.com")
    cursor = hub.get("leads", limit=1)["next_cursor"]

    problem = hub.get("leads", limit=1, cursor=cursor, ordering="id")

    assert (hub.status, list(problem["errors"])) == (400, ["cursor"])


def filtered(acme: Company) -> dict[str, Lead]:
    """One lead for each filter, each with an e-mail of its own."""
    team = Team.objects.create(account=acme.account, name="West")
    vendor, _ = source(acme.account, acme.owner)
    made = {
        "plain": lead(acme.account, "plain@example.com"),
        "team": lead(acme.account, "team@example.com", team_id=team.pk),
        "source": lead(acme.account, "source@example.com", lead_source_id=vendor.pk, external_id="x1"),
        "tag": lead(acme.account, "tag@example.com", tags=["vip", "caf\u00e9"], company="Wonder Ltd"),
        "archived": lead(acme.account, "archived@example.com"),
        "duplicate": lead(acme.account, "plain@example.com"),
        "owner": lead(acme.account, "owner@example.com", assignee_email="owner@acme.test"),
        "lost": lead(acme.account, "lost@example.com"),
        "held": lead(acme.account, "held@example.com"),
    }
    archive(acme.account, [made["archived"].pk], actor=NOBODY)
    Lead.objects.filter(pk=made["lost"].pk).update(status="lost", owner=None)
    Lead.objects.filter(pk=made["held"].pk).update(owner=None)
    Lead.objects.filter(pk=made["team"].pk).update(created_at=NOW)
    return made


@pytest.mark.parametrize(("query", "names"), [
    ({"status": "lost"}, ["lost"]),
    ({"owner": "Owner@acme.test"}, ["owner"]),
    ({"owner": "me"}, ["owner"]),
    ({"owner": "none"}, ["held", "lost"]),
    ({"owner": "stranger@globex.test"}, []),
    ({"held": "true"}, ["held"]), ({"held": "True"}, ["held"]),
    ({"archived": "true"}, ["archived"]),
    ({"duplicate": "true"}, ["duplicate"]),
    ({"tag": "vip"}, ["tag"]),
    ({"tag": "cafe\u0301"}, ["tag"]),
    ({"q": "wonder tag@"}, ["tag"]),
    ({"external_id": "x1"}, ["source"]),
    ({"created_before": "2026-03-02T09:00:01Z"}, ["team"]),
    ({"created_after": "2026-03-02T10:00:00+01:00", "created_before": "2026-03-02T10:00:01+01:00"}, ["team"]),
    ({"status": "new", "archived": "false", "duplicate": "false", "held": "false", "owner": "rep1@acme.test"},
     ["source", "plain"]),
    ({"deleted": "true"}, []),
])  # fmt: skip
def test_leads_are_filtered(acme: Company, hub: Api, query: dict[str, str], names: list[str]) -> None:
    made = filtered(acme)

    found = hub.get("leads", **query)

    by_id = {each.pk: name for name, each in made.items()}
    assert hub.status == 200
    assert [by_id[pk] for pk in ids(found)] == names


def test_leads_are_filtered_by_what_they_refer_to(acme: Company, hub: Api) -> None:
    made = filtered(acme)

    assert ids(hub.get("leads", team=made["team"].team_id)) == [made["team"].pk]
    assert ids(hub.get("leads", duplicate_of=made["plain"].pk)) == [made["duplicate"].pk]
    assert ids(hub.get("leads", source=made["source"].lead_source_id)) == [made["source"].pk]
    assert made["owner"].pk not in ids(hub.get("leads", rotation=made["plain"].rotation_id))


@pytest.mark.parametrize(("query", "field"), [
    ({"stage": "new"}, "stage"), ({"status": "won"}, "status"), ({"status": ""}, "status"), ({"team": "x"}, "team"),
    ({"team": "9" * 19}, "team"), ({"held": "1"}, "held"), ({"created_after": "yesterday"}, "created_after"),
    ({"created_after": "0001-01-01T00:00:00+14:00"}, "created_after"), ({"ordering": "-updated_at"}, "ordering"),
    ({"q": "x" * 201}, "q"), ({"q": "a\0b"}, "q"), ({"q": "  "}, "q"),
    ({"status__in": "new"}, "status__in"), ({"limit": "x"}, "limit"),
    ({"offset": "1"}, "offset"), ({"account": "1"}, "account"),
])  # fmt: skip
def test_a_filter_that_cannot_be_used_is_refused_by_name(hub: Api, query: dict[str, str], field: str) -> None:
    problem = hub.get("leads", **query)

    assert (hub.status, list(problem["errors"]), problem["code"]) == (400, [field], "invalid_input")


def test_who_asks_for_a_status_that_is_none_is_told_which_there_are(hub: Api) -> None:
    words = "be one of: new, contacted, qualified, converted, lost."

    assert hub.get("leads", status="won")["errors"] == {"status": [f"This must {words}"]}
    assert hub.post("leads/1/status", {"status": "won"})["errors"] == {"status": [f"Must {words}"]}


def test_a_page_of_leads_takes_as_many_queries_as_one_lead(acme: Company, hub: Api) -> None:
    taken = []
    for number in range(6):
        lead(acme.account, f"{number}@example.com")
        hub.get("leads")
        with CaptureQueriesContext(connection) as queries:
            hub.get("leads")
        taken.append(len(queries))

    assert len(set(taken)) == 1


def test_an_agent_sees_and_changes_his_own(acme: Company) -> None:
    his, hers = lead(acme.account, "1@example.com"), lead(acme.account, "2@example.com")
    agent = api_as(acme.reps[0], acme.account)

    assert ids(agent.get("leads")) == [his.pk]
    for method, path, body in [
        ("GET", f"leads/{hers.pk}", None), ("PATCH", f"leads/{hers.pk}", {"company": "x"}),
        ("POST", f"leads/{hers.pk}/archive", None), ("POST", f"leads/{hers.pk}/status", {"status": "lost"}),
    ]:  # fmt: skip
        problem = agent.send(method, path, body)
        assert (agent.status, problem["code"]) == (404, "unknown_lead")
    assert agent.patch(f"leads/{his.pk}", {"company": "Mine"})["company"] == "Mine"


# --- changes ---


def test_a_change_says_what_is_named_and_leaves_the_rest(acme: Company, hub: Api) -> None:
    jane = lead(acme.account, company="Old", title="Boss", custom_fields={"a": 1, "b": 2}, tags=["x"])

    changed = hub.patch(
        f"leads/{jane.pk}",
        {
            "company": None,
            "status": "qualified",
            "custom_fields": {"a": None, "c": 3},
            "tags": None,
            "price": "1.250000",
        },
    )

    names = ("company", "title", "status", "custom_fields", "tags", "price", "email")
    assert {name: changed[name] for name in names} == {
        "company": None, "title": "Boss", "status": "qualified", "custom_fields": {"b": 2, "c": 3}, "tags": [],
        "price": "1.25", "email": "jane@example.com",
    }  # fmt: skip
    assert changed["first_contacted_at"] is not None
    assert hub.get(f"leads/{jane.pk}") == changed


def test_every_field_can_be_emptied(acme: Company, hub: Api) -> None:
    jane = lead(acme.account, company="Old", notes="Hm", tags=["x"], profile={"a": 1}, custom_fields={"b": 2}, price=1)
    named = LeadChanges().fields.keys() - {"status", "archived"}

    changed = hub.patch(f"leads/{jane.pk}", dict.fromkeys(named) | {"notes": ""})

    assert hub.status == 200
    empty = {"channel": "api", "tags": [], "profile": {}, "attribution": {}, "consent": {}, "custom_fields": {}}
    assert {name: changed[name] for name in named} == dict.fromkeys(named) | empty


@pytest.mark.parametrize(("body", "field"), [
    ({"status": "won"}, "status"), ({"status": None}, "status"), ({"uuid": "x"}, "uuid"), ({"held": True}, "held"),
    ({"archived": None}, "archived"),
    ({"owner": "owner@globex.test"}, "owner"), ({"team": 10**17}, "team"), ({"created_at": "x"}, "created_at"),
])  # fmt: skip
def test_a_change_that_cannot_be_is_refused_and_changes_nothing(
    acme: Company, hub: Api, body: dict[str, Any], field: str
) -> None:
    jane = lead(acme.account)
    before = hub.get(f"leads/{jane.pk}")

    problem = hub.patch(f"leads/{jane.pk}", {"company": "New"} | body)

    assert (hub.status, list(problem["errors"])) == (400, [field])
    assert hub.get(f"leads/{jane.pk}") == before


def test_a_deleted_lead_is_gone_until_it_is_restored(acme: Company, hub: Api) -> None:
    jane = lead(acme.account)

    hub.delete(f"leads/{jane.pk}")
    assert hub.status == 204
    hub.get(f"leads/{jane.pk}")
    assert hub.status == 404
    assert (ids(hub.get("leads")), ids(hub.get("leads", deleted="true"))) == ([], [jane.pk])

    assert hub.post(f"leads/{jane.pk}/restore")["deleted_at"] is None
    assert ids(hub.get("leads")) == [jane.pk]
    hub.post(f"leads/{jane.pk}/restore")
    assert hub.status == 404


def test_after_thirty_days_a_lead_is_not_brought_back(acme: Company, hub: Api) -> None:
    jane = lead(acme.account)
    delete(acme.account, [jane.pk], actor=NOBODY)
    Lead.objects.update(deleted_at=datetime.now(UTC) - timedelta(days=31))

    hub.post(f"leads/{jane.pk}/restore")

    assert hub.status == 404


@pytest.mark.parametrize(("step", "body", "told", "event"), [
    ("archive", None, {"archived": True}, "lead_archived"),
    ("contact", {}, {"status": "new"}, "lead_contacted"),
    ("convert", {"application_id": "app-1"}, {"status": "converted", "application_id": "app-1"}, "lead_converted"),
    ("convert", None, {"status": "converted", "application_id": None}, "lead_converted"),
    ("status", {"status": "lost"}, {"status": "lost"}, "lead_updated"),
    ("assign", {"owner": "OWNER@acme.test", "note": "asked for him"}, {"owner": "owner@acme.test"}, "lead_assigned"),
    ("assign", {"owner": None}, {"owner": None, "held": False}, "lead_assigned"),
    ("route", None, {"owner": "rep2@acme.test"}, "lead_assigned"),
    ("route", {"note": "wrong one"}, {"owner": "rep2@acme.test"}, "lead_assigned"),
])  # fmt: skip
def test_a_lead_goes_through_the_steps_of_its_life(
    acme: Company, hub: Api, step: str, body: Any, told: dict[str, Any], event: str
) -> None:
    jane = lead(acme.account)

    answer = hub.post(f"leads/{jane.pk}/{step}", body, X_Request_Id="trace-9")

    assert (hub.status, {name: answer[name] for name in told}) == (200, told)
    entry = AuditEntry.objects.for_account(acme.account).filter(object_id=jane.pk).latest("pk")
    assert (entry.event, entry.actor_email, entry.door, entry.cid) == (event, "owner@acme.test", "api", "trace-9")


def test_an_archived_lead_comes_back(acme: Company, hub: Api) -> None:
    jane = lead(acme.account, archived=True)

    assert hub.post(f"leads/{jane.pk}/unarchive")["archived"] is False


@pytest.mark.parametrize(("step", "body", "field"), [
    ("status", {"status": "won"}, "status"), ("status", {}, "status"), ("assign", {}, "owner"),
    ("assign", {"owner": "owner@globex.test"}, "owner"), ("route", {"to": "x"}, "to"), ("archive", {"x": 1}, "x"),
])  # fmt: skip
def test_a_step_that_cannot_be_taken_is_refused(acme: Company, hub: Api, step: str, body: Any, field: str) -> None:
    jane = lead(acme.account)

    problem = hub.post(f"leads/{jane.pk}/{step}", body)

    assert (hub.status, list(problem["errors"])) == (400, [field])


def test_a_lead_is_converted_once(acme: Company, hub: Api) -> None:
    jane = lead(acme.account)
    hub.post(f"leads/{jane.pk}/convert")

    problem = hub.post(f"leads/{jane.pk}/convert")

    assert (hub.status, problem["code"]) == (409, "already_converted")


def test_who_gives_his_lead_away_is_still_answered(acme: Company) -> None:
    jane = lead(acme.account)
    manager = api_of(acme, Role.MANAGER)

    assert manager.post(f"leads/{jane.pk}/assign", {"owner": "rep2@acme.test"})["owner"] == "rep2@acme.test"


STEPS: list[tuple[str, str, Any]] = [
    ("GET", "", None), ("PATCH", "", {"company": "x"}), ("DELETE", "", None), ("POST", "/restore", None),
    ("POST", "/archive", None), ("POST", "/unarchive", None), ("POST", "/contact", None), ("POST", "/convert", None),
    ("POST", "/status", {"status": "lost"}), ("POST", "/assign", {"owner": None}), ("POST", "/route", None),
]  # fmt: skip


@pytest.mark.parametrize(("method", "below", "body"), STEPS)
def test_another_tenants_lead_is_as_if_there_were_none(
    acme: Company, hub: Api, method: str, below: str, body: Any
) -> None:
    theirs = lead(company("Globex", reps=1).account)
    before = list(Lead.objects.values())

    foreign, missing = (
        hub.send(method, f"leads/{pk}{below}", body, headers={"X-Request-Id": "t"}) for pk in (theirs.pk, 10**17)
    )

    assert (hub.status, foreign["code"]) == (404, "unknown_lead")
    assert foreign | {"instance": ""} == missing | {"instance": ""}
    assert list(Lead.objects.values()) == before


@pytest.mark.parametrize("path", ["leads/0", "leads/x", "leads/-1", "leads/9999999999999999999", "leads/1/nothing"])
def test_what_is_no_id_is_no_path(hub: Api, path: str) -> None:
    hub.get(path)

    assert hub.status == 404

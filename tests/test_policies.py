"""A person the account knows, under each of the account's policies: at every door by its table, and inside a batch."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import Account, AuditEntry
from leadhub.lib.transactions import run
from leads.drafts import LeadDraft
from leads.models import Lead
from leads.outcomes import Context, Outcome, Verdict
from leads.receive import receive
from tests.apis import api, api_as
from tests.doors import NAMES, Town, kept, post, state
from tests.people import arrive

KNOWN = "a lead with this email already exists"

pytestmark = pytest.mark.django_db


def policy(account: Account, name: str) -> Account:
    """The account with this policy, as it is stored now."""
    Account.objects.filter(pk=account.pk).update(duplicate_policy=name)
    return Account.objects.get(pk=account.pk)


# --- the table ---

TABLE = [
    ("link", "platform", 201), ("link", "account", 201), ("link", "workspace", 409), ("link", "source", 201),
    ("update", "platform", 200), ("update", "account", 200), ("update", "workspace", 409), ("update", "source", 201),
    ("skip", "platform", 200), ("skip", "account", 200), ("skip", "workspace", 409), ("skip", "source", 201),
    ("reject", "platform", 409), ("reject", "account", 400), ("reject", "workspace", 409), ("reject", "source", 403),
]  # fmt: skip


@pytest.mark.parametrize(("name", "door", "status"), TABLE)
def test_a_known_person_is_answered_by_the_table(
    client: Client, places: Town, name: str, door: str, status: int
) -> None:
    visitor = places.visitor(door)
    policy(visitor.account, name)
    visitor.post(client)
    rows, rotations, answers = state()

    answer = visitor.post(client, visitor.with_email(" JANE@Acme.com "))

    stored = int(name == "link" and door != "workspace")
    assert answer.status_code == status
    assert state()[0] == rows + stored
    assert state()[1:] == [rotations, answers]
    assert kept() == []


PRIMARY = [
    ("platform", lambda body: body["id"].removeprefix("lead_"), lambda lead: str(lead.uuid)),
    ("account", lambda body: body["id"], lambda lead: lead.pk),
    ("source", lambda body: body["id"], lambda lead: str(lead.uuid)),
]


@pytest.mark.parametrize("name", ["update", "skip"])
@pytest.mark.parametrize(("door", "said", "own"), PRIMARY)
def test_what_is_not_stored_is_answered_with_the_primary(
    client: Client, places: Town, name: str, door: str, said: Any, own: Any
) -> None:
    visitor = places.visitor(door)
    policy(visitor.account, name)
    first = visitor.post(client)

    again = visitor.post(client)

    assert said(again.json()) == said(first.json()) == own(Lead.objects.get())


@pytest.mark.parametrize("name", ["update", "skip"])
def test_the_account_door_shows_the_primary_with_its_owner_and_its_whole_log(
    client: Client, places: Town, name: str
) -> None:
    visitor = places.visitor("account")
    policy(visitor.account, name)
    first = visitor.post(client).json()

    again = visitor.post(client, visitor.body | {"company": "Acme"}).json()

    lead = Lead.objects.get()
    assert (again["id"], again["assignedTo"], again["company"]) == (
        first["id"], "rep1@acme.test", "Acme" if name == "update" else None,
    )  # fmt: skip
    log = [entry["event"] for entry in again["auditLog"]]
    assert log == ["lead_created", *(["lead_updated"] if name == "update" else []), "lead_seen_again"]
    assert again["auditLog"][-1]["data"] == {"outcome": f"{name}d" if name == "update" else "skipped", "lead": None}
    assert lead.company == ("Acme" if name == "update" else "")


@pytest.mark.parametrize("name", ["update", "skip"])
def test_the_hub_s_own_api_says_what_became_of_it(places: Town, name: str) -> None:
    hub = api(places.acme)
    policy(places.acme.account, name)
    first = hub.post("leads", {"email": "jane@acme.com"})

    again = hub.post("leads", {"email": "JANE@acme.com"})

    assert (hub.status, again["id"], again["outcome"]) == (
        200,
        first["id"],
        "updated" if name == "update" else "skipped",
    )


@pytest.mark.parametrize("name", ["update", "skip", "reject"])
def test_an_agent_learns_of_a_colleague_s_lead_only_that_the_person_is_known(
    client: Client, places: Town, name: str
) -> None:
    acme = policy(places.acme.account, name)
    arrive(acme, LeadDraft(email="jane@example.com", notes="hers alone", assignee_email="rep1@acme.test"))
    agent = api_as(places.acme.reps[1], acme)
    body = {"email": "jane@example.com", "firstName": "Jane", "lastName": "Doe"}

    problem = agent.post("leads", {"email": "jane@example.com"}, Idempotency_Key="once")
    answer = post(client, "/leads?skipTeamAndSourceRequirement=true", body, agent.headers)

    assert (agent.status, problem["code"], problem["detail"]) == (409, "duplicate_lead", KNOWN)
    assert "lead" not in problem
    assert (answer.status_code, answer.json()) == (400, {"error": KNOWN})


@pytest.mark.parametrize("name", ["update", "skip"])
def test_an_agent_is_answered_with_his_own_lead(client: Client, places: Town, name: str) -> None:
    acme = policy(places.acme.account, name)
    [first] = arrive(acme, LeadDraft(email="jane@example.com", assignee_email="rep1@acme.test"))
    agent = api_as(places.acme.reps[0], acme)

    again = agent.post("leads", {"email": "jane@example.com"})

    assert first.lead
    assert (agent.status, again["id"]) == (200, first.lead.pk)


@pytest.mark.parametrize("door", ["platform", "account", "source"])
def test_with_a_key_the_primary_is_the_answer_again(client: Client, places: Town, door: str) -> None:
    visitor = places.visitor(door)
    policy(visitor.account, "skip")
    visitor.post(client)

    first = visitor.post(client, Idempotency_Key="once")
    again = visitor.post(client, Idempotency_Key="once")

    assert (again.content, again.status_code) == (first.content, first.status_code)
    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(("name", "status", "code"), [("update", 201, None), ("skip", 201, None), ("link", 201, None),
    ("reject", 403, "duplicate_lead")])  # fmt: skip
def test_people_are_known_by_phone_where_they_give_no_email(
    client: Client, places: Town, name: str, status: int, code: str | None
) -> None:
    visitor = places.visitor("source")
    policy(visitor.account, name)
    post(client, visitor.path, {"phone": "(206) 555-0142", "firstName": "Jane"}, visitor.headers)

    answer = post(client, visitor.path, {"phone": "+1 206 555 0142", "lastName": "Doe"}, visitor.headers)

    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert Lead.objects.count() == (2 if name == "link" else 1)
    names = [(lead.first_name, lead.last_name) for lead in Lead.objects.primaries()]
    assert names == [("Jane", "Doe" if name == "update" else "")]


# --- update ---


def arrive_again(account: Account, **fields: Any) -> Lead:
    [outcome] = arrive(account, LeadDraft(email="jane@example.com", **fields))
    assert outcome.verdict == Verdict.UPDATED
    assert outcome.lead is not None
    return outcome.lead


UPDATES = [
    ({"company": ""}, {"company": "Acme"}, {"company": ["", "Acme"]}),
    ({"company": "Acme"}, {"company": "Globex"}, {}),
    ({"company": "Acme"}, {"company": ""}, {}),
    ({"tags": ["a", "b"]}, {"tags": ["b", "c"]}, {"tags": [["a", "b"], ["a", "b", "c"]]}),
    ({"custom_fields": {"a": 1}}, {"custom_fields": {"a": 2, "b": 3}},
     {"custom_fields": [{"a": 1}, {"a": 1, "b": 3}]}),
    ({"number_of_employees": 0}, {"number_of_employees": 7}, {}),
    ({"interested_in_switching": False}, {"interested_in_switching": True}, {}),
    ({"interested_in_switching": None}, {"interested_in_switching": False}, {"interested_in_switching": [None, False]}),
    ({"phone": "junk"}, {"phone": "+12065550142"}, {}),
    ({"phone": "+12065550142"}, {"phone": "+12065550143", "phone_type": "Mobile"}, {}),
    ({"phone": "+12065550142"}, {"phone": "(206) 555-0142", "phone_type": "Mobile"}, {"phone_type": ["", "Mobile"]}),
    ({}, {"phone": "+12065550142"}, {"phone": ["", "+12065550142"]}),
    ({"channel": "api"}, {"channel": "website", "source_text": "fair", "claimed_creator": "x@y.z"}, {}),
    ({"attribution": {"utm_term": "a"}}, {"attribution": {"utm_term": "b", "sub_id": "c"}},
     {"attribution": [{"utm_term": "a"}, {"sub_id": "c", "utm_term": "a"}]}),
]  # fmt: skip


@pytest.mark.parametrize(("first", "again", "changes"), UPDATES)
def test_under_update_blanks_are_filled_lists_joined_and_nothing_overwritten(
    places: Town, first: dict[str, Any], again: dict[str, Any], changes: dict[str, Any]
) -> None:
    acme = policy(places.acme.account, "update")
    arrive(acme, LeadDraft(email="jane@example.com", **first))
    before = Lead.objects.values().get()

    arrive_again(acme, **again)

    after = Lead.objects.values().get()
    told = {name: [before[name], after[name]] for name in after if after[name] != before[name]}
    unsaid = {"updated_at", "search", "phone_e164"}
    assert {name: change for name, change in told.items() if name not in unsaid} == changes
    entries = AuditEntry.objects.filter(event="lead_updated")
    assert [entry.changes for entry in entries] == ([changes] if changes else [])


def test_a_known_lead_learns_no_more_than_its_columns_hold(places: Town) -> None:
    acme = policy(places.acme.account, "update")
    full = {f"key{number}": 1 for number in range(99)}
    arrive(acme, LeadDraft(email="jane@example.com", custom_fields=full, tags=[f"t{n}" for n in range(49)]))

    lead = arrive_again(acme, custom_fields={"x": 1, "y": 2}, tags=["u", "v"])

    assert (len(lead.custom_fields), lead.custom_fields["x"], "y" in lead.custom_fields) == (100, 1, False)
    assert (len(lead.tags), lead.tags[-1]) == (50, "u")


def test_as_many_statements_teach_many_known_leads_as_one(
    places: Town, django_assert_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    acme = policy(places.acme.account, "update")
    people = [f"{number}@example.com" for number in range(30)]
    arrive(acme, *(LeadDraft(email=email, price=Decimal("1.5"), custom_fields={"a": 1}) for email in people))

    for known in (people[:1], people[1:]):
        with django_assert_num_queries(8):
            # savepoint, known people, rows, update, entries of the change, outcome, entries of the return, release
            arrive(acme, *(LeadDraft(email=email, company=email, tags=["vip"]) for email in known))

    told = Lead.objects.order_by("pk").values_list("company", "tags", "price", "custom_fields")
    assert list(told) == [(email, ["vip"], Decimal("1.5"), {"a": 1}) for email in people]
    assert AuditEntry.objects.filter(event="lead_updated").count() == 30


# --- inside a batch ---


def verdicts(outcomes: list[Outcome]) -> list[str]:
    return [outcome.verdict for outcome in outcomes]


@pytest.mark.parametrize(("name", "verdict"), [
    ("link", "linked"), ("update", "updated"), ("skip", "skipped"), ("reject", "refused"),
])  # fmt: skip
def test_twins_inside_a_batch_are_as_one_after_the_other(places: Town, name: str, verdict: str) -> None:
    acme = policy(places.acme.account, name)
    drafts = [
        LeadDraft(email="jane@example.com", first_name="Jane"),
        LeadDraft(email="JANE@example.com", first_name="Janet", company="Acme", tags=["vip"]),
        LeadDraft(email="john@example.com"),
    ]

    outcomes = arrive(acme, *drafts)

    assert verdicts(outcomes) == ["created", verdict, "created"]
    jane = Lead.objects.primaries().get(email_key="jane@example.com")
    learned = ("Acme", ["vip"]) if name == "update" else ("", [])
    assert (jane.first_name, jane.company, jane.tags) == ("Jane", *learned)
    assert Lead.objects.count() == (3 if name == "link" else 2)
    if name in ("update", "skip"):
        assert outcomes[1].lead == jane


@pytest.mark.parametrize("name", ["link", "update", "skip", "reject"])
def test_what_follows_a_lead_that_is_beyond_the_day_is_refused_with_it(places: Town, name: str) -> None:
    account, vendor = policy(places.acme.account, name), places.vendor
    vendor.daily_limit = 1
    drafts = [
        LeadDraft(email="first@example.com", lead_source_id=vendor.pk),
        LeadDraft(email="jane@example.com", lead_source_id=vendor.pk, external_id="e1"),
        LeadDraft(email="jane@example.com", lead_source_id=vendor.pk),
        LeadDraft(email="other@example.com", lead_source_id=vendor.pk, external_id="e1"),
    ]

    outcomes = run(lambda: receive(account, drafts, context=Context("source", Actor(), own_source=vendor)))

    vendor.daily_limit = None
    assert verdicts(outcomes) == ["created", "refused", "refused", "refused"]
    assert {outcome.error.code for outcome in outcomes if outcome.error} == {"daily_limit_reached"}
    assert Lead.objects.count() == 1


def test_what_is_sent_again_of_a_skipped_lead_meets_the_lead_that_one_met(places: Town) -> None:
    account, vendor = policy(places.acme.account, "skip"), places.vendor
    [jane] = arrive(account, LeadDraft(email="jane@example.com"))
    drafts = [
        LeadDraft(email="jane@example.com", lead_source_id=vendor.pk, external_id="e1"),
        LeadDraft(email="jane@example.com", lead_source_id=vendor.pk, external_id="e1"),
    ]

    outcomes = arrive(account, *drafts, door="source")

    assert verdicts(outcomes) == ["skipped", "replayed"]
    assert [outcome.lead for outcome in outcomes] == [jane.lead, jane.lead]


def test_what_is_sent_again_of_a_refused_lead_names_the_known_one_too(places: Town) -> None:
    account, vendor = policy(places.acme.account, "reject"), places.vendor
    [jane] = arrive(account, LeadDraft(email="jane@example.com"))
    again = [LeadDraft(email="jane@example.com", lead_source_id=vendor.pk, external_id="e1") for _ in range(2)]

    outcomes = arrive(account, *again, door="source")

    assert verdicts(outcomes) == ["refused", "refused"]
    assert [outcome.lead for outcome in outcomes] == [jane.lead, jane.lead]
    assert AuditEntry.objects.filter(event="lead_seen_again", object_id=jane.lead.pk).count() == 2


def test_every_door_has_its_line_in_the_table() -> None:
    assert {(name, door) for name, door, _ in TABLE} == {
        (name, door) for name in ("link", "update", "skip", "reject") for door in NAMES
    }

"""D: what is another's, and what a role may not."""

import json
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client

from accounts.actors import Actor
from accounts.keyformat import KeyKind
from accounts.models import ApiKey, AuditEntry, Job, User
from accounts.roles import Role
from intake.models import Form, QuarantinedLead
from leads.models import Lead
from teams.models import LeadSource, LeadSourceTeam, Team
from tests.abuse.doors import DOORS, KEYED, NAMED, assert_refused, checksums, knock, taken, visitor
from tests.consoles import change_url, console, inline_data, list_url, page_url, text_of
from tests.doors import TRACE, Town, bearer
from tests.people import PASSWORD, lead, person, source

pytestmark = pytest.mark.django_db

LABEL = {"Content-Type": "application/json", "X-Request-Id": TRACE}
# The doors that show leads again, and the path of one.
READERS = {
    "platform": "/v1/platform/leads/lead_{0.uuid}",
    "account": "/leads/{0.pk}",
    "workspace": "/v1/leads/{0.hex_id}",
    "api": "/api/v1/leads/{0.pk}",
}
MISSING = {
    "platform": "/v1/platform/leads/lead_00000000-0000-4000-8000-000000000000",
    "account": "/leads/987654321",
    "workspace": "/v1/leads/665d4e5f00000000000f0007",
    "api": "/api/v1/leads/987654321",
}
# What is done to a lead: the method, what follows its path, and what is sent.
STEPS: dict[str, list[tuple[str, str, Any]]] = {
    "platform": [("GET", "", None), ("PATCH", "", {"company": "x"}), ("POST", "/convert", {"account_name": "x"})],
    "account": [("GET", "", None), ("PATCH", "", {"company": "x"}), ("DELETE", "", None), ("POST", "/archive", None),
                ("DELETE", "/archive", None), ("POST", "/convert", {})],
    "workspace": [("GET", "", None), ("PATCH", "", {"companyName": "x"})],
    "api": [("GET", "", None), ("PATCH", "", {"company": "x"}), ("DELETE", "", None), ("POST", "/archive", {}),
            ("POST", "/unarchive", {}), ("POST", "/contact", {}), ("POST", "/convert", {}), ("POST", "/restore", {}),
            ("POST", "/assign", {"owner": None}), ("POST", "/route", {}), ("POST", "/status", {"status": "lost"}),
            ("GET", "/routing", None)],
}  # fmt: skip
EVERY_STEP = [(door, *step) for door, steps in STEPS.items() for step in steps]


def send(client: Client, town: Town, door: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
    data = b"" if body is None else json.dumps(body).encode()
    sent = visitor(town, door).headers | LABEL | headers
    return client.generic(method, path, data, "application/json", headers=sent)


@pytest.mark.parametrize(
    ("door", "method", "below", "body"),
    EVERY_STEP,
    ids=[f"D01-{door}-{method}{below}" for door, method, below, _ in EVERY_STEP],
)
def test_anothers_lead_is_as_if_it_were_not_there(
    client: Client, places: Town, door: str, method: str, below: str, body: Any
) -> None:
    theirs = lead(places.initech.account, "theirs@initech.test", team_id=places.team.pk)
    before = checksums()

    answer = send(client, places, door, method, READERS[door].format(theirs) + below, body)
    missing = send(client, places, door, method, MISSING[door] + below, body)

    assert_refused(answer, door, 404, before=before)
    assert said_of(answer) == said_of(missing)


def said_of(answer: Any) -> Any:
    return {name: text for name, text in answer.json().items() if name != "instance"}


NAMES = {
    "account": {"team": "teamId", "source": "leadSourceId", "owner": "assignedTo"},
    "api": {"team": "team", "source": "source", "owner": "owner"},
}


@pytest.mark.parametrize("door", list(NAMES))
@pytest.mark.parametrize("what", ["team", "source", "owner"])
def test_what_another_account_has_cannot_be_named_in_a_lead(client: Client, places: Town, door: str, what: str) -> None:
    """D02: the answer is that to what is not there at all."""
    caller, name = visitor(places, door), NAMES[door][what]
    theirs = {"team": places.team.pk, "source": places.team_source.pk, "owner": places.initech.owner.email}
    nowhere = {"team": 987654321, "source": 987654321, "owner": "nobody@nowhere.test"}
    before = checksums()

    answer = knock(client, caller, caller.body | {name: theirs[what]}, LABEL)
    absent = knock(client, caller, caller.body | {name: nowhere[what]}, LABEL)

    assert_refused(answer, door, 400, before=before)
    assert answer.json() == absent.json()


@pytest.mark.parametrize("door", list(NAMES))
def test_a_source_of_another_team_cannot_be_named_with_ours(client: Client, places: Town, door: str) -> None:
    """D03."""
    account, caller, names = places.acme.account, visitor(places, door), NAMES[door]
    ours, other = (Team.objects.create(account=account, name=name) for name in ("Ours", "Other"))
    made, _ = source(account, places.acme.owner, "Other's")
    LeadSourceTeam.objects.create(account=account, source=made, team=other)
    before = checksums()

    answer = knock(client, caller, caller.body | {names["team"]: ours.pk, names["source"]: made.pk}, LABEL)

    assert_refused(answer, door, 400, before=before)


MOVES = {
    "platform": {"account_id": 1, "account": 1},
    "account": {"accountId": "1", "account_id": 1},
    "workspace": {"workspaceId": "f" * 24, "accountId": "1"},
    "api": {"account": 1, "account_id": 1},
}


@pytest.mark.parametrize("door", list(READERS))
def test_no_change_moves_a_lead_to_another_account(client: Client, places: Town, door: str) -> None:
    """D04. Contracts: doors ignore what they do not know, where the case says 400; our own API refuses it."""
    account = visitor(places, door).account
    ours, before = lead(account, "ours@acme.test"), checksums()
    elsewhere = places.initech.account
    body = {name: elsewhere.hex_id if "orkspace" in name else type(value)(elsewhere.pk)
            for name, value in MOVES[door].items()}  # fmt: skip

    answer = send(client, places, door, "PATCH", READERS[door].format(ours), body)

    ours.refresh_from_db()
    assert ours.account_id == account.pk
    if door == "api":
        assert_refused(answer, door, 400, before=before)
    else:
        assert answer.status_code in (200, 400)


LISTS = {"platform": "/v1/platform/leads", "account": "/leads", "workspace": "/v1/leads", "api": "/api/v1/leads"}


@pytest.mark.parametrize("door", list(LISTS))
@pytest.mark.parametrize("query", [
    pytest.param('filter={"_connector":"OR 1=1"}', id="D06-connector"),
    pytest.param("_connector=OR", id="D06-bare-connector"),
    pytest.param("team__account__key=x", id="D06-lookup"),
    pytest.param("account_id=1", id="D06-account"),
    pytest.param("email__startswith=a", id="D06-suffix"),
    pytest.param("ordering=password", id="D06-ordering"),
    pytest.param("sort=account__name", id="D06-sort"),
])  # fmt: skip
def test_no_client_names_a_lookup(client: Client, places: Town, door: str, query: str) -> None:
    before = checksums()

    answer = send(client, places, door, "GET", f"{LISTS[door]}?{query}")

    assert_refused(answer, door, 400, before=before)


LIMITS = {"platform": "limit", "account": "pageSize", "workspace": "limit", "api": "limit"}


@pytest.mark.parametrize("door", list(LISTS))
@pytest.mark.parametrize("limit", [pytest.param(10**9, id="D07-large"), pytest.param(-1, id="D07-negative"),
                                   pytest.param(0, id="D07-none"), pytest.param("1e9", id="D07-text")])  # fmt: skip
def test_a_page_has_a_hundred_rows_at_most(client: Client, places: Town, door: str, limit: Any) -> None:
    """Our own API has up to two hundred."""
    before = checksums()

    answer = send(client, places, door, "GET", f"{LISTS[door]}?{LIMITS[door]}={limit}")

    if answer.status_code == 200:
        # Capped, and told so.
        assert limit == 10**9 and answer.json().get("pagination", {}).get("limit", 100) == 100
    else:
        assert_refused(answer, door, 400, before=before)


@pytest.mark.parametrize("door", ["workspace", "api"])
def test_a_cursor_is_good_for_the_list_and_account_that_it_was_made_for(
    client: Client, places: Town, door: str
) -> None:
    """D07."""
    for number in range(3):
        lead(places.initech.account, f"{number}@initech.test", team_id=places.team.pk)
        lead(places.acme.account, f"{number}@acme.test")
    path, before = f"{LISTS[door]}?limit=1", checksums()
    theirs = cursor_of(client.get(path, headers={"X-Api-Key": places.initech.key}))
    ours = cursor_of(send(client, places, door, "GET", path))

    altered = ours[:5] + ("A" if ours[5] != "A" else "B") + ours[6:]
    for cursor in (theirs, altered, "x", f"{ours}x"):
        assert_refused(send(client, places, door, "GET", f"{path}&cursor={cursor}"), door, 400, before=before)
    assert send(client, places, door, "GET", f"{path}&cursor={ours}").status_code == 200


def cursor_of(answer: Any) -> str:
    body = answer.json()
    found = body.get("next_cursor") or body["pagination"]["nextCursor"]
    return str(found)


def test_jobs_and_kept_payloads_and_forms_of_others_are_not_there(client: Client, places: Town) -> None:
    """D08, as far as there are such things."""
    theirs = places.initech.account
    job = Job.objects.start(
        "nothing", account=theirs, actor=Actor(user_id=places.initech.owner.pk), title="Theirs", arguments={}
    )
    kept = QuarantinedLead.objects.create(
        account=theirs, lead_source=places.team_source, door="source", code="no", reason="No.", payload=b"{}"
    )
    form = Form.objects.create(account=theirs, name="Theirs")
    before = checksums()

    for method, path in [
        ("GET", f"jobs/{job.pk}"), ("POST", f"jobs/{job.pk}/retry"), ("GET", f"quarantine/{kept.pk}"),
        ("POST", f"quarantine/{kept.pk}/run"), ("POST", f"quarantine/{kept.pk}/discard"), ("GET", f"forms/{form.pk}"),
        ("GET", f"sources/{places.team_source.pk}"), ("POST", f"sources/{places.team_source.pk}/rotate-key"),
        ("GET", f"teams/{places.team.pk}"),
    ]:  # fmt: skip
        body = None if method == "GET" else {}
        assert_refused(send(client, places, "api", method, f"/api/v1/{path}", body), "api", 404, before=before)


def test_a_forged_post_of_the_console_makes_and_changes_nothing(places: Town) -> None:
    """D12: rows in a list that may be looked at only, a page that may not be added to, and another's row in a form."""
    viewer = console(person("viewer@acme.test", places.acme.account, Role.VIEWER))
    here = lead(places.acme.account, "here@acme.test")
    theirs = lead(places.initech.account, "theirs@initech.test", team_id=places.team.pk)
    row = {"id": theirs.pk, "first_name": "Forged", "status": "lost", "name": "Forged"}
    before = checksums()

    answers = [
        viewer.post(list_url(model), inline_data("form", [row], initial=1) | {"_save": "Save"})
        for model in (Lead, Team, LeadSource)
    ]
    answers += [viewer.post(page_url(model, "add"), row) for model in (Team, LeadSource)]
    answers += [viewer.post(change_url(here), row), viewer.post(change_url(theirs), row)]

    assert {answer.status_code for answer in answers} <= {200, 302, 403, 404, 405}
    assert checksums() == before


def test_nobody_is_shown_the_hash_of_a_password(places: Town) -> None:
    """D13."""
    owner = User.objects.get(pk=places.acme.owner.pk)
    owner.set_password(PASSWORD)
    owner.save()
    shown = [console(user).get(change_url(owner)) for user in (places.admin, owner, places.acme.reps[0])]

    for page in shown:
        assert owner.password not in text_of(page)
        assert "argon2" not in text_of(page)
    assert User.objects.get(pk=owner.pk).check_password(PASSWORD)


@pytest.mark.parametrize("door", ["account", "workspace", "api"])
def test_who_may_only_look_deletes_nothing(client: Client, places: Town, door: str) -> None:
    """D15."""
    viewer = person("viewer@acme.test", places.acme.account, Role.VIEWER)
    key = ApiKey.objects.issue(KeyKind.USER, user=viewer)[1]
    here = lead(places.acme.account, "here@acme.test")
    chosen = {"x-account-id": str(places.acme.account.pk), "X-Workspace-Id": places.acme.account.hex_id}
    path = "/v1/leads" if door == "workspace" else READERS[door].format(here)
    body = json.dumps({"leadIds": [here.hex_id]} if door == "workspace" else {})
    before = checksums()

    answer = client.generic("DELETE", path, body, "application/json", headers=bearer(key) | chosen | LABEL)

    assert_refused(answer, door, 403, before=before)


@pytest.mark.parametrize("door", KEYED)
def test_a_person_whom_another_account_knows_is_new_here(client: Client, places: Town, door: str) -> None:
    """D16."""
    lead(places.initech.account, "jane@acme.com", team_id=places.team.pk)
    caller = visitor(places, door)

    answer = knock(client, caller, caller.body | {NAMED[door]: "Jane"}, LABEL)

    assert answer.status_code == taken(door)
    assert Lead.objects.get(account=caller.account).duplicate_of_id is None


@pytest.mark.parametrize("door", ["workspace", "api"])
def test_a_conflict_names_the_lead_of_the_own_account_alone(client: Client, places: Town, door: str) -> None:
    """D16."""
    theirs = lead(places.initech.account, "jane@acme.com", team_id=places.team.pk)
    ours = lead(places.acme.account, "jane@acme.com")
    type(ours.account).objects.filter(pk=ours.account_id).update(duplicate_policy="reject")
    caller, before = visitor(places, door), checksums()

    answer = knock(client, caller, caller.body, LABEL)

    named = {"workspace": "hex_id", "api": "pk"}[door]
    assert_refused(answer, door, 409, before=before)
    assert str(getattr(ours, named)) in answer.content.decode()
    assert theirs.hex_id not in answer.content.decode()
    assert answer.json().get("lead", ours.pk) == ours.pk


@pytest.mark.parametrize("door", DOORS)
def test_no_answer_of_a_door_may_be_kept_by_a_cache(client: Client, places: Town, door: str) -> None:
    """D17."""
    answer = knock(client, visitor(places, door), visitor(places, door).body | {NAMED[door]: "Jane"}, LABEL)

    assert (answer.status_code, answer.headers["Cache-Control"]) == (taken(door), "no-store")
    assert "ETag" not in answer.headers


def test_no_page_of_the_console_may_be_kept_by_a_cache(places: Town) -> None:
    """D17."""
    browser = console(places.acme.owner)

    for url in ("/admin/", list_url(Lead), list_url(AuditEntry)):
        page = browser.get(url)
        assert page.status_code == 200
        assert "no-store" in page.headers["Cache-Control"] and "ETag" not in page.headers
    assert [name for name in project.MIDDLEWARE if "cache" in name.lower() or "ConditionalGet" in name] == []

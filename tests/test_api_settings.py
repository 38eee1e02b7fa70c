"""The account's teams, members, settings, jobs and audit by the API."""

from datetime import date
from typing import Any

import pytest
from auditlog.registry import auditlog

from accounts.actors import Actor
from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, AuditEntry, DayOff, Holiday, Job, Membership
from accounts.roles import Role
from intake.api.audit import KINDS
from intake.models import QuarantinedLead
from teams import calendar
from teams.models import Rotation, Team
from tests.apis import Api, api_as, api_of
from tests.doors import bearer
from tests.people import Company, company, lead, platform_admin, source
from tests.settling import STAMPS, hub, standing_acme, without

pytestmark = pytest.mark.django_db
__all__ = ["hub", "standing_acme"]


@pytest.fixture
def owner(acme: Company) -> Api:
    return api_as(acme.owner, acme.account)


# --- teams ---


def test_a_team_is_made_changed_and_listed(acme: Company, hub: Api) -> None:
    made = hub.post("teams", {"name": "West", "members": ["REP1@acme.test", "rep2@acme.test"]})
    assert (hub.status, without(made, *STAMPS)) == (
        201, {"name": "West", "is_active": True, "members": ["rep1@acme.test", "rep2@acme.test"]},
    )  # fmt: skip

    changed = hub.patch(f"teams/{made['id']}", {"is_active": False, "members": ["rep2@acme.test"]})

    assert without(changed, *STAMPS) == {"name": "West", "is_active": False, "members": ["rep2@acme.test"]}
    assert hub.get(f"teams/{made['id']}") == changed
    assert (hub.get("teams")["items"], hub.get("teams", active="true")["items"]) == ([changed], [])
    events = AuditEntry.objects.for_account(acme.account).filter(content_type__model="team").order_by("pk")
    assert [(each.event, each.actor_email) for each in events] == [
        ("created", "owner@acme.test"), ("updated", "owner@acme.test"),
    ]  # fmt: skip


@pytest.mark.parametrize(("body", "field"), [
    ({}, "name"), ({"name": " "}, "name"), ({"name": "W", "members": ["owner@globex.test"]}, "members"),
    ({"name": "W", "members": "rep1@acme.test"}, "members"), ({"name": "W", "colour": "red"}, "colour"),
])  # fmt: skip
def test_a_team_that_cannot_be_is_refused(acme: Company, hub: Api, body: Any, field: str) -> None:
    company("Globex")

    problem = hub.post("teams", body)

    assert (hub.status, list(problem["errors"])) == (400, [field])
    assert not Team.objects.exists()


# --- members ---


def test_somebody_new_is_invited_and_his_password_shown_once(acme: Company, hub: Api) -> None:
    body = {"email": "Ann@Acme.test", "name": "Ann", "role": "agent"}

    made = hub.post("members", body, Idempotency_Key="k1")

    assert hub.status == 201
    assert (made["email"], made["role"], made["is_active"], bool(made["password"])) == (
        "ann@acme.test", "agent", True, True,
    )  # fmt: skip
    assert "password" not in hub.get(f"members/{made['id']}")
    problem = hub.post("members", body)
    assert (hub.status, problem["code"]) == (403, "ask_the_platform")


def test_only_an_owner_makes_and_changes_owners(acme: Company, hub: Api, owner: Api) -> None:
    admin = api_of(acme, Role.ADMIN)
    boss = Membership.objects.get(user=acme.owner)
    rep = Membership.objects.get(user=acme.reps[0])

    for caller in (hub, admin):
        for method, path, body in [
            ("POST", "members", {"email": "new@acme.test", "role": "owner"}),
            ("PATCH", f"members/{rep.pk}", {"role": "owner"}),
            ("PATCH", f"members/{boss.pk}", {"role": "agent"}),
            ("PATCH", f"members/{boss.pk}", {"is_active": False}),
        ]:  # fmt: skip
            problem = caller.send(method, path, body)
            assert (caller.status, problem["code"]) == (403, "owners_only")
    assert set(Membership.objects.filter(role="owner")) == {boss}

    assert owner.patch(f"members/{rep.pk}", {"role": "owner"})["role"] == "owner"


def test_an_account_keeps_an_owner(acme: Company, owner: Api) -> None:
    boss = Membership.objects.get(user=acme.owner)

    problem = owner.patch(f"members/{boss.pk}", {"is_active": False})

    assert (owner.status, problem["code"]) == (409, "last_owner")


def test_a_member_ends_and_works_at_his_hours(acme: Company, hub: Api) -> None:
    rep = Membership.objects.get(user=acme.reps[0])
    hours = {"mon": [["09:00", "17:00"]]}

    changed = hub.patch(f"members/{rep.pk}", {"time_zone": "Europe/Berlin", "working_hours": hours})
    assert (changed["time_zone"], changed["working_hours"]) == ("Europe/Berlin", hours)
    changed = hub.patch(f"members/{rep.pk}", {"time_zone": None, "working_hours": None, "is_active": False})

    assert (changed["time_zone"], changed["working_hours"], changed["is_active"]) == (None, None, False)
    emails = [each["email"] for each in hub.get("members", active="true", role="agent")["items"]]
    assert emails == ["rep2@acme.test"]


@pytest.mark.parametrize(("body", "field"), [
    ({"role": "king"}, "role"), ({"time_zone": "Berlin"}, "time_zone"), ({"email": "x@acme.test"}, "email"),
    ({"working_hours": {"mon": [["17:00", "09:00"]]}}, "working_hours"), ({"working_hours": 7}, "working_hours"),
    ({"is_active": None}, "is_active"),
])  # fmt: skip
def test_a_member_cannot_be_changed_so(acme: Company, hub: Api, body: Any, field: str) -> None:
    rep = Membership.objects.get(user=acme.reps[0])

    problem = hub.patch(f"members/{rep.pk}", body)

    assert (hub.status, list(problem["errors"])) == (400, [field])


def test_a_members_open_leads_are_handed_over_by_a_job(acme: Company, hub: Api) -> None:
    rep = Membership.objects.get(user=acme.reps[0])

    job = hub.post(f"members/{rep.pk}/hand-over")

    assert (hub.status, job["kind"], job["state"], job["created_by"]) == (
        202, "hand_over", "queued", "owner@acme.test",
    )  # fmt: skip
    assert hub.get(f"jobs/{job['id']}") == job


def test_days_off_keep_a_member_out(acme: Company, hub: Api, today: date) -> None:
    rep, day = Membership.objects.get(user=acme.reps[0]), today.isoformat()

    made = hub.post(f"members/{rep.pk}/days-off", {"first_date": day, "last_date": day, "note": "ill"})

    assert (hub.status, without(made, "id")) == (201, {"first_date": day, "last_date": day, "note": "ill"})
    assert lead(acme.account).owner_id == acme.reps[1].pk
    assert hub.get(f"members/{rep.pk}/days-off")["items"] == [made]
    hub.delete(f"members/{rep.pk}/days-off/{made['id']}")
    assert (hub.status, DayOff.objects.count()) == (204, 0)
    other = Membership.objects.get(user=acme.reps[1])
    off = DayOff.objects.create(account=acme.account, user=rep.user, first_date=day, last_date=day)
    hub.delete(f"members/{other.pk}/days-off/{off.pk}")
    assert (hub.status, DayOff.objects.count()) == (404, 1)


@pytest.mark.parametrize(("body", "field"), [
    ({"first_date": "2026-08-03"}, "last_date"), ({"first_date": "2026-08-03", "last_date": "2026-08-02"}, "last_date"),
    ({"first_date": "3.8.2026", "last_date": "2026-08-03"}, "first_date"),
    ({"first_date": "0001-01-01", "last_date": "2026-08-03"}, "first_date"),
    ({"first_date": "2026-02-30", "last_date": "2026-08-03"}, "first_date"),
])  # fmt: skip
def test_days_off_that_cannot_be_are_refused(acme: Company, hub: Api, body: Any, field: str) -> None:
    rep = Membership.objects.get(user=acme.reps[0])

    problem = hub.post(f"members/{rep.pk}/days-off", body)

    assert (hub.status, list(problem["errors"])) == (400, [field])


def test_a_holiday_is_once_a_day_and_can_be_taken_away(acme: Company, hub: Api) -> None:
    made = hub.post("holidays", {"date": "2026-12-25", "name": "Christmas"})
    assert (hub.status, without(made, "id")) == (201, {"date": "2026-12-25", "name": "Christmas"})

    problem = hub.post("holidays", {"date": "2026-12-25", "name": "Again"})
    assert (hub.status, problem["code"]) == (409, "holiday_already")

    assert hub.get("holidays")["items"] == [made]
    hub.delete(f"holidays/{made['id']}")
    assert (hub.status, Holiday.objects.count()) == (204, 0)


def test_days_to_come_have_a_bound_and_days_past_do_not_count(
    acme: Company, hub: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar, "MOST_DAYS_OFF", 1)
    monkeypatch.setattr(calendar, "MOST_HOLIDAYS", 1)
    days_off = f"members/{Membership.objects.get(user=acme.reps[0]).pk}/days-off"

    for path, past, day in (
        (days_off, {"first_date": "2001-01-01", "last_date": "2001-01-01"}, "first_date"),
        ("holidays", {"date": "2001-01-01", "name": "Past"}, "date"),
    ):
        to_come = past | dict.fromkeys(["last_date"] if path == days_off else [], "2099-12-31")
        hub.post(path, past)
        hub.post(path, to_come | {day: "2099-12-30"})
        assert hub.status == 201
        problem = hub.post(path, to_come | {day: "2099-12-31"})
        assert (hub.status, problem["code"]) == (409, "too_many")
    assert (DayOff.objects.count(), Holiday.objects.count()) == (2, 2)


# --- the account, jobs, audit ---


def test_the_accounts_settings_are_read_and_changed(acme: Company, hub: Api) -> None:
    changed = hub.patch(
        "account", {"duplicate_policy": "reject", "default_country": "de", "time_zone": "Europe/Berlin"}
    )

    assert without(changed, "created_at") == {
        "id": acme.account.pk, "name": "Acme", "duplicate_policy": "reject", "default_country": "DE",
        "time_zone": "Europe/Berlin",
    }  # fmt: skip
    assert hub.get("account") == changed


@pytest.mark.parametrize(("body", "field"), [
    ({"default_country": "XX"}, "default_country"), ({"default_country": "Germany"}, "default_country"),
    ({"time_zone": "Mars"}, "time_zone"), ({"duplicate_policy": "drop"}, "duplicate_policy"), ({"name": ""}, "name"),
    ({"is_platform": True}, "is_platform"), ({"suspended_at": None}, "suspended_at"), ({"name": "x" * 201}, "name"),
])  # fmt: skip
def test_settings_that_cannot_be_are_refused(acme: Company, hub: Api, body: Any, field: str) -> None:
    problem = hub.patch("account", {"time_zone": "Europe/Berlin"} | body)

    assert (hub.status, list(problem["errors"])) == (400, [field])
    assert Account.objects.get(pk=acme.account.pk).time_zone == "UTC"


@pytest.mark.parametrize("path", ["account", "sources/{}"])
def test_a_country_in_words_is_told_how_it_is_given(acme: Company, hub: Api, path: str) -> None:
    vendor, _ = source(acme.account, acme.owner, "Vendor")

    problem = hub.patch(path.format(vendor.pk), {"default_country": "Germany"})

    assert problem["errors"] == {"default_country": ["Use two letters, such as US."]}


def test_a_failed_job_is_tried_again(acme: Company, hub: Api) -> None:
    job = Job.objects.start("nothing", account=acme.account, actor=Actor(), title="Work", arguments={})
    problem = hub.post(f"jobs/{job.pk}/retry")
    assert (hub.status, problem["code"]) == (409, "conflict")
    Job.objects.update(state="failed", error="Boom")
    assert [each["error"] for each in hub.get("jobs", state="failed")["items"]] == ["Boom"]

    assert hub.post(f"jobs/{job.pk}/retry")["state"] == "queued"


def test_the_audit_tells_what_happened_to_a_lead(acme: Company, hub: Api) -> None:
    jane = lead(acme.account)
    hub.post(f"leads/{jane.pk}/status", {"status": "lost"}, X_Request_Id="trace-3")

    entries = hub.get("audit", object=f"lead:{jane.pk}")["items"]

    key = ApiKey.objects.get(kind=KeyKind.ACCOUNT, account=acme.account).public_id
    assert [each["event"] for each in entries] == ["lead_updated", "lead_created"]
    assert without(entries[0], "id", "at", "request") == {
        "event": "lead_updated", "object": {"kind": "lead", "id": jane.pk}, "actor": "owner@acme.test", "key": key,
        "door": "api", "changes": {"status": ["new", "lost"]}, "details": {},
    }  # fmt: skip
    path = f"/api/v1/leads/{jane.pk}/status"
    asked = {"id": "trace-3", "method": "POST", "path": path, "address": "127.0.0.1"}
    assert entries[0]["request"] == asked
    assert hub.get("audit", event="lead_created", object=f"lead:{jane.pk}")["items"] == entries[1:]
    assert hub.get("audit", after=entries[0]["at"], actor="Owner@acme.test", event="lead_updated")["items"]


def test_the_audit_names_a_refused_payload_as_it_is_asked_for(acme: Company, hub: Api) -> None:
    vendor, _ = source(acme.account, acme.owner)
    kept = QuarantinedLead.objects.create(account=acme.account, lead_source=vendor, door="source", payload=b"{}")
    hub.post(f"quarantine/{kept.pk}/discard", {"note": "A test."})

    [entry] = hub.get("audit", object=f"payload:{kept.pk}")["items"]

    assert (entry["object"], entry["details"]["note"]) == ({"kind": "payload", "id": kept.pk}, "A test.")


def test_whatever_of_an_account_is_recorded_has_a_name_in_the_audit() -> None:
    recorded = {model._meta.model_name for model in auditlog.get_models()}

    assert recorded - KINDS.keys() == {"user"}, "a person is in no account's audit"


@pytest.mark.parametrize(("query", "field"), [
    ({"object": "lead"}, "object"), ({"object": "cat:1"}, "object"), ({"object": "lead:x"}, "object"),
    ({"object": f"lead:{10**18}"}, "object"), ({"event": "birth"}, "event"), ({"after": "now"}, "after"),
])  # fmt: skip
def test_an_audit_query_that_cannot_be_used_is_refused(hub: Api, query: dict[str, str], field: str) -> None:
    problem = hub.get("audit", **query)

    assert (hub.status, list(problem["errors"])) == (400, [field])


def test_nothing_of_another_account_is_listed_or_found(acme: Company, hub: Api) -> None:
    globex = company("Globex", reps=1)
    theirs, _ = source(globex.account, globex.owner)
    lead(globex.account)
    job = Job.objects.start("nothing", account=globex.account, actor=Actor(), title="Work", arguments={})
    rows = {
        "teams": Team.objects.create(account=globex.account, name="East").pk,
        "members": Membership.objects.get(user=globex.owner).pk,
        "sources": theirs.pk,
        "rotations": Rotation.objects.get(account=globex.account).pk,
        "keys": ApiKey.objects.filter(account=globex.account).latest("pk").pk,
        "jobs": job.pk,
    }

    for name, pk in rows.items():
        assert pk not in [each["id"] for each in hub.get(name)["items"]]
        foreign, missing = (hub.get(f"{name}/{each}") for each in (pk, 10**17))
        assert hub.status == 404
        assert without(foreign, "instance", "traceId") == without(missing, "instance", "traceId")
    assert hub.get("audit", object=f"source:{theirs.pk}")["items"] == []


def test_a_platform_administrator_adds_somebody_who_has_a_log_in(acme: Company) -> None:
    stranger = company("Globex").owner
    admin = api_as(platform_admin(), acme.account)

    made = admin.post("members", {"email": stranger.email, "role": "owner"})

    assert (admin.status, made["password"], made["role"]) == (201, None, "owner")


def test_a_key_that_a_platform_administrator_made_for_an_account_is_not_above_it(acme: Company) -> None:
    stranger, admin = company("Globex").owner, platform_admin()
    hub = Api(bearer(ApiKey.objects.issue(KeyKind.ACCOUNT, user=admin, account=acme.account)[1]))
    before = Membership.objects.count()

    refused = [
        hub.post("members", {"email": stranger.email, "role": "agent"})["code"],
        hub.post("members", {"email": "new@acme.test", "role": "owner"})["code"],
        hub.patch(f"members/{Membership.objects.get(user=acme.reps[0]).pk}", {"role": "owner"})["code"],
    ]

    assert refused == ["ask_the_platform", "owners_only", "owners_only"]
    assert Membership.objects.count() == before


LISTS = [
    ("leads/archive", "ids", ["x"] * 501), ("rules/order", "ids", ["x"] * 1001), ("teams", "members", [7] * 501),
    ("sources", "teams", ["x"] * 501), ("rotations", "members", [{}] * 501), ("forms", "fields", [{}] * 501),
    ("forms", "allowed_origins", [7] * 51),
]  # fmt: skip


@pytest.mark.parametrize(("path", "name", "wrong"), LISTS)
def test_a_list_that_is_too_long_is_not_looked_at(hub: Api, path: str, name: str, wrong: Any) -> None:
    named = {} if name == "ids" else {"name": "West"}

    problem = hub.post(path, {name: wrong, **named})

    assert (hub.status, [len(each) for each in problem["errors"].values()]) == (400, [1])
    assert list(problem["errors"]) == [name]


def test_of_many_names_that_are_wrong_fifty_are_told(hub: Api) -> None:
    problem = hub.post("teams", {f"k{number:03}": 1 for number in range(200)})

    assert (hub.status, list(problem["errors"])) == (400, [f"k{number:03}" for number in range(50)])
    assert problem["detail"].count(";") == 49

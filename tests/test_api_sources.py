"""The account's sources, keys and rotations by the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.keyformat import KeyKind
from accounts.models import ApiKey, LoginSession
from teams.models import LeadSource, Rotation, SourceKey, Team
from tests.apis import Api
from tests.doors import bearer
from tests.people import Company, company, lead, source
from tests.settling import STAMPS, hub, standing_acme, without

pytestmark = pytest.mark.django_db
__all__ = ["hub", "standing_acme"]

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


# --- sources and keys ---


def test_a_source_is_made_changed_and_listed(acme: Company, hub: Api) -> None:
    team = Team.objects.create(account=acme.account, name="West")
    rules = {
        "allowed_states": ["CA"], "allowed_products": [], "requires_certificate": True, "daily_limit": 5,
        "takes_get": False, "default_tags": ["vendor"], "default_country": "DE", "cost_per_lead": "12.50",
    }  # fmt: skip

    made = hub.post("sources", {"name": "Vendor", "teams": [team.pk], **rules})

    assert hub.status == 201
    nothing = {"accepted": 0, "duplicate": 0, "refused": 0}
    counts = {"today": nothing, "last_30_days": nothing, "last_used_at": None}
    named = {"name": "Vendor", "is_active": True, "teams": [team.pk]}
    assert without(made, "uuid", *STAMPS) == named | rules | counts
    changed = hub.patch(f"sources/{made['id']}", {"teams": [], "daily_limit": None, "default_country": None})
    assert (changed["teams"], changed["daily_limit"], changed["default_country"]) == ([], None, None)
    assert hub.get("sources", name="vendor")["items"] == [changed]


@pytest.mark.parametrize(("body", "field"), [
    ({"teams": [10**17]}, "teams"), ({"default_country": "XX"}, "default_country"), ({"daily_limit": 0}, "daily_limit"),
    ({"cost_per_lead": "-1"}, "cost_per_lead"), ({"cost_per_lead": "1.234"}, "cost_per_lead"), ({"name": ""}, "name"),
    ({"allowed_states": ["x" * 65]}, "allowed_states.0"), ({"uuid": "x"}, "uuid"), ({"name": None}, "name"),
])  # fmt: skip
def test_a_source_cannot_be_changed_so(acme: Company, hub: Api, body: Any, field: str) -> None:
    made, _ = source(acme.account, acme.owner)

    problem = hub.patch(f"sources/{made.pk}", body)

    assert (hub.status, list(problem["errors"])) == (400, [field])
    assert LeadSource.objects.get().name == "Vendor"


def test_a_sources_key_is_replaced_while_the_old_one_still_goes(acme: Company, hub: Api) -> None:
    with time_machine.travel(NOW, tick=False):
        made, old = source(acme.account, acme.owner)
        new = hub.post(f"sources/{made.pk}/rotate-key", {"overlap_hours": 2}, Idempotency_Key="k1")

        assert (hub.status, new["kind"], new["expires_at"], new["secret"][:7]) == (201, "source", None, "sk_src_")
        shown = hub.get(f"sources/{made.pk}/keys")["items"]
        assert [(each["id"] == new["id"], each["expires_at"]) for each in shown] == [
            (True, None), (False, "2026-03-02T11:00:00.000Z"),
        ]  # fmt: skip
        assert "secret" not in shown[0]

    intake = {"X-Leadping-Source-Id": str(made.uuid)}
    statuses = {}
    ApiKey.objects.filter(expires_at__isnull=False).update(expires_at=datetime.now(UTC) + timedelta(minutes=1))
    for name, secret in (("old", old), ("new", new["secret"])):
        headers = intake | {"X-Leadping-Source-Key": secret}
        answer = hub.client.post("/leads/intake", {"email": f"{name}@example.com"}, "application/json", headers=headers)
        statuses[name] = answer.status_code
    assert statuses == {"old": 201, "new": 201}


def test_with_no_overlap_the_old_key_ends_at_once(acme: Company, hub: Api) -> None:
    made, old = source(acme.account, acme.owner)

    hub.post(f"sources/{made.pk}/rotate-key", {"overlap_hours": 0})

    headers = {"X-Leadping-Source-Id": str(made.uuid), "X-Leadping-Source-Key": old}
    answer = hub.client.post("/leads/intake", {"email": "a@example.com"}, "application/json", headers=headers)
    assert (answer.status_code, SourceKey.objects.count()) == (401, 2)


def test_an_accounts_key_is_shown_once_and_revoked(acme: Company, hub: Api) -> None:
    made = hub.post("keys", {"name": "Website"}, Idempotency_Key="k1")

    assert (hub.status, made["kind"], made["name"], made["is_usable"]) == (201, "account", "Website", True)
    site = Api({"X-Api-Key": made["secret"]})
    site.get("me")
    assert site.status == 200
    assert "secret" not in hub.get(f"keys/{made['id']}")
    assert made["id"] in [each["id"] for each in hub.get("keys", usable="true")["items"]]

    hub.delete(f"keys/{made['id']}")

    site.get("me")
    assert (hub.status, site.status) == (204, 401)
    assert [each["id"] for each in hub.get("keys", usable="false")["items"]] == [made["id"]]


@pytest.mark.parametrize("expires_at", ["2020-01-01T00:00:00Z", "2199-01-01T00:00:00Z", "soon", 7])
def test_a_key_ends_at_a_time_to_come(hub: Api, expires_at: Any) -> None:
    count = ApiKey.objects.count()

    problem = hub.post("keys", {"expires_at": expires_at})

    assert (hub.status, list(problem["errors"]), ApiKey.objects.count()) == (400, ["expires_at"], count)


def test_a_key_made_by_a_session_does_not_outlive_the_key_that_opened_it(acme: Company) -> None:
    ends = datetime.now(UTC) + timedelta(days=1)
    own, _ = ApiKey.objects.issue(KeyKind.USER, user=acme.owner, expires_at=ends)
    _, token = LoginSession.objects.open(acme.owner, key=own)

    Api(bearer(token) | {"x-account-id": str(acme.account.pk)}).post("keys", {"name": "for ever"})

    assert ApiKey.objects.get(name="for ever").expires_at == ends


def test_a_personal_key_is_none_of_the_accounts(acme: Company, hub: Api) -> None:
    own = ApiKey.objects.get(kind=KeyKind.USER, user=acme.owner)

    hub.delete(f"keys/{own.pk}")

    assert hub.status == 404
    assert ApiKey.objects.get(pk=own.pk).revoked_at is None


# --- rotations ---


def test_a_rotation_is_made_changed_and_listed(acme: Company, hub: Api) -> None:
    team = Team.objects.create(account=acme.account, name="West")
    members = [
        {"user": "rep2@acme.test", "weight": 2, "is_paused": False, "daily_cap": 20},
        {"user": "rep1@acme.test", "weight": 1, "is_paused": True, "daily_cap": None},
    ]

    made = hub.post("rotations", {
        "name": "West", "team": team.pk, "fallback": "owner@acme.test", "contact_minutes": 60, "members": members,
    })  # fmt: skip

    assert (hub.status, without(made, *STAMPS)) == (201, {
        "name": "West", "team": team.pk, "status": "active", "fallback": "owner@acme.test", "contact_minutes": 60,
        "max_hops": 2, "members": members,
    })  # fmt: skip
    changed = hub.patch(f"rotations/{made['id']}", {"fallback": None, "contact_minutes": None, "members": members[:1]})
    assert (changed["fallback"], changed["contact_minutes"], changed["members"]) == (None, None, members[:1])
    assert hub.get("rotations", team=team.pk, status="active")["items"] == [changed]


def test_turns_outlast_a_change_of_places(acme: Company, hub: Api) -> None:
    lead(acme.account)
    row = Rotation.objects.get()

    hub.patch(f"rotations/{row.pk}", {"members": [{"user": "rep1@acme.test", "weight": 2}, {"user": "rep2@acme.test"}]})

    assert Rotation.objects.get().state == row.state
    assert lead(acme.account, "second@example.com").owner_id == acme.reps[1].pk


def test_one_rotation_is_active_and_the_next_waits(acme: Company, hub: Api) -> None:
    first = Rotation.objects.get()

    second = hub.post("rotations", {"name": "Next"})
    assert second["status"] == "queued"
    problem = hub.patch(f"rotations/{second['id']}", {"status": "active"})
    assert (hub.status, problem["code"], list(problem["errors"])) == (409, "another_is_active", ["status"])
    problem = hub.post("rotations", {"name": "Third", "status": "active"})
    assert (hub.status, problem["code"]) == (409, "another_is_active")

    assert hub.patch(f"rotations/{first.pk}", {"status": "archived"})["status"] == "archived"
    assert hub.get(f"rotations/{second['id']}")["status"] == "active"


@pytest.mark.parametrize(("body", "field"), [
    ({"members": [{"user": "owner@globex.test"}]}, "members"), ({"fallback": "owner@globex.test"}, "fallback"),
    ({"members": [{"user": "rep1@acme.test"}, {"user": "REP1@acme.test"}]}, "members"),
    ({"members": [{"user": "rep1@acme.test", "weight": 0}]}, "members.weight"), ({"team": 10**17}, "team"),
    ({"members": [{"user": "rep1@acme.test", "weight": 1001}]}, "members.weight"), ({"max_hops": 21}, "max_hops"),
    ({"members": [{"user": "rep1@acme.test", "daily_cap": 0}]}, "members.daily_cap"), ({"status": "on"}, "status"),
    ({"contact_minutes": 43_201}, "contact_minutes"), ({"state": {}}, "state"), ({"members": [{}]}, "members.user"),
])  # fmt: skip
def test_a_rotation_cannot_be_changed_so(acme: Company, hub: Api, body: Any, field: str) -> None:
    company("Globex")
    row = Rotation.objects.get(account=acme.account)
    before = hub.get(f"rotations/{row.pk}")

    problem = hub.patch(f"rotations/{row.pk}", {"name": "New"} | body)

    assert (hub.status, [name.replace(".0", "") for name in problem["errors"]]) == (400, [field])
    assert hub.get(f"rotations/{row.pk}") == before

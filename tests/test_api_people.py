"""Users, accounts, and what is a person's own, by the API."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from accounts.actors import Actor
from accounts.callers import Caller
from accounts.issuing import change_key
from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, AuditEntry, LoginSession, Membership, User
from accounts.roles import Role
from accounts.suspension import suspend
from intake.models import QuarantinedLead
from leads.drafts import LeadDraft
from leads.models import Notice
from teams.members import set_membership, set_working_time
from teams.models import Rotation
from tests.apis import Api, api, api_as, api_of
from tests.doors import bearer
from tests.people import Company, arrive, company, lead, platform_admin

pytestmark = pytest.mark.django_db
STAMPS = ("id", "created_at")


@pytest.fixture
def acme() -> Company:
    return company("Acme", reps=2)


@pytest.fixture
def platform() -> Api:
    """A platform administrator, who names no account."""
    return anywhere(platform_admin())


def anywhere(user: User) -> Api:
    return Api(bearer(ApiKey.objects.issue(KeyKind.USER, user=user)[1]))


def without(answer: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in names}


# --- users ---


def test_somebody_is_added_and_gets_a_password_that_works(platform: Api) -> None:
    made = platform.post("users", {"email": "Ann@New.test", "name": "Ann"})

    assert (platform.status, without(made, *STAMPS, "password")) == (201, {
        "email": "ann@new.test", "name": "Ann", "is_active": True, "is_platform_admin": False, "memberships": [],
        "last_login_at": None,
    })  # fmt: skip
    assert User.objects.get(pk=made["id"]).check_password(made["password"])
    assert platform.get(f"users/{made['id']}") == without(made, "password")
    problem = platform.post("users", {"email": "ann@new.test"})
    assert (platform.status, problem["code"], list(problem["errors"])) == (409, "email_taken", ["email"])


def test_a_person_is_shown_with_his_memberships_and_found(acme: Company, platform: Api) -> None:
    found = platform.get("users", email="REP1@acme.test")["items"]

    within = {"id": acme.account.pk, "name": "Acme"}
    place = Membership.objects.get(user=acme.reps[0]).pk
    assert [each["memberships"] for each in found] == [
        [{"id": place, "account": within, "role": "agent", "is_active": True}]
    ]
    assert len(platform.get("users", account=acme.account.pk)["items"]) == 3
    assert len(platform.get("users", platform_admin="true")["items"]) == 1


def test_a_person_is_changed_shut_out_and_let_in_again(acme: Company, platform: Api) -> None:
    rep = acme.reps[0]

    changed = platform.patch(f"users/{rep.pk}", {"email": "Eve@acme.test", "name": None, "is_active": False})

    assert (changed["email"], changed["name"], changed["is_active"]) == ("eve@acme.test", None, False)
    assert lead(acme.account).owner_id == acme.reps[1].pk
    assert platform.patch(f"users/{rep.pk}", {"is_active": True})["is_active"] is True
    entry = AuditEntry.objects.filter(object_id=rep.pk, content_type__model="user").latest("pk")
    assert (entry.actor_email, entry.door) == ("admin@platform.test", "api")


@pytest.mark.parametrize(("body", "status", "field"), [
    ({"email": "rep2@acme.test"}, 409, "email"), ({"email": "nobody"}, 400, "email"), ({"email": None}, 400, "email"),
    ({"is_active": None}, 400, "is_active"), ({"password": "x"}, 400, "password"), ({"name": "x" * 201}, 400, "name"),
])  # fmt: skip
def test_a_person_cannot_be_changed_so(acme: Company, platform: Api, body: Any, status: int, field: str) -> None:
    before = User.objects.values().get(pk=acme.reps[0].pk)

    problem = platform.patch(f"users/{acme.reps[0].pk}", {"is_platform_admin": True} | body)

    assert (platform.status, list(problem["errors"])) == (status, [field])
    assert User.objects.values().get(pk=acme.reps[0].pk) == before


@pytest.mark.parametrize("field", ["is_active", "is_platform_admin"])
def test_nobody_takes_his_own_place_from_himself(platform: Api, field: str) -> None:
    admin = User.objects.get(is_platform_admin=True)

    problem = platform.patch(f"users/{admin.pk}", {field: False})

    assert (platform.status, problem["code"], list(problem["errors"])) == (409, "yourself", [field])


def test_a_new_password_ends_the_log_ins_and_is_shown_once(acme: Company, platform: Api) -> None:
    answer = platform.post(f"users/{acme.owner.pk}/reset-password", Idempotency_Key="k1")
    again = platform.post(f"users/{acme.owner.pk}/reset-password", Idempotency_Key="k1")

    acme.owner.refresh_from_db()
    assert acme.owner.check_password(again["password"])
    assert answer["password"] != again["password"]
    assert not LoginSession.objects.usable().filter(user=acme.owner).exists()


def test_log_ins_are_ended_at_the_door_and_in_the_console(acme: Company, platform: Api) -> None:
    platform.client.force_login(acme.owner)

    platform.post(f"users/{acme.owner.pk}/log-out")

    assert (platform.status, Session.objects.count()) == (204, 0)
    assert not LoginSession.objects.usable().filter(user=acme.owner).exists()
    assert ApiKey.objects.usable().filter(user=acme.owner, kind=KeyKind.USER).exists()


def test_a_person_s_own_keys_are_listed_and_revoked(acme: Company, platform: Api) -> None:
    [key] = platform.get(f"users/{acme.owner.pk}/keys")["items"]

    platform.delete(f"users/{acme.reps[0].pk}/keys/{key['id']}")
    assert platform.status == 404
    platform.delete(f"users/{acme.owner.pk}/keys/{key['id']}")

    assert (platform.status, key["kind"]) == (204, "user")
    assert Api(bearer(acme.user_key)).get("accounts")["status"] == 401


def test_an_accounts_key_made_by_a_platform_administrator_does_not_reach_users(acme: Company) -> None:
    secret = ApiKey.objects.issue(KeyKind.ACCOUNT, user=platform_admin(), account=acme.account)[1]
    hub = Api(bearer(secret))

    for path in ("users", f"users/{acme.owner.pk}"):
        hub.get(path)
        assert hub.status == 403


# --- accounts ---


def test_a_person_finds_his_accounts_without_naming_one(acme: Company) -> None:
    globex = company("Globex")
    Membership.objects.create(account=globex.account, user=acme.reps[0], role=Role.VIEWER)
    rep = anywhere(acme.reps[0])

    assert [(each["name"], each["role"]) for each in rep.get("accounts")["items"]] == [
        ("Acme", "agent"), ("Globex", "viewer"),
    ]  # fmt: skip
    suspend(globex.account, actor=Actor())
    assert [each["name"] for each in rep.get("accounts")["items"]] == ["Acme"]
    rep.get(f"accounts/{globex.account.pk}")
    assert rep.status == 404
    assert [each["name"] for each in api(acme).get("accounts")["items"]] == ["Acme"]


def test_who_has_no_account_open_is_told_so(acme: Company) -> None:
    Membership.objects.filter(user=acme.reps[0]).update(is_active=False)
    rep = anywhere(acme.reps[0])

    assert (rep.get("accounts")["code"], rep.status) == ("no_account_open", 403)


def test_an_account_is_made_with_its_owner_and_settings(platform: Api) -> None:
    made = platform.post("accounts", {
        "name": "Globex", "owner": "hank@globex.test", "default_country": "de", "time_zone": "Europe/Berlin",
        "duplicate_policy": "update",
    })  # fmt: skip

    assert (platform.status, without(made, *STAMPS, "password")) == (201, {
        "name": "Globex", "duplicate_policy": "update", "default_country": "DE", "time_zone": "Europe/Berlin",
        "is_platform": False, "suspended_at": None, "role": None,
    })  # fmt: skip
    owner = Membership.objects.get(account=made["id"])
    assert (owner.user.email, owner.role) == ("hank@globex.test", "owner")
    assert owner.user.check_password(made["password"])


@pytest.mark.parametrize(("body", "field"), [
    ({"name": "A", "time_zone": "Mars"}, "time_zone"), ({"owner": "a@b.test"}, "name"),
    ({"name": "A", "owner": "nobody"}, "owner"), ({"name": "A", "suspended_at": None, "plan": "x"}, "plan"),
])  # fmt: skip
def test_an_account_that_cannot_be_is_not_made(platform: Api, body: Any, field: str) -> None:
    problem = platform.post("accounts", body)

    assert (platform.status, list(problem["errors"])) == (400, [field])
    assert not Account.objects.filter(is_platform=False).exists()


def test_an_account_is_suspended_and_let_in_again(acme: Company, platform: Api) -> None:
    suspended = platform.post(f"accounts/{acme.account.pk}/suspend")
    assert suspended["suspended_at"] is not None
    assert (api(acme).get("me")["code"], platform.get("accounts", suspended="true")["items"]) == (
        "account_suspended", [suspended],
    )  # fmt: skip

    assert platform.post(f"accounts/{acme.account.pk}/resume")["suspended_at"] is None
    problem = platform.post(f"accounts/{Account.objects.platform().pk}/suspend")
    assert (platform.status, problem["code"]) == (409, "platform_account")


# --- oneself ---


def test_one_changes_one_s_name_and_how_one_is_told(acme: Company) -> None:
    rep = api_as(acme.reps[0], acme.account)

    assert rep.patch("me", {"name": "Ann", "wants_mail": False})["user"] == rep.get("me")["user"]

    acme.reps[0].refresh_from_db()
    assert (acme.reps[0].name, acme.reps[0].wants_bell, acme.reps[0].wants_mail) == ("Ann", True, False)


@pytest.mark.parametrize("path", ["me", "me/keys", "notices", "notices/read"])
def test_an_accounts_key_is_nobody_and_owns_nothing(acme: Company, path: str) -> None:
    hub = api(acme)

    problem = hub.send("PATCH" if path == "me" else "POST" if "read" in path else "GET", path, {})

    assert (hub.status, problem["code"]) == (403, "wrong_credential_kind")


def test_a_key_of_one_s_own_is_made_renamed_and_revoked(acme: Company) -> None:
    rep = api_as(acme.reps[0], acme.account)
    made = rep.post("me/keys", {"name": "Script"})

    mine = Api(bearer(made["secret"]))
    assert [each["name"] for each in mine.get("accounts")["items"]] == ["Acme"]
    changed = rep.patch(f"me/keys/{made['id']}", {"name": None, "expires_at": "2099-01-01T00:00:00Z"})
    assert (changed["name"], changed["expires_at"]) == (None, "2099-01-01T00:00:00.000Z")
    rep.delete(f"me/keys/{made['id']}")
    mine.get("accounts")

    assert (rep.status, mine.status) == (204, 401)
    rep.get(f"me/keys/{ApiKey.objects.get(kind=KeyKind.USER, user=acme.owner).pk}")
    assert rep.status == 404


def test_one_reads_one_s_own_notices_and_nobody_else_s(acme: Company) -> None:
    for number in range(3):
        lead(acme.account, f"{number}@example.com")
    rep, other = (api_as(user, acme.account) for user in acme.reps)
    [newest, oldest] = rep.get("notices")["items"]
    assert (newest["kind"], newest["read_at"], len(other.get("notices")["items"])) == ("new_lead", None, 1)

    assert rep.post("notices/read", {"ids": [oldest["id"], Notice.objects.get(user=acme.reps[1]).pk]}) == {"read": 1}

    assert rep.get("notices", unread="true")["items"] == [newest]
    assert rep.post("notices/read") == {"read": 1}
    assert len(other.get("notices", unread="true")["items"]) == 1


# --- what the console tells ---


def test_an_agent_reads_what_happened_to_his_lead_but_not_through_which_request(acme: Company) -> None:
    his, hers = lead(acme.account, "1@example.com"), lead(acme.account, "2@example.com")
    owner, rep = api_of(acme, Role.ADMIN), api_as(acme.reps[0], acme.account)
    owner.post(f"leads/{his.pk}/status", {"status": "lost"})

    [moved, made] = rep.get(f"leads/{his.pk}/timeline")["items"]

    assert (moved["event"], moved["changes"], moved["request"]) == ("lead_updated", {"status": ["new", "lost"]}, None)
    assert made["event"] == "lead_created"
    assert owner.get(f"leads/{his.pk}/timeline", event="lead_updated")["items"][0]["request"]["method"] == "POST"
    assert (rep.get(f"leads/{hers.pk}/timeline")["code"], rep.status) == ("unknown_lead", 404)


@pytest.mark.usefixtures("today")
def test_a_rotation_tells_whose_turn_is_next(acme: Company) -> None:
    lead(acme.account)
    hub, row = api(acme), Rotation.objects.get()

    stands = hub.get(f"rotations/{row.pk}/standing")

    assert stands["upcoming"] == [f"rep{number}@acme.test" for number in (2, 1, 2, 1, 2)]
    assert [(each["user"], each["today"], each["is_next"]) for each in stands["members"]] == [
        ("rep1@acme.test", 1, False), ("rep2@acme.test", 0, True),
    ]  # fmt: skip
    Rotation.objects.update(status="archived")
    assert hub.get(f"rotations/{row.pk}/standing") == {"members": [], "upcoming": [], "fallback": None}


@pytest.mark.usefixtures("today")
def test_a_form_tells_what_came_of_what_was_sent_by_it(acme: Company) -> None:
    hub = api(acme)
    form = hub.post("forms", {"name": "Website"})
    arrive(acme.account, LeadDraft(email="a@b.test", attribution={"form": form["public_id"]}), door="form")
    QuarantinedLead.objects.create(account=acme.account, form_id=form["id"], door="form", code="bot", payload=b"{}")

    tally = {"accepted": 1, "quarantined": 1}
    shown = hub.get(f"forms/{form['id']}")
    assert (shown["today"], shown["last_30_days"]) == (tally, tally)


def test_an_accounts_key_is_renamed_and_given_an_end(acme: Company) -> None:
    hub = api(acme)
    made = hub.post("keys", {"name": "Website"})

    changed = hub.patch(f"keys/{made['id']}", {"name": "Site", "expires_at": "2099-01-01T00:00:00Z"})

    assert changed == without(made, "secret") | {"name": "Site", "expires_at": "2099-01-01T00:00:00.000Z"}
    problem = hub.patch(f"keys/{made['id']}", {"expires_at": "2020-01-01T00:00:00Z"})
    assert (hub.status, list(problem["errors"])) == (400, ["expires_at"])


# --- two who change one thing ---


EARLIER, LATER = datetime(2098, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
WEEK = {"mon": [["09:00", "17:00"]]}


def place(acme: Company) -> Membership:
    return acme.reps[0].memberships.get()


def own_key(acme: Company) -> ApiKey:
    return ApiKey.objects.issue(KeyKind.USER, user=acme.reps[0], name="Script", expires_at=LATER)[0]


def renew(key: ApiKey, name: str | None = None, expires_at: datetime | None = None) -> None:
    change_key(key, name=name, expires_at=expires_at, by=Caller(KeyKind.USER, key.user))


@pytest.mark.parametrize(("row", "verb", "first", "second", "stored"), [
    (place, set_membership, {"is_active": False}, {"role": "manager"}, None),
    (place, set_membership, {"role": "manager"}, {"is_active": False}, None),
    (place, set_working_time, {"time_zone": "UTC"}, {"working_hours": WEEK}, None),
    (place, set_working_time, {"working_hours": WEEK}, {"time_zone": "UTC"}, None),
    (lambda acme: acme.reps[0], User.choose_notices, {"bell": False}, {"mail": False},
        {"wants_bell": False, "wants_mail": False}),
    (own_key, renew, {"expires_at": EARLIER}, {"name": "Job"}, None),
    (own_key, renew, {"name": "Job"}, {"expires_at": EARLIER}, None),
])  # fmt: skip
def test_a_change_keeps_what_somebody_else_changed_since_the_row_was_read(
    acme: Company, row: Any, verb: Any, first: dict[str, Any], second: dict[str, Any], stored: dict[str, Any] | None
) -> None:
    stale = row(acme)
    verb(type(stale).objects.get(pk=stale.pk), **first)

    verb(stale, **second)

    now = type(stale).objects.get(pk=stale.pk)
    wanted = stored or first | second
    assert {name: getattr(now, name) for name in wanted} == wanted

"""Logging in and out at the account door, and how often that may fail; the console counts along."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as project
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.actors import Actor
from accounts.hashing import AT_ONCE
from accounts.keyformat import KeyKind
from accounts.logins import network_of
from accounts.models import Account, ApiKey, LoginSession, Membership, RateCount, User
from leadhub.lib.times import milliseconds
from teams.members import reset_password
from tests.clock import stop_the_clock
from tests.doors import post
from tests.people import PASSWORD, Company, platform_admin
from tests.setup_calls import ask, said
from tests.waiting import PATIENCE

pytestmark = pytest.mark.django_db

WRONG = (401, {"error": "invalid credentials"})
NEEDED = (400, {"error": "email and password are required, or apiKey and apiSecret"})
EMAIL = "owner@acme.test"
# Before a test is given quick ones.
REAL_HASHERS = project.PASSWORD_HASHERS
NOON = datetime(2026, 3, 2, 12, 0, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """The rule is the same for any hasher; one test takes the real one."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ann(acme: Company) -> User:
    acme.owner.set_password(PASSWORD)
    acme.owner.save()
    return acme.owner


def log_in(address: str = "192.0.2.1", **body: Any) -> HttpResponse:
    return post(Client(REMOTE_ADDR=address), "/auth/login", body, {})


def by_password(email: str = EMAIL, password: str = PASSWORD, address: str = "192.0.2.1") -> HttpResponse:
    return log_in(address, email=email, password=password)


def session(token: str) -> HttpResponse:
    return ask("GET", "/auth/session", by=token, account=None)


# --- in ---


def test_a_password_opens_a_session_that_works(ann: User, acme: Company) -> None:
    with time_machine.travel(NOON, tick=False):
        status, login = said(by_password(email=" OWNER@acme.test "))
        assert ask("GET", "/teams", by=login["token"], account=acme.account).status_code == 200

    assert status == 200
    assert login == {
        "token": login["token"],
        "expiresAt": "2026-03-03T00:00:20.000Z",
        "user": {"id": ann.pk, "email": EMAIL, "name": "Owner"},
        "primaryAccount": {"accountId": str(acme.account.pk), "name": "Acme"},
    }
    assert login["token"].startswith("ses_")
    assert User.objects.get(pk=ann.pk).last_login == NOON


def test_the_real_hasher_knows_the_password_as_it_was_typed(acme: Company, settings: Any) -> None:
    settings.PASSWORD_HASHERS = REAL_HASHERS
    typed = " pa\u0308ss\u200b word "
    acme.owner.set_password(typed)
    acme.owner.save()

    assert by_password(password=typed).status_code == 200


def test_a_key_and_its_secret_open_a_session_that_ends_with_the_key(acme: Company) -> None:
    ends = timezone.now() + timedelta(hours=1)
    key, secret = ApiKey.objects.issue(KeyKind.USER, user=acme.owner, expires_at=ends)

    status, login = said(log_in(apiKey=key.public_id, apiSecret=secret))

    assert (status, login["expiresAt"], login["user"]["email"]) == (200, milliseconds(ends), EMAIL)
    key.refresh_from_db()
    assert key.last_used_at is not None
    assert session(login["token"]).status_code == 200
    key.revoke()
    assert session(login["token"]).status_code == 401


def test_the_primary_account_is_the_first_that_is_in_use(ann: User, acme: Company) -> None:
    later = Account.objects.create(name="Later")
    Membership.objects.create(account=later, user=ann, role="viewer")
    Account.objects.filter(pk=acme.account.pk).update(suspended_at=timezone.now())

    login = said(by_password())[1]

    assert login["primaryAccount"] == {"accountId": str(later.pk), "name": "Later"}


def test_a_platform_administrator_begins_in_the_platforms_account(db: None) -> None:
    admin, platform = platform_admin(), Account.objects.platform()
    admin.set_password(PASSWORD)
    admin.save()

    login = said(by_password(admin.email))[1]

    assert login["primaryAccount"]["accountId"] == str(platform.pk)


def test_who_has_no_account_is_known_and_not_let_in(ann: User) -> None:
    Membership.objects.filter(user=ann).update(is_active=False)

    assert said(by_password()) == (403, {"error": "no active account is open to this user"})
    assert not LoginSession.objects.filter(user=ann, created_at__gt=ann.created_at + timedelta(hours=1)).exists()
    assert failures() == [0, 0]


def test_a_code_is_taken_and_not_looked_at(ann: User) -> None:
    assert log_in(email=EMAIL, password=PASSWORD, code="123456").status_code == 200


# --- not in ---


@pytest.mark.parametrize("how", ["unknown e-mail", "wrong password", "no password", "inactive", "other secret",
                                 "other kind", "expired", "inactive by key"])  # fmt: skip
def test_whatever_is_wrong_is_answered_alike(ann: User, acme: Company, how: str) -> None:
    key, secret = ApiKey.objects.issue(KeyKind.USER, user=ann)
    own = ApiKey.objects.get(kind=KeyKind.ACCOUNT, account=acme.account)
    sent: dict[str, Any] = {"apiKey": key.public_id, "apiSecret": secret}
    if how in ("unknown e-mail", "wrong password", "no password", "inactive"):
        sent = {"email": "nobody@acme.test" if how == "unknown e-mail" else EMAIL, "password": PASSWORD}
    match how:
        case "wrong password":
            sent["password"] = "another"
        case "no password":
            sent["email"] = acme.reps[0].email
        case "inactive" | "inactive by key":
            User.objects.update(is_active=False)
        case "other secret":
            sent["apiSecret"] = ApiKey.objects.issue(KeyKind.USER, user=ann)[1]
        case "other kind":
            sent = {"apiKey": own.public_id, "apiSecret": acme.key}
        case "expired":
            ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    before = LoginSession.objects.count()

    answer = log_in(**sent)

    assert said(answer) == WRONG
    assert (answer.headers["WWW-Authenticate"], LoginSession.objects.count()) == ("Bearer", before)


@pytest.mark.parametrize("email", [EMAIL, "nobody@acme.test", "inactive@acme.test"])
def test_a_password_is_always_hashed(ann: User, acme: Company, monkeypatch: pytest.MonkeyPatch, email: str) -> None:
    """So that the time it takes does not tell who is here."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    User.objects.create_user("inactive@acme.test", PASSWORD, is_active=False)
    hashed: list[str] = []
    real = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashed.append(args[1]) or real(*args))

    by_password(email, "wrong")

    assert hashed == ["wrong"]


@pytest.mark.parametrize("what", ["encode", "verify"])
def test_of_many_log_ins_at_once_a_few_are_hashed(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Each takes 100 MB, and no credential."""
    [hasher] = [import_string(name)() for name in REAL_HASHERS]
    monkeypatch.setattr(Argon2PasswordHasher, what, lambda *password: "hashed")
    with ThreadPoolExecutor(1) as pool:
        for _ in range(AT_ONCE):
            assert hasher.places.acquire(blocking=False)

        next_one = pool.submit(getattr(hasher, what), "password", "x")

        assert wait([next_one], timeout=0.2).done == set()
        hasher.places.release(AT_ONCE)
        assert next_one.result(timeout=PATIENCE) == "hashed"


@pytest.mark.parametrize(("body", "expected"), [
    ({}, NEEDED),
    ({"email": EMAIL}, NEEDED),
    ({"email": EMAIL, "password": ""}, NEEDED),
    ({"email": EMAIL, "apiSecret": "x"}, NEEDED),
    ({"email": EMAIL, "password": "x", "apiKey": "x", "apiSecret": "x"}, NEEDED),
    ({"email": 1, "password": "x"}, (400, {"error": "email: Not a valid string."})),
    ({"email": EMAIL, "password": 1}, (400, {"error": "password: Not a valid string."})),
    ({"email": "x" * 255, "password": "x"},
     (400, {"error": "email: Ensure this field has no more than 254 characters."})),
    ({"apiKey": "x", "apiSecret": "y"}, WRONG),
])  # fmt: skip
def test_what_is_no_log_in_is_refused(db: None, body: Any, expected: Any) -> None:
    assert said(log_in(**body)) == expected


def test_a_password_that_changes_meanwhile_opens_nothing(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from intake.doors.account import auth

    def known_a_moment_ago(email: str, password: str) -> User:
        reset_password(User.objects.get(pk=ann.pk), actor=Actor())
        return ann

    monkeypatch.setattr(auth, "user_by_password", known_a_moment_ago)

    assert said(by_password()) == WRONG
    assert not LoginSession.objects.usable().filter(user=ann).exists()


# --- how often ---


def failures() -> list[int]:
    counts = RateCount.objects.filter(subject__startswith="login:")
    return list(counts.order_by("subject").values_list("count", flat=True))


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database's clock stands, twenty seconds into a minute."""
    stop_the_clock(monkeypatch, NOON)


def test_ten_failures_a_minute_shut_this_name_out_from_this_address(
    ann: User, noon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = [by_password(password="wrong").status_code for _ in range(11)]
    right = by_password()
    assert tries == [401] * 10 + [429]
    assert said(right) == (429, {"error": "too many failed log-ins; try again in 40 seconds"})
    assert right.headers["Retry-After"] == "40"
    assert by_password(address="192.0.2.2").status_code == 200
    assert said(by_password("nobody@acme.test")) == WRONG

    stop_the_clock(monkeypatch, NOON + timedelta(seconds=40))

    assert by_password().status_code == 200


def test_fifty_failures_a_minute_shut_an_address_out(ann: User, noon: None) -> None:
    tries = [by_password(f"{number}@acme.test").status_code for number in range(51)]

    assert tries == [401] * 50 + [429]
    assert by_password().status_code == 429
    assert by_password(address="192.0.2.2").status_code == 200


def test_what_succeeds_is_not_counted(ann: User, noon: None) -> None:
    assert [by_password().status_code for _ in range(12)] == [200] * 12

    assert failures() == [0, 0]


def test_who_was_shut_out_by_name_is_not_counted_for_the_address(ann: User, noon: None) -> None:
    for _ in range(60):
        by_password(password="wrong")

    assert said(by_password("other@acme.test")) == WRONG


def test_a_key_is_guessed_no_more_often(acme: Company, noon: None) -> None:
    tries = [log_in(apiKey="sk_user_12345678", apiSecret="x").status_code for _ in range(11)]

    assert tries == [401] * 10 + [429]


def test_the_spelling_of_a_name_makes_it_no_other(ann: User, noon: None) -> None:
    tries = [by_password(name, "wrong").status_code for name in [EMAIL, EMAIL.upper(), f" {EMAIL}"] * 4]

    assert tries == [401] * 10 + [429] * 2


def test_no_name_is_kept_as_it_was_typed(ann: User) -> None:
    """It may have been the password."""
    by_password("correct horse", "wrong")

    subjects = RateCount.objects.filter(subject__startswith="login:").values_list("subject", flat=True)
    assert [len(subject) for subject in subjects] == [len("login:") + 64] * 2


@pytest.mark.parametrize(("address", "network"), [
    ("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), (None, ""),
])  # fmt: skip
def test_an_ipv6_network_counts_as_one_address(address: str | None, network: str) -> None:
    assert network_of(address) == network


# --- the session ---


def test_a_session_shows_who_it_is_and_where_he_works(ann: User, acme: Company) -> None:
    other, idle = Account.objects.create(name="Other"), Account.objects.create(name="Idle", suspended_at=timezone.now())
    for account in (other, idle):
        Membership.objects.create(account=account, user=ann, role="viewer")
    login = said(by_password())[1]

    assert said(session(login["token"])) == (200, {
        "user": {"id": ann.pk, "email": EMAIL, "name": "Owner"},
        "accounts": [
            {"accountId": str(acme.account.pk), "name": "Acme", "role": "owner"},
            {"accountId": str(other.pk), "name": "Other", "role": "viewer"},
        ],
        "expiresAt": login["expiresAt"],
    })  # fmt: skip
    assert said(session(acme.user_key))[1]["expiresAt"] is None


def test_only_a_persons_credential_has_a_session(acme: Company) -> None:
    assert session(acme.key).status_code == 403
    assert session("ses_x").status_code == 401
    assert Client().get("/auth/session").status_code == 401


def test_who_logs_out_is_out(acme: Company) -> None:
    _, token = LoginSession.objects.open(acme.owner)

    assert said(ask("POST", "/auth/logout", by=token, account=None)) == (200, {"success": True})
    assert session(token).status_code == 401
    assert ask("POST", "/auth/logout", by=token, account=None).status_code == 401
    assert session(acme.token).status_code == 200


def test_a_key_cannot_be_logged_out(acme: Company) -> None:
    answer = ask("POST", "/auth/logout", by=acme.user_key, account=None)

    assert said(answer) == (400, {"error": "only a session can be logged out; a key is revoked at /apikeys"})
    assert session(acme.user_key).status_code == 200


# --- the console ---


def console_log_in(password: str, address: str = "192.0.2.1") -> HttpResponse:
    return Client(REMOTE_ADDR=address).post(reverse("admin:login"), {"username": EMAIL, "password": password})


def test_the_console_counts_with_the_door_and_says_so(ann: User, noon: None) -> None:
    for _ in range(5):
        by_password(password="wrong")
    pages = [console_log_in("wrong") for _ in range(5)]
    shut = console_log_in(PASSWORD)

    assert all("do not belong together" in page.content.decode() for page in pages)
    assert "Too many failed log-ins; try again in 40 seconds." in shut.content.decode()
    assert by_password().status_code == 429
    assert console_log_in(PASSWORD, "192.0.2.2").status_code == 302


def test_an_empty_form_counts_for_nothing(ann: User) -> None:
    Client().post(reverse("admin:login"), {"username": EMAIL})

    assert failures() == []


def test_a_new_password_of_ones_own_ends_ones_sessions_and_keeps_the_console(ann: User, acme: Company) -> None:
    client, fresh = Client(), "another horse battery staple"
    client.force_login(ann)

    answer = client.post(
        reverse("admin:password_change"),
        {"old_password": PASSWORD, "new_password1": fresh, "new_password2": fresh},
    )

    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("admin:password_change_done"))
    assert session(acme.token).status_code == 401
    assert by_password(password=fresh).status_code == 200
    assert client.get(reverse("admin:index")).status_code == 200

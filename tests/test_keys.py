"""Keys: their one format, what is stored of them, and whom they stand for."""

import hashlib
import re
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.callers import identify, note_use
from accounts.keyformat import ALPHABET, KeyKind, checksum, generate, parse
from accounts.models import ApiKey, LoginSession, User
from intake.doors.source.views import SourceAuthentication
from tests.doors import NAMES, Town, bearer, post

# As published for those who scan code for leaked secrets.
PUBLISHED = re.compile(r"^(sk_admin_|sk_user_|sk_src_|sk_)[0-9A-Za-z]{38}$")
PREFIXES = {
    KeyKind.PLATFORM: "sk_admin_", KeyKind.USER: "sk_user_", KeyKind.ACCOUNT: "sk_", KeyKind.SOURCE: "sk_src_",
    KeyKind.SESSION: "ses_",
}  # fmt: skip
KNOWN = "sk_0123456789ABCDEFGHIJKLMNOPQRSTUV"

pytestmark = pytest.mark.django_db


def base62(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = ALPHABET[digit] + digits
    return digits.rjust(6, "0")


@pytest.mark.parametrize("kind", KeyKind)
def test_a_key_is_its_prefix_32_characters_and_their_checksum(kind: KeyKind) -> None:
    secrets = [generate(kind) for _ in range(200)]

    for secret in secrets:
        body, check = secret[:-6], secret[-6:]
        assert re.fullmatch(rf"{PREFIXES[kind]}[0-9A-Za-z]{{32}}", body)
        assert check == base62(zlib.crc32(body.encode()))
        assert bool(PUBLISHED.match(secret)) == (kind != KeyKind.SESSION)
    assert len(set(secrets)) == 200


def test_the_checksum_is_the_published_one() -> None:
    assert checksum(KNOWN) == base62(zlib.crc32(KNOWN.encode())) == "1cwdir"


@pytest.mark.parametrize("kind", KeyKind)
def test_a_well_formed_key_tells_its_kind_its_public_id_and_its_hash(kind: KeyKind) -> None:
    secret = generate(kind)

    parsed = parse(secret)

    assert parsed is not None
    assert (parsed.kind, parsed.public_id) == (kind, secret[: len(PREFIXES[kind]) + 8])
    assert parsed.hash == hashlib.sha256(secret.encode()).digest()


def changed(secret: str, place: int) -> str:
    return secret[:place] + ("a" if secret[place] != "a" else "b") + secret[place + 1 :]


MALFORMED = [
    "", "sk_", "nonsense", KNOWN, KNOWN + "000000", f" {KNOWN}{checksum(KNOWN)}", f"{KNOWN}{checksum(KNOWN)}\n",
    KNOWN + checksum(KNOWN) + "0", (KNOWN + checksum(KNOWN)).swapcase(), "sk_" + "\uff10" * 38,
    "sk_pub_" + KNOWN[3:] + checksum(KNOWN),
    "x" * 100_000, "\0", "' OR 1=1 --", "sk_user_" + KNOWN[3:] + checksum(KNOWN),
]  # fmt: skip


@pytest.mark.parametrize("text", MALFORMED, ids=lambda text: repr(text[:40]))
def test_a_malformed_key_is_nobodys_and_no_question_to_the_database(django_assert_num_queries: Any, text: str) -> None:
    with django_assert_num_queries(0):
        assert identify(text) is None


@pytest.mark.parametrize("place", [0, 3, 10, 20, 34, 35, 40])
def test_a_key_with_one_character_changed_is_malformed(place: int) -> None:
    assert parse(changed(KNOWN + checksum(KNOWN), place)) is None


@pytest.mark.parametrize("door", NAMES)
def test_a_whole_request_with_a_malformed_key_asks_the_database_nothing(
    client: Client, places: Town, django_assert_num_queries: Any, door: str
) -> None:
    visitor = places.visitor(door)
    broken = {
        name: changed(text, len(text) - 1) for name, text in visitor.credential.items() if not name.endswith("Id")
    }

    with django_assert_num_queries(0):
        answer = post(client, visitor.path, visitor.body, visitor.headers | broken)

    assert answer.status_code == 401


@pytest.mark.parametrize("door", NAMES)
def test_a_whole_request_without_a_key_asks_the_database_nothing(
    client: Client, places: Town, django_assert_num_queries: Any, door: str
) -> None:
    visitor = places.visitor(door)

    with django_assert_num_queries(0):
        answer = post(client, visitor.path, visitor.body, visitor.place)

    assert answer.status_code == 401


def test_a_key_that_was_never_issued_is_asked_for_once(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert identify(generate(KeyKind.ACCOUNT)) is None


def test_only_the_hash_of_a_secret_is_stored(places: Town) -> None:
    key, secret = ApiKey.objects.issue(KeyKind.ACCOUNT, user=places.acme.owner, account=places.acme.account)
    session, token = LoginSession.objects.open(places.acme.owner)

    [stored] = ApiKey.objects.filter(pk=key.pk).values()
    [opened] = LoginSession.objects.filter(pk=session.pk).values()
    assert bytes(stored["secret_hash"]) == hashlib.sha256(secret.encode()).digest()
    assert bytes(opened["token_hash"]) == hashlib.sha256(token.encode()).digest()
    assert stored["public_id"] == secret[:11]
    assert secret[11:] not in repr(stored)
    assert token[4:] not in repr(opened)
    assert str(key) == f"{secret[:11]}…"


def test_a_caller_is_the_user_who_made_the_key_in_the_keys_account(places: Town) -> None:
    by_account, by_user, by_session = (
        identify(secret) for secret in (places.acme.key, places.acme.user_key, places.acme.token)
    )

    assert by_account is not None and by_user is not None and by_session is not None
    assert (by_account.kind, by_account.user, by_account.account) == ("account", places.acme.owner, places.acme.account)
    assert (by_user.kind, by_user.user, by_user.account) == ("user", places.acme.owner, None)
    assert (by_session.kind, by_session.user, by_session.key) == ("session", places.acme.owner, None)


def test_revoking_ends_a_key_and_a_session_at_once_and_keeps_the_first_instant(places: Town) -> None:
    key, secret = ApiKey.objects.issue(KeyKind.USER, user=places.acme.owner)
    session, token = LoginSession.objects.open(places.acme.owner)

    key.revoke()
    session.revoke()
    first = key.revoked_at
    key.revoke()

    assert (identify(secret), identify(token)) == (None, None)
    assert (key.revoked_at, key.is_usable) == (first, False)


@pytest.mark.parametrize(("ends_in", "usable"), [
    (None, True), (timedelta(minutes=1), True), (timedelta(0), False), (timedelta(days=-1), False),
])  # fmt: skip
def test_a_key_ends_at_its_instant(places: Town, ends_in: timedelta | None, usable: bool) -> None:
    end = None if ends_in is None else timezone.now() + ends_in
    key, secret = ApiKey.objects.issue(KeyKind.USER, user=places.acme.owner, expires_at=end)

    assert (identify(secret) is not None, key.is_usable) == (usable, usable)


@pytest.mark.parametrize(("age", "usable"), [
    (timedelta(hours=11, minutes=59), True), (timedelta(hours=12), False),
])  # fmt: skip
def test_a_session_ends_after_twelve_hours(places: Town, age: timedelta, usable: bool) -> None:
    with time_machine.travel(timezone.now() - age, tick=False):
        _, token = LoginSession.objects.open(places.acme.owner)

    assert (identify(token) is not None) == usable


@pytest.mark.parametrize(("credential", "survives"), [
    ("token", False), ("user_key", False), ("key", True),
])  # fmt: skip
def test_a_persons_credentials_end_with_him_and_his_accounts_do_not(
    places: Town, credential: str, survives: bool
) -> None:
    User.objects.filter(pk=places.acme.owner.pk).update(is_active=False)

    assert (identify(getattr(places.acme, credential)) is not None) == survives


def test_a_platform_key_ends_with_its_user_and_a_sources_key_does_not(client: Client, places: Town) -> None:
    User.objects.update(is_active=False)

    assert identify(places.platform_key) is None
    assert places.visitor("source").post(client).status_code == 201


def test_a_source_has_several_keys_at_once_so_that_one_can_follow_another(client: Client, places: Town) -> None:
    _, second = places.vendor.issue_key(user=places.acme.owner)

    answers = [post(client, "/leads/intake", {"phone": "1"}, bearer(key)) for key in (places.vendor_key, second)]

    assert [answer.status_code for answer in answers] == [201, 201]


@pytest.mark.parametrize(("before", "written"), [
    (None, True), (timedelta(seconds=59), False), (timedelta(seconds=60), False), (timedelta(seconds=61), True),
])  # fmt: skip
@time_machine.travel(datetime(2026, 4, 1, 12, tzinfo=UTC), tick=False)
def test_when_a_key_was_last_used_is_written_at_most_once_a_minute(
    places: Town, django_assert_num_queries: Any, before: timedelta | None, written: bool
) -> None:
    now = timezone.now()
    key, _ = ApiKey.objects.issue(KeyKind.USER, user=places.acme.owner)
    key.last_used_at = now - before if before else None
    key.save()

    with django_assert_num_queries(1 if written else 0):
        note_use(key)

    key.refresh_from_db()
    assert key.last_used_at == (now if written or before is None else now - before)


@pytest.mark.parametrize("door", ["platform", "workspace", "source"])
def test_a_lead_notes_the_use_of_its_key_once(client: Client, places: Town, door: str) -> None:
    visitor = places.visitor(door)

    visitor.post(client, visitor.with_email("a@acme.com"))
    first = list(ApiKey.objects.exclude(last_used_at=None).values_list("kind", "last_used_at"))
    visitor.post(client, visitor.with_email("b@acme.com"))

    assert [kind for kind, _ in first] == [door if door != "workspace" else "account"]
    assert list(ApiKey.objects.exclude(last_used_at=None).values_list("kind", "last_used_at")) == first


def test_the_source_door_asks_for_key_source_and_account_in_one_read(
    rf: Any, places: Town, django_assert_num_queries: Any
) -> None:
    visitor = places.visitor("source")

    with django_assert_num_queries(1):
        caller = SourceAuthentication().caller(rf.post(visitor.path, headers=visitor.headers))

        assert (caller.source, caller.account, caller.user) == (places.vendor, places.acme.account, places.acme.owner)

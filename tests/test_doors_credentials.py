"""Who is not let in, by which door, in which words; and that nothing has changed then."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.keyformat import KeyKind, generate
from accounts.models import Account, ApiKey, LoginSession, Membership, User
from accounts.roles import Role
from tests.doors import NAMES, TRACE, Town, bearer, kept, post, refusal, state
from tests.people import Company, person, source

REQUIRED = {
    "platform": "A credential is required, as Authorization: Bearer.",
    "account": "A credential is required, as Authorization: Bearer.",
    "workspace": "A credential is required, as Authorization: Bearer or X-Api-Key.",
    "source": "A credential is required, as Authorization: Bearer or X-Leadping-Source-Key.",
}
NOT_VALID = "The credential is not valid."
NO_ID = "X-Leadping-Source-Id is required with X-Leadping-Source-Key."
NOT_A_PAIR = "The source id and the source key are not a valid pair."
WRONG_KIND = {
    "platform": "This kind of credential is not taken here: one that begins with sk_admin_ is.",
    "account": "This kind of credential is not taken here: one that begins with ses_ or sk_user_ is.",
    "workspace": "This kind of credential is not taken here: one that begins with sk_ or sk_user_ is.",
}
TWO = "Two different credentials were sent."
NO_ACCESS = "You do not have access to this account."
NO_ENTRY = "You do not have access to this workspace."
NO_ACCOUNT = "x-account-id is required: the number of one account"
NO_WORKSPACE = "X-Workspace-Id is required with a user key: 24 hex digits."
CODES = {400: "INVALID_INPUT", 401: "UNAUTHORIZED", 403: "FORBIDDEN"}

type Headers = dict[str, str]
type Cause = Callable[[Town], Headers]

pytestmark = pytest.mark.django_db


def api_key(key: str) -> Headers:
    return {"X-Api-Key": key}


def pair(source_id: object, key: str) -> Headers:
    return {"X-Leadping-Source-Id": str(source_id), "X-Leadping-Source-Key": key}


def ended(t: Town, kind: KeyKind, **how: object) -> str:
    """The secret of a key that is revoked or expired."""
    account = t.acme.account if kind == KeyKind.ACCOUNT else None
    key, secret = ApiKey.objects.issue(kind, user=t.admin, account=account)
    ApiKey.objects.filter(pk=key.pk).update(**how)
    return secret


def revoked(t: Town, kind: KeyKind) -> str:
    return ended(t, kind, revoked_at=timezone.now())


def expired(t: Town, kind: KeyKind) -> str:
    return ended(t, kind, expires_at=timezone.now() - timedelta(seconds=1))


def ended_session(t: Town, **how: object) -> str:
    session, token = LoginSession.objects.open(t.acme.owner)
    LoginSession.objects.filter(pk=session.pk).update(**how)
    return token


def ended_source_key(t: Town, **how: object) -> Headers:
    row, secret = t.vendor.issue_key(user=t.acme.owner)
    ApiKey.objects.filter(pk=row.key_id).update(**how)
    return pair(t.vendor.uuid, secret)


def other_char(secret: str) -> str:
    return secret[:-1] + ("0" if secret[-1] != "0" else "1")


def other_source(t: Town) -> tuple[str, str]:
    made, secret = source(t.acme.account, t.acme.owner, "Other")
    return str(made.uuid), secret


def initech_source(t: Town) -> tuple[str, str]:
    return str(t.team_source.uuid), t.team_source.issue_key(user=t.initech.owner)[1]


def of_inactive(t: Town) -> Headers:
    User.objects.filter(pk=t.admin.pk).update(is_active=False)
    return bearer(t.platform_key)


def of_demoted(t: Town) -> Headers:
    User.objects.filter(pk=t.admin.pk).update(is_platform_admin=False)
    return bearer(t.platform_key)


def owner_gone(t: Town) -> Company:
    User.objects.filter(pk=t.acme.owner.pk).update(is_active=False)
    return t.acme


def here(t: Town) -> Headers:
    return {"x-account-id": str(t.acme.account.pk)}


def session_of_viewer(t: Town) -> Headers:
    viewer = person("viewer@acme.test", t.acme.account, Role.VIEWER)
    return bearer(LoginSession.objects.open(viewer)[1]) | here(t)


def user_key_of_viewer(t: Town) -> Headers:
    viewer = person("viewer@acme.test", t.acme.account, Role.VIEWER)
    return api_key(ApiKey.objects.issue(KeyKind.USER, user=viewer)[1]) | {"X-Workspace-Id": t.acme.account.hex_id}


def membership_ended(t: Town) -> Headers:
    Membership.objects.filter(user=t.acme.owner).update(is_active=False)
    return bearer(t.acme.token) | here(t)


TABLE: list[tuple[str, str, Cause, int, str]] = [
    ("platform", "missing", lambda t: {}, 401, REQUIRED["platform"]),
    ("platform", "empty", lambda t: {"Authorization": ""}, 401, REQUIRED["platform"]),
    ("platform", "Bearer alone", lambda t: {"Authorization": "Bearer"}, 401, REQUIRED["platform"]),
    ("platform", "Basic", lambda t: {"Authorization": f"Basic {t.platform_key}"}, 401, REQUIRED["platform"]),
    ("platform", "a session cookie", lambda t: {"Cookie": f"sessionid={t.platform_key}"}, 401, REQUIRED["platform"]),
    ("platform", "malformed", lambda t: bearer("sk_admin_nonsense"), 401, NOT_VALID),
    ("platform", "one character changed", lambda t: bearer(other_char(t.platform_key)), 401, NOT_VALID),
    ("platform", "unknown", lambda t: bearer(generate(KeyKind.PLATFORM)), 401, NOT_VALID),
    ("platform", "revoked", lambda t: bearer(revoked(t, KeyKind.PLATFORM)), 401, NOT_VALID),
    ("platform", "expired", lambda t: bearer(expired(t, KeyKind.PLATFORM)), 401, NOT_VALID),
    ("platform", "of an inactive user", of_inactive, 401, NOT_VALID),
    ("platform", "two", lambda t: bearer(t.platform_key) | api_key(t.acme.key), 401, TWO),
    ("platform", "an account's key", lambda t: bearer(t.acme.key), 403, WRONG_KIND["platform"]),
    ("platform", "a user's key", lambda t: bearer(t.acme.user_key), 403, WRONG_KIND["platform"]),
    ("platform", "a source's key", lambda t: bearer(t.vendor_key), 403, WRONG_KIND["platform"]),
    ("platform", "a session", lambda t: bearer(t.acme.token), 403, WRONG_KIND["platform"]),
    ("platform", "of no administrator", of_demoted, 403, "The key's user is no platform administrator."),

    ("account", "missing", here, 401, REQUIRED["account"]),
    ("account", "Bearer alone", lambda t: {"Authorization": "Bearer "} | here(t), 401, REQUIRED["account"]),
    ("account", "malformed", lambda t: bearer("ses_nonsense") | here(t), 401, NOT_VALID),
    ("account", "one character changed", lambda t: bearer(other_char(t.acme.token)) | here(t), 401, NOT_VALID),
    ("account", "unknown session", lambda t: bearer(generate(KeyKind.SESSION)) | here(t), 401, NOT_VALID),
    ("account", "unknown key", lambda t: bearer(generate(KeyKind.USER)) | here(t), 401, NOT_VALID),
    ("account", "revoked session", lambda t: bearer(ended_session(t, revoked_at=timezone.now())) | here(t), 401,
     NOT_VALID),
    ("account", "expired session", lambda t: bearer(ended_session(t, expires_at=timezone.now())) | here(t), 401,
     NOT_VALID),
    ("account", "revoked key", lambda t: bearer(revoked(t, KeyKind.USER)) | here(t), 401, NOT_VALID),
    ("account", "expired key", lambda t: bearer(expired(t, KeyKind.USER)) | here(t), 401, NOT_VALID),
    ("account", "session of an inactive user", lambda t: bearer(owner_gone(t).token) | here(t), 401, NOT_VALID),
    ("account", "key of an inactive user", lambda t: bearer(owner_gone(t).user_key) | here(t), 401, NOT_VALID),
    ("account", "two", lambda t: bearer(t.acme.token) | api_key(t.acme.user_key) | here(t), 401, TWO),
    ("account", "an account's key", lambda t: bearer(t.acme.key) | here(t), 403, WRONG_KIND["account"]),
    ("account", "a platform key", lambda t: bearer(t.platform_key) | here(t), 403, WRONG_KIND["account"]),
    ("account", "a source's key", lambda t: bearer(t.vendor_key) | here(t), 403, WRONG_KIND["account"]),
    ("account", "no account", lambda t: bearer(t.acme.token), 400, NO_ACCOUNT),
    ("account", "no account, and a wrong kind", lambda t: bearer(t.acme.key), 400, NO_ACCOUNT),
    ("account", "not a member", lambda t: bearer(t.initech.token) | here(t), 403, NO_ACCESS),
    ("account", "not a member by key", lambda t: bearer(t.initech.user_key) | here(t), 403, NO_ACCESS),
    ("account", "no longer a member", membership_ended, 403, NO_ACCESS),
    ("account", "unknown account", lambda t: bearer(t.acme.token) | {"x-account-id": "999999999"}, 403, NO_ACCESS),
    ("account", "a viewer", session_of_viewer, 403, "You do not have permission to do this."),

    ("workspace", "missing", lambda t: {}, 401, REQUIRED["workspace"]),
    ("workspace", "empty", lambda t: api_key(""), 401, REQUIRED["workspace"]),
    ("workspace", "malformed", lambda t: api_key("YOUR_API_KEY"), 401, NOT_VALID),
    ("workspace", "one character changed", lambda t: api_key(other_char(t.acme.key)), 401, NOT_VALID),
    ("workspace", "unknown", lambda t: api_key(generate(KeyKind.ACCOUNT)), 401, NOT_VALID),
    ("workspace", "revoked", lambda t: api_key(revoked(t, KeyKind.ACCOUNT)), 401, NOT_VALID),
    ("workspace", "expired", lambda t: bearer(expired(t, KeyKind.ACCOUNT)), 401, NOT_VALID),
    ("workspace", "two", lambda t: api_key(t.acme.key) | bearer(t.initech.key), 401, TWO),
    ("workspace", "a platform key", lambda t: api_key(t.platform_key), 403, WRONG_KIND["workspace"]),
    ("workspace", "a source's key", lambda t: bearer(t.vendor_key), 403, WRONG_KIND["workspace"]),
    ("workspace", "a session", lambda t: bearer(t.acme.token), 403, WRONG_KIND["workspace"]),
    ("workspace", "another workspace's key", lambda t: api_key(t.initech.key)
     | {"X-Workspace-Id": t.acme.account.hex_id}, 403, "The key is of another workspace."),
    ("workspace", "a key and no workspace", lambda t: api_key(t.acme.key) | {"X-Workspace-Id": "acme"}, 403,
     "The key is of another workspace."),
    ("workspace", "a user's key alone", lambda t: api_key(t.acme.user_key), 400, NO_WORKSPACE),
    ("workspace", "a user's key and no workspace", lambda t: api_key(t.acme.user_key)
     | {"X-Workspace-Id": str(t.acme.account.pk)}, 400, NO_WORKSPACE),
    ("workspace", "a user's key elsewhere", lambda t: api_key(t.acme.user_key)
     | {"X-Workspace-Id": t.initech.account.hex_id}, 403, NO_ENTRY),
    ("workspace", "a user's key nowhere", lambda t: api_key(t.acme.user_key) | {"X-Workspace-Id": "f" * 24}, 403,
     NO_ENTRY),
    ("workspace", "the right number, another instant", lambda t: api_key(t.acme.user_key)
     | {"X-Workspace-Id": "0" * 8 + t.acme.account.hex_id[8:]}, 403, NO_ENTRY),
    ("workspace", "a viewer", user_key_of_viewer, 403, "You do not have permission to do this."),

    ("source", "missing", lambda t: {}, 401, REQUIRED["source"]),
    ("source", "the id alone", lambda t: {"X-Leadping-Source-Id": str(t.vendor.uuid)}, 401, REQUIRED["source"]),
    ("source", "the key alone", lambda t: {"X-Leadping-Source-Key": t.vendor_key}, 401, NO_ID),
    ("source", "malformed", lambda t: pair(t.vendor.uuid, "secret"), 401, NOT_A_PAIR),
    ("source", "malformed id", lambda t: pair("vendor", t.vendor_key), 401, NOT_A_PAIR),
    ("source", "one character changed", lambda t: pair(t.vendor.uuid, other_char(t.vendor_key)), 401, NOT_A_PAIR),
    ("source", "unknown", lambda t: pair(t.vendor.uuid, generate(KeyKind.SOURCE)), 401, NOT_A_PAIR),
    ("source", "unknown bearer", lambda t: bearer(generate(KeyKind.SOURCE)), 401, NOT_A_PAIR),
    ("source", "revoked", lambda t: ended_source_key(t, revoked_at=timezone.now()), 401, NOT_A_PAIR),
    ("source", "expired", lambda t: ended_source_key(t, expires_at=timezone.now()), 401, NOT_A_PAIR),
    ("source", "another source's key", lambda t: pair(t.vendor.uuid, other_source(t)[1]), 401, NOT_A_PAIR),
    ("source", "another account's key", lambda t: pair(t.vendor.uuid, initech_source(t)[1]), 401, NOT_A_PAIR),
    ("source", "another source's id with a bearer", lambda t: bearer(t.vendor_key)
     | {"X-Leadping-Source-Id": other_source(t)[0]}, 401, NOT_A_PAIR),
    ("source", "two", lambda t: pair(t.vendor.uuid, t.vendor_key) | bearer(other_source(t)[1]), 401, TWO),
    ("source", "two, one as X-Api-Key", lambda t: pair(t.vendor.uuid, t.vendor_key) | api_key(t.acme.key), 401, TWO),
    ("source", "an account's key", lambda t: pair(t.vendor.uuid, t.acme.key), 401, NOT_A_PAIR),
    ("source", "a user's key", lambda t: bearer(t.acme.user_key), 401, NOT_A_PAIR),
    ("source", "a platform key", lambda t: bearer(t.platform_key), 401, NOT_A_PAIR),
    ("source", "a session", lambda t: bearer(t.acme.token), 401, NOT_A_PAIR),
]  # fmt: skip


@pytest.mark.parametrize(
    ("door", "headers", "expected"),
    [pytest.param(door, headers, expected, id=f"{door}: {cause}") for door, cause, headers, *expected in TABLE],
)
def test_who_may_not_enter_is_refused_in_the_doors_words(
    client: Client, places: Town, door: str, headers: Cause, expected: tuple[int, str]
) -> None:
    visitor, sent, (status, message) = places.visitor(door), headers(places), expected
    before = state()

    answer = post(client, visitor.path, visitor.body, sent | {"X-Request-Id": TRACE})

    code = CODES[status] if door == "platform" else "unauthorized"
    assert (answer.status_code, answer.json()) == (
        status,
        refusal(door, status, message, code=code, path=visitor.path),
    )
    assert answer.headers.get("WWW-Authenticate") == ("Bearer" if status == 401 else None)
    assert (state(), kept()) == (before, [])


@pytest.mark.parametrize("given", [
    "", " ", "2311,9", "2311 OR 1=1", "\uff12\uff13\uff11\uff11", "-1", "+1", "0", "01", "1.0", "0x1", "acme", "9" * 19,
])  # fmt: skip
def test_an_account_id_that_is_no_number_of_one_account_is_refused(client: Client, places: Town, given: str) -> None:
    visitor, before = places.visitor("account"), state()

    answer = visitor.post(client, x_account_id=given)

    assert (answer.status_code, answer.json()) == (400, {"error": NO_ACCOUNT})
    assert state() == before


@pytest.mark.parametrize(("door", "code"), [
    ("platform", "FORBIDDEN"), ("account", ""), ("workspace", ""), ("source", "account_suspended"),
])  # fmt: skip
def test_a_suspended_account_takes_no_leads(client: Client, places: Town, door: str, code: str) -> None:
    visitor, before = places.visitor(door), state()
    Account.objects.filter(pk=visitor.account.pk).update(suspended_at=timezone.now())

    answer = visitor.post(client, X_Request_Id=TRACE)

    expected = refusal(door, 403, "The account is suspended.", code=code, path=visitor.path)
    assert (answer.status_code, answer.json()) == (403, expected)
    assert state() == before


@pytest.mark.parametrize("door", NAMES)
def test_a_key_in_the_query_string_is_no_credential(client: Client, places: Town, door: str) -> None:
    visitor = places.visitor(door)
    [secret] = [text for name, text in visitor.credential.items() if not name.endswith("Id")]
    secret = secret.removeprefix("Bearer ")

    answer = post(client, f"{visitor.path}?api_key={secret}&token={secret}", visitor.body, visitor.place)

    assert answer.status_code == 401


def test_a_platform_administrator_may_enter_any_account_at_the_account_door(client: Client, places: Town) -> None:
    headers = bearer(LoginSession.objects.open(places.admin)[1]) | here(places)

    answer = post(client, "/leads", {"firstName": "Jane", "lastName": "Doe"}, headers)

    assert (answer.status_code, answer.json()["createdBy"]) == (201, "admin@platform.test")

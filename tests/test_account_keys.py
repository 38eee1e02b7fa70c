"""The account door's keys: whose they are, shown once, ended at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.keyformat import KeyKind, parse
from accounts.models import ApiKey, AuditEntry, LoginSession, User
from accounts.roles import Role
from intake.models import IdempotentAnswer
from leadhub.lib.times import milliseconds
from tests.consoles import member
from tests.people import Company, platform_admin, source
from tests.setup_calls import as_owner, ask, said

pytestmark = pytest.mark.django_db

NOT_FOUND = (404, {"error": "key not found"})


def key_of(user: User, **fields: Any) -> tuple[ApiKey, str]:
    return ApiKey.objects.issue(KeyKind.USER, user=user, **fields)


def state() -> list[Any]:
    seen = [list(table.objects.order_by("pk").values()) for table in (AuditEntry, IdempotentAnswer)]
    # Whoever asks with a key uses it.
    return [*seen, [row | {"last_used_at": None} for row in ApiKey.objects.order_by("pk").values()]]


def names(answer: Any) -> list[str]:
    return [row["name"] for row in said(answer)[1]]


# --- making ---


def test_a_new_keys_secret_is_shown_once_and_works(acme: Company) -> None:
    status, made = said(as_owner(acme, "POST", "/apikeys", {"name": "CRM"}))

    parsed = parse(made["apiSecret"])
    assert parsed is not None
    assert (status, made["id"], made["apiKey"], parsed.kind) == (201, parsed.public_id, parsed.public_id, KeyKind.USER)
    listed = as_owner(acme, "GET", "/apikeys")
    assert made["apiSecret"] not in listed.content.decode()
    [row] = [row for row in said(listed)[1] if row["id"] == made["id"]]
    assert row == {name: value for name, value in made.items() if name not in ("apiKey", "apiSecret")}
    assert (row["kind"], row["createdBy"], row["expiresAt"], row["revokedAt"]) == (
        "user",
        "owner@acme.test",
        None,
        None,
    )
    assert ask("GET", "/teams", by=made["apiSecret"], account=acme.account).status_code == 200


def test_a_repeat_makes_another_key_for_no_secret_is_kept(acme: Company) -> None:
    answers = [said(as_owner(acme, "POST", "/apikeys", {"name": "CRM"}, Idempotency_Key="k")) for _ in range(2)]

    assert [status for status, _ in answers] == [201, 201]
    assert answers[0][1]["apiSecret"] != answers[1][1]["apiSecret"]
    assert IdempotentAnswer.objects.count() == 0


def test_the_making_is_recorded_without_the_secret(acme: Company) -> None:
    made = said(as_owner(acme, "POST", "/apikeys", {"name": "CRM"}))[1]

    entry = AuditEntry.objects.latest("pk")
    assert (entry.event, entry.actor_email, entry.door) == ("created", "owner@acme.test", "account")
    assert made["apiSecret"] not in str(entry.changes)
    assert "secret_hash" not in str(entry.changes)


@pytest.mark.parametrize("by_session", [False, True])
def test_a_key_made_by_one_that_expires_does_not_outlive_it(acme: Company, by_session: bool) -> None:
    """Nor where that one has opened a session, and the session makes it."""
    ends = timezone.now() + timedelta(days=1)
    key, secret = key_of(acme.owner, expires_at=ends)
    public_id = key.public_id
    if by_session:
        secret = LoginSession.objects.open(acme.owner, key=key)[1]
    sooner, later = (milliseconds(ends + timedelta(hours=hours)) for hours in (-1, 1))

    def made(**body: str) -> tuple[int, Any]:
        return said(ask("POST", "/apikeys", {"name": "CRM"} | body, by=secret, account=acme.account))

    assert (made()[1]["expiresAt"], made(expiresAt=sooner)[1]["expiresAt"]) == (milliseconds(ends), sooner)
    assert made(expiresAt=later) == (
        400, {"error": "the expiry must not be later than that of the key this is asked with"},
    )  # fmt: skip
    longer = ask("PATCH", f"/apikeys/{public_id}", {"expiresAt": later}, by=secret, account=acme.account)
    assert longer.status_code == 400


# --- whose ---


def test_a_member_sees_his_own_and_who_manages_the_account_its_keys_too(acme: Company, globex: Company) -> None:
    rep = acme.reps[0]
    key_of(rep, name="rep's")
    source(acme.account, acme.owner, "Fair")

    assert names(ask("GET", "/apikeys", by=rep, account=acme.account)) == ["rep's"]
    assert sorted((row["kind"], row["createdBy"]) for row in said(as_owner(acme, "GET", "/apikeys"))[1]) == [
        ("account", "owner@acme.test"), ("source", "owner@acme.test"), ("user", "owner@acme.test"),
    ]  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_its_own_keys(acme: Company, role: Role) -> None:
    user = member(acme, role)

    made = said(ask("POST", "/apikeys", {"name": "mine"}, by=user, account=acme.account))[1]
    path = f"/apikeys/{made['id']}"

    renamed = ask("PATCH", path, {"name": "ours"}, by=user, account=acme.account)
    ended = ask("DELETE", path, by=user, account=acme.account)
    assert [answer.status_code for answer in (renamed, ended)] == [200, 200]
    assert "ours" in names(ask("GET", "/apikeys", by=user, account=acme.account))


@pytest.mark.parametrize(("role", "may"), [
    (Role.OWNER, True), (Role.ADMIN, True), (Role.MANAGER, False), (Role.AGENT, False), (Role.VIEWER, False),
])  # fmt: skip
@pytest.mark.parametrize(("method", "body"), [("PATCH", {"name": "x"}), ("DELETE", None)])
def test_the_accounts_own_keys_are_for_who_manages_it(
    acme: Company, role: Role, may: bool, method: str, body: Any
) -> None:
    user, key = member(acme, role), ApiKey.objects.get(account=acme.account)
    before = state()

    answer = ask(method, f"/apikeys/{key.public_id}", body, by=user, account=acme.account)

    if may:
        assert (answer.status_code, state() == before) == (200, False)
    else:
        assert (said(answer), state() == before) == (NOT_FOUND, True)


@pytest.mark.parametrize(("method", "body"), [("PATCH", {"name": "x"}), ("DELETE", None)])
def test_nobody_reaches_anothers_key(acme: Company, globex: Company, method: str, body: Any) -> None:
    """Not that of a colleague, of another account, of the platform; and not one's own account's from within another."""
    admin = platform_admin()
    strange = [
        key_of(acme.reps[0])[0],
        ApiKey.objects.get(account=globex.account),
        ApiKey.objects.issue(KeyKind.PLATFORM, user=admin)[0],
    ]
    before = state()

    for public_id in [*(key.public_id for key in strange), "sk_user_12345678", "x", "%00"]:
        assert said(as_owner(acme, method, f"/apikeys/{public_id}", body)) == NOT_FOUND
    assert state() == before


# --- changing and ending ---


def test_a_revoked_key_is_refused_at_once_and_stays_in_the_list(acme: Company) -> None:
    key, secret = key_of(acme.owner, name="CRM")

    status, ended = said(as_owner(acme, "DELETE", f"/apikeys/{key.public_id}"))
    again = said(as_owner(acme, "DELETE", f"/apikeys/{key.public_id}"))

    assert (status, ended["id"]) == (200, key.public_id)
    assert ended["revokedAt"] is not None
    assert again == (200, ended)
    assert ask("GET", "/teams", by=secret, account=acme.account).status_code == 401
    assert "CRM" in names(as_owner(acme, "GET", "/apikeys"))


def test_the_key_may_be_named_in_the_body(acme: Company) -> None:
    key, _ = key_of(acme.owner)

    changed = said(as_owner(acme, "PATCH", "/apikeys", {"id": key.public_id, "name": "CRM"}))
    ended = said(as_owner(acme, "DELETE", "/apikeys", {"id": key.public_id}))

    assert (changed[0], changed[1]["name"]) == (200, "CRM")
    assert (ended[0], ended[1]["id"], ended[1]["revokedAt"] is None) == (200, key.public_id, False)


def test_what_a_change_leaves_out_stays(acme: Company) -> None:
    ends = datetime(2030, 1, 1, tzinfo=UTC)
    key, _ = key_of(acme.owner, name="CRM", expires_at=ends)

    sooner = "2029-01-01T00:00:00.000Z"
    renamed = said(as_owner(acme, "PATCH", f"/apikeys/{key.public_id}", {"name": "ERP", "expiresAt": None}))[1]
    shortened = said(as_owner(acme, "PATCH", f"/apikeys/{key.public_id}", {"expiresAt": sooner}))[1]

    assert (renamed["name"], renamed["expiresAt"]) == ("ERP", milliseconds(ends))
    assert (shortened["name"], shortened["expiresAt"]) == ("ERP", sooner)


@pytest.mark.parametrize(("method", "path", "body", "error"), [
    ("POST", "", {}, "name: This field is required."),
    ("POST", "", {"name": "x" * 101}, "name: Ensure this field has no more than 100 characters."),
    ("POST", "", {"name": "x", "expiresAt": "soon"}, "expiresAt: Datetime has wrong format. Use one of these formats "
     "instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."),
    ("POST", "", {"name": "x", "expiresAt": "2020-01-01T00:00:00Z"}, "the expiry must be still to come"),
    ("POST", "", {"name": "x", "expiresAt": "2199-01-01T00:00:00Z"}, "the expiry must be within a hundred years"),
    ("PATCH", "/<own>", {"expiresAt": "2020-01-01T00:00:00Z"}, "the expiry must be still to come"),
    ("PATCH", "/<own>", {"name": " "}, "name: This field may not be blank."),
    ("PATCH", "", {"name": "x"}, "id: This field is required."),
    ("DELETE", "", {}, "id: This field is required."),
    ("GET", "?all=1", None, "all: There is no such parameter."),
])  # fmt: skip
def test_what_cannot_be_used_is_refused_and_changes_nothing(
    acme: Company, method: str, path: str, body: Any, error: str
) -> None:
    path = path.replace("<own>", key_of(acme.owner)[0].public_id)
    before = state()

    assert said(as_owner(acme, method, f"/apikeys{path}", body)) == (400, {"error": error})
    assert state() == before

"""What is never stored, and what is stored once and for all."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.actors import Actor
from accounts.erasure import erase_entries
from accounts.models import AuditEntry, User
from leadhub import welcome
from leads.models import Lead
from tests.doors import NAMES, Town, bearer, post
from tests.people import lead

MASK = "***"
UNDER_FLAG = "SET LOCAL leadhub.erasing = 'on'"
BLANKED = "changes = NULL, additional_data = NULL"

pytestmark = pytest.mark.django_db


def dump() -> str:
    """All rows of all tables, as text; what is kept as bytes appears in hex."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def test_a_dump_of_the_database_holds_no_usable_secret(client: Client, places: Town) -> None:
    acme = places.acme
    for door in NAMES:
        visitor = places.visitor(door)
        secrets = {"Cookie": f"sessionid={acme.token}", "Referer": f"https://acme.com/?key={acme.key}#{acme.token}"}
        for number, body in enumerate([visitor.with_email(f"{door}@acme.com"), b"nothing", b""]):
            post(client, visitor.path, body, visitor.headers | secrets | {"Idempotency-Key": str(number)})
    post(client, "/leads", {"firstName": "J", "lastName": "D"},
         bearer(acme.user_key) | {"x-account-id": str(acme.account.pk)})  # fmt: skip
    post(client, "/leads/intake", {"phone": "1"}, bearer(places.vendor_key))

    dumped = dump()

    assert Lead.objects.count() == 6
    assert "workspace@acme.com" in dumped and b"nothing".hex() in dumped
    for secret in places.secrets:
        part = secret[-20:]
        assert part not in dumped
        assert part.encode().hex() not in dumped


def test_stored_headers_are_an_allow_list_and_credentials_are_masked(client: Client, places: Town) -> None:
    acme, visitor = places.acme, places.visitor("workspace")
    allowed = {
        "Host": "localhost", "User-Agent": "curl/8", "Accept": "*/*", "Content-Type": "application/json",
        "Origin": "https://acme.com", "X-Request-Id": "r-1", "Idempotency-Key": "once", "x-account-id": "7",
        "X-Workspace-Id": acme.account.hex_id, "X-Leadping-Source-Id": "s",
    }  # fmt: skip
    credentials = {"Authorization": f"Bearer {acme.key}", "X-Api-Key": acme.key, "Cookie": "sessionid=x"}
    others = {"X-Auth-Token": "t", "Proxy-Authorization": "p", "X-Forwarded-For": "1.2.3.4", "X-My-Key": "k"}
    referer = {"Referer": "https://acme.com/page?token=secret#secret"}

    post(client, visitor.path, visitor.body, allowed | credentials | others | referer)

    length = {"Content-Length": "26", "Referer": "https://acme.com/page"}
    assert AuditEntry.objects.get(event="lead_created").request_headers == (
        allowed | length | dict.fromkeys(credentials, MASK)
    )


def test_stored_headers_are_two_kib_at_most(client: Client, places: Town) -> None:
    visitor = places.visitor("workspace")
    large = {f"X-Large-{n}": "x" * 8192 for n in range(200)} | {"User-Agent": "u" * 8192, "Referer": "https://é" * 999}

    visitor.post(client, **large)

    headers = AuditEntry.objects.get(event="lead_created").request_headers
    assert sum(len(name.encode()) + len(text.encode()) for name, text in headers.items()) <= 2048
    assert headers["X-Api-Key"] == MASK


@contextmanager
def refused() -> Iterator[None]:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        yield


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_audit_entries_cannot_be_changed_or_deleted_through_django(places: Town) -> None:
    entry = AuditEntry.objects.get_for_object(lead(places.acme.account)).get()

    with refused():
        AuditEntry.objects.filter(pk=entry.pk).update(event="lead_updated")
    with refused():
        entry.save()
    with refused():
        entry.delete()
    with refused():
        AuditEntry.objects.all().delete()

    assert AuditEntry.objects.get(pk=entry.pk).event == "lead_created"


@pytest.mark.parametrize("statement", [
    "UPDATE accounts_auditentry SET changes = '{}'",
    f"UPDATE accounts_auditentry SET {BLANKED}",
    "UPDATE accounts_auditentry SET account_id = account_id",
    "DELETE FROM accounts_auditentry",
])  # fmt: skip
def test_audit_entries_cannot_be_changed_or_deleted_by_sql(places: Town, statement: str) -> None:
    lead(places.acme.account)

    with refused():
        run(statement)


def test_audit_entries_cannot_be_truncated(places: Town) -> None:
    lead(places.acme.account)
    # What the tests switch off for their flush between them is on everywhere else.
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("ALTER TABLE accounts_auditentry ENABLE TRIGGER auditentry_no_truncate")

    with refused():
        run("TRUNCATE accounts_auditentry")
    with refused():
        run("TRUNCATE accounts_account CASCADE")

    run("ALTER TABLE accounts_auditentry DISABLE TRIGGER auditentry_no_truncate")
    assert AuditEntry.objects.filter(event="lead_created").count() == 1


@pytest.mark.parametrize("statement", [
    "UPDATE accounts_auditentry SET changes = '{}'",
    f"UPDATE accounts_auditentry SET {BLANKED}, event = 'lead_updated'",
    f"UPDATE accounts_auditentry SET {BLANKED}, actor_id = NULL WHERE actor_id IS NOT NULL",
    f"UPDATE accounts_auditentry SET {BLANKED}, timestamp = timestamp - interval '1 day'",
    f"UPDATE accounts_auditentry SET {BLANKED}, object_id = 0",
    "DELETE FROM accounts_auditentry",
])  # fmt: skip
def test_even_an_erasure_may_only_blank(places: Town, statement: str) -> None:
    lead(places.acme.account)
    AuditEntry.objects.create(
        actor=places.acme.owner, event="accessed", action=3, content_type=ContentType.objects.first()
    )
    run(UNDER_FLAG)

    with refused():
        run(statement)


def test_an_erasure_blanks_what_was_said_of_one_lead_and_is_itself_recorded(client: Client, places: Town) -> None:
    visitor = places.visitor("workspace")
    visitor.post(client, visitor.body, User_Agent="Jane's browser")
    other = lead(places.acme.account, "john@acme.com")
    erased = Lead.objects.get(email="jane@acme.com")
    before = AuditEntry.objects.get_for_object(erased).get()

    count = erase_entries(erased, actor=Actor(user_id=places.admin.pk, email=places.admin.email))

    recorded, blanked = AuditEntry.objects.get_for_object(erased).order_by("-pk")
    assert count == 1
    assert personal(before)["remote_addr"] == "127.0.0.1" and before.changes is not None
    assert personal(blanked) == {
        "changes": None, "additional_data": None, "changes_text": "", "object_repr": "", "remote_addr": None,
        "remote_port": None, "request_headers": {}, "request_path": "", "cid": None,
    }  # fmt: skip
    assert (blanked.pk, blanked.event, blanked.actor_id) == (before.pk, "lead_created", before.actor_id)
    assert blanked.timestamp == before.timestamp
    assert (recorded.event, recorded.actor, recorded.additional_data) == (
        "entries_erased",
        places.admin,
        {"entries": 1},
    )
    assert AuditEntry.objects.get_for_object(other).get().changes["email"] == [None, "john@acme.com"]


def personal(entry: AuditEntry) -> dict[str, Any]:
    names = ["changes", "additional_data", "changes_text", "object_repr", "remote_addr", "remote_port"]
    return {name: getattr(entry, name) for name in [*names, "request_headers", "request_path", "cid"]}


def test_the_flag_of_an_erasure_does_not_outlive_it(places: Town) -> None:
    erase_entries(lead(places.acme.account), actor=Actor())

    with refused():
        run(f"UPDATE accounts_auditentry SET {BLANKED}")


@pytest.mark.django_db
def test_what_commands_and_the_console_issue_is_in_no_dump(client: Client, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(welcome, "KEPT", tmp_path / "demo-credentials.json")
    out = StringIO()
    call_command("demo", "--json", stdout=out)
    call_command("setup", account="Acme", email="olivia@acme.example", stdout=out)
    admin = User.objects.get(email="olivia@acme.example")
    client.force_login(admin)
    session = client.cookies["sessionid"].value
    new_member = {"email": "new@acme.example", "role": "agent"}
    key = client.post(reverse("admin:accounts_apikey_add"), {"kind": "account", "name": "console"}, follow=True)
    member = client.post(reverse("admin:accounts_membership_add"), new_member, follow=True)

    shown = out.getvalue() + key.content.decode() + member.content.decode()
    secrets = set(re.findall(r"(?:sk_(?:admin_|user_|src_)?|ses_)[0-9A-Za-z]{38}", shown))
    passwords = set(re.findall(r'(?:"password": "|password  +)([\w-]{16,20})', shown))
    assert (len(secrets), len(passwords)) == (5 + 3 + 1, 2)
    assert User.objects.get(email="new@acme.example").has_usable_password()
    dumped = dump()
    for secret in secrets | passwords | {session}:
        assert secret[-12:] not in dumped
        assert secret.encode().hex()[-24:] not in dumped

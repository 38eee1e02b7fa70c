"""What goes wrong outside of us: a database that is away, settings that cannot be, requests nobody meant."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import psycopg
import pytest
import time_machine
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from psycopg_pool import ConnectionPool

from accounts.actors import Actor
from accounts.keyformat import KeyKind
from accounts.models import ApiKey
from accounts.roles import Role
from intake.models import QuarantinedLead
from leadhub.collecting import NotCollected, collect, is_collected
from leadhub.handlers import page_not_found
from leadhub.lib.pooled import checking
from leadhub.lib.pooled.base import DatabaseWrapper
from leadhub.lib.pooled.checking import check_connection
from leadhub.lib.pooled.reconnecting import AWAY_SECONDS, try_again
from leads.lifecycle import delete
from leads.models import Lead
from leads.purging import purge_deleted
from tests.consoles import change_url, console, member, page_url
from tests.people import Company, lead, platform_admin, source
from tests.waiting import PATIENCE
from tests.web import Web, serving

MANIFEST = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}}
AWAY = "postgresql://nobody@/nothing?host=/nonexistent"


# --- a database that is away ---


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Path]]:
    """The web server without a database, and what it prints."""
    printed = tmp_path_factory.mktemp("alone") / "printed.txt"
    with serving(AWAY, output=printed) as web:
        yield web, printed


def test_the_console_is_a_readable_503_while_the_database_is_away(alone: tuple[Web, Path]) -> None:
    web, printed = alone

    status, headers, body = web.send("GET", "/admin/", headers={"Cookie": f"sessionid={'a' * 32}"})

    assert (status, headers["retry-after"], headers["content-type"]) == (503, "5", "text/html; charset=utf-8")
    assert "<h1>LeadHub cannot reach its database</h1>" in body.decode()
    assert "fault of ours" not in printed.read_text()


def test_health_tells_a_living_process_from_a_ready_one(alone: tuple[Web, Path]) -> None:
    web, _ = alone

    assert [web.send("GET", path)[0] for path in ("/livez", "/readyz")] == [200, 503]


@pytest.mark.django_db
def test_a_pool_waits_out_its_time_once_and_again_when_the_database_is_back() -> None:
    pool = {"min_size": 0, "max_size": 1, "timeout": 0.3}
    asked = connection.settings_dict | {"NAME": "nothing", "HOST": "/nonexistent", "OPTIONS": {"pool": pool}}
    wrapper = DatabaseWrapper(asked, alias="default")

    try:
        with pytest.raises(OperationalError):
            wrapper.ensure_connection()
        assert wrapper.pool.timeout == AWAY_SECONDS
        wrapper.pool.kwargs, wrapper.pool.timeout = wrapper.pool.kwargs | own_address(), PATIENCE
        wrapper.ensure_connection()
        assert wrapper.pool.timeout == 0.3
    finally:
        wrapper.close()
        wrapper.close_pool()


@pytest.mark.django_db
def test_who_waits_for_the_database_gets_it_as_soon_as_it_is_back() -> None:
    def come_back(pool: ConnectionPool) -> None:
        pool.kwargs = pool.kwargs | own_address()
        try_again(pool)

    pool = {"min_size": 0, "max_size": 1, "timeout": PATIENCE, "reconnect_timeout": 0, "reconnect_failed": come_back}
    asked = connection.settings_dict | {"NAME": "nothing", "HOST": "/nonexistent", "OPTIONS": {"pool": pool}}
    wrapper = DatabaseWrapper(asked, alias="default")

    try:
        wrapper.ensure_connection()
        assert wrapper.is_usable()
    finally:
        wrapper.close()
        wrapper.close_pool()


def test_the_pool_asks_nothing_of_a_busy_connection_and_refuses_a_dead_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "TRUSTED_SECONDS", PATIENCE)
    with psycopg.connect(**own_address(), autocommit=True) as pooled, psycopg.connect(**own_address()) as other:
        check_connection(pooled)
        before = pooled.execute("SELECT pg_backend_pid()").fetchone()
        asked = "SELECT query FROM pg_stat_activity WHERE pid = %s"

        check_connection(pooled)

        assert other.execute(asked, before).fetchone() == ("SELECT pg_backend_pid()",)
        other.execute("SELECT pg_terminate_backend(%s, 5000)", before)
        with pytest.raises(psycopg.OperationalError):
            check_connection(pooled)


def test_the_pool_asks_a_connection_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(**own_address(), autocommit=True) as pooled:
        check_connection(pooled)
        monkeypatch.setattr(checking, "TRUSTED_SECONDS", 0.0)
        # A server that went away with its host: no word comes, and the next statement fails.
        monkeypatch.setattr(checking, "is_readable", lambda connection: False)
        asked: list[psycopg.Connection] = []
        monkeypatch.setattr(ConnectionPool, "check_connection", asked.append)

        check_connection(pooled)

    assert asked == [pooled]


def test_the_pool_replaces_a_session_that_began_while_the_database_was_only_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = "-c default_transaction_read_only=on"
    with psycopg.connect(**own_address(), autocommit=True, options=read) as pooled:
        check_connection(pooled)
        check_connection(pooled)
        monkeypatch.setattr(checking, "TRUSTED_SECONDS", 0.0)

        with pytest.raises(psycopg.OperationalError, match="only read"):
            check_connection(pooled)

        assert pooled.closed


def own_address() -> dict[str, Any]:
    told = connection.get_connection_params()
    return {"dbname": "postgres"} | {name: told[name] for name in ("user", "password", "host", "port") if name in told}


def test_a_host_that_is_not_ours_is_refused_without_a_word_of_it_in_the_log(alone: tuple[Web, Path]) -> None:
    web, printed = alone

    status, headers, _ = web.send("POST", "/api/v1/leads", b"{}", {"Host": "evil.test"})

    assert (status, headers["content-type"]) == (400, "application/problem+json")
    assert web.send("GET", "/admin/", headers={"Host": "evil.test"})[0] == 400
    assert "evil.test" not in printed.read_text()
    assert "Traceback" not in printed.read_text()


# --- pages of what went wrong ---


@pytest.mark.django_db
def test_what_is_not_there_or_not_allowed_is_said_in_a_page(acme: Company) -> None:
    visitor = console(acme.owner)

    missing = visitor.get("/admin/nothing/here/")
    refused = console(member(acme, Role.AGENT)).get("/admin/accounts/apikey/")

    assert (missing.status_code, refused.status_code) == (404, 403)
    assert "<h1>There is nothing here</h1>" in missing.content.decode()
    assert "<h1>You may not do this</h1>" in refused.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_in_a_page(acme: Company) -> None:
    visitor = Client(enforce_csrf_checks=True)

    response = visitor.post("/admin/login/", {"username": "a", "password": "b"})

    assert response.status_code == 403
    assert "<h1>You may not do this</h1>" in response.content.decode()


# --- requests that nobody meant ---


@pytest.fixture
def behind_a_proxy(settings: Any) -> None:
    """Production, with this machine as the proxy it trusts."""
    settings.PRODUCTION, settings.TRUSTED_PROXIES = True, [ip_network("127.0.0.1")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/leads", 403),
        ("POST", "/leads/intake", 403),
        ("GET", "/leads", 403),
        ("GET", "/livez", 200),
        ("GET", "/admin/login/", 302),
        ("POST", "/admin/login/", 403),
    ],
)
def test_what_came_by_plain_http_is_refused_or_led_on(
    behind_a_proxy: None, client: Client, method: str, path: str, status: int
) -> None:
    answer = client.generic(method, path, b"{}", headers={"X-Forwarded-Proto": "http"})

    assert answer.status_code == status
    assert answer.headers.get("Location") == ("https://testserver/admin/login/" if status == 302 else None)
    if path == "/v1/leads":
        assert "Use https" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("peer", "said"), [("127.0.0.1", "https"), ("127.0.0.1", ""), ("192.0.2.1", "http")])
def test_only_a_trusted_proxys_word_makes_it_plain_http(
    behind_a_proxy: None, client: Client, peer: str, said: str
) -> None:
    answer = client.post("/v1/leads", b"{}", "application/json", headers={"X-Forwarded-Proto": said}, REMOTE_ADDR=peer)

    assert answer.status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/v1/platform/leads", "/leads", "/v1/leads", "/leads/intake", "/api/v1/leads"])
def test_a_credential_that_is_not_ascii_is_none(client: Client, path: str) -> None:
    sent = {"Authorization": "Bearer sk_schl\u00fcssel", "X-Api-Key": "\u043a\u043b\u044e\u0447"}

    assert client.post(path, b"{}", "application/json", headers=sent).status_code == 401


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v2/leads", "/api/v1/nothing"])
def test_an_unknown_path_of_the_api_is_a_problem(client: Client, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


# --- all accounts on one page ---


@pytest.mark.django_db
def test_where_all_accounts_are_shown_no_filter_offers_one_account_s_choices(acme: Company, globex: Company) -> None:
    admin = console(platform_admin())

    def offered(**query: str) -> set[str]:
        filters = admin.get(page_url(Lead, "changelist"), query).context["cl"].filter_specs
        return {str(each.title) for each in filters}

    everywhere, with_owner = offered(), offered(owner__id__exact=str(acme.owner.pk))
    admin.post("/admin/switch/", {"account": acme.account.pk})

    assert everywhere == {"view", "status", "day"}
    assert with_owner == everywhere | {"owner"}
    assert offered() == everywhere | {"source", "team", "owner"}
    assert offered(show="everywhere") == everywhere


# --- a new secret ---


@pytest.mark.django_db
def test_a_reload_of_a_new_keys_page_neither_shows_it_again_nor_makes_another(acme: Company) -> None:
    visitor = console(acme.owner)

    issued = visitor.post(page_url(ApiKey, "add"), {"kind": "account", "name": "Zapier"})
    first, again = visitor.get(issued.headers["Location"]), visitor.get(issued.headers["Location"])

    secret = first.context["secret"]
    assert (issued.status_code, first.status_code, again.status_code) == (302, 200, 410)
    assert secret in first.content.decode()
    assert secret not in again.content.decode()
    assert ApiKey.objects.for_account(acme.account).filter(name="Zapier").count() == 1


@pytest.mark.django_db
def test_a_new_secret_can_be_read_neither_in_the_session_nor_in_the_cookie(acme: Company) -> None:
    visitor = console(acme.owner)

    issued = visitor.post(page_url(ApiKey, "add"), {"kind": "account", "name": "Zapier"})

    waiting, pad = visitor.session["waiting_secret"]["secret"], issued.cookies["secret_pad"]
    secret = visitor.get(issued.headers["Location"]).context["secret"]
    assert secret.encode().hex() not in (waiting, pad.value)
    assert (pad["httponly"], pad["samesite"], pad["path"], pad["max-age"]) == (True, "Strict", "/admin/secret/", 300)
    assert "waiting_secret" not in visitor.session


@pytest.mark.django_db
def test_a_new_secret_is_not_shown_after_five_minutes_nor_without_its_cookie(acme: Company) -> None:
    late, other = console(acme.owner), console(acme.owner)

    for visitor in (late, other):
        visitor.post(page_url(ApiKey, "add"), {"kind": "account", "name": "Zapier"})
    other.cookies["secret_pad"] = ""

    with time_machine.travel(timezone.now() + timedelta(seconds=301)):
        assert late.get("/admin/secret/").status_code == 410
    assert other.get("/admin/secret/").status_code == 410


@pytest.mark.django_db
def test_a_members_own_keys_are_told_to_the_account_and_revoked_by_the_platform(acme: Company) -> None:
    key = ApiKey.objects.issue(KeyKind.USER, user=acme.reps[0])[0]
    admin = console(platform_admin())
    admin.post("/admin/switch/", {"account": acme.account.pk})
    revoke = reverse("admin:accounts_apikey_revoke", args=[key.pk])

    told = console(acme.owner).get(change_url(acme.reps[0].memberships.get()))
    refused = console(acme.owner).post(revoke, follow=True)
    assert ApiKey.objects.usable().filter(pk=key.pk).exists()
    admin.post(revoke, follow=True)

    assert f"{key} (last used: never). Each works in all accounts of its owner" in told.content.decode()
    assert refused.status_code == 404
    assert not ApiKey.objects.usable().filter(pk=key.pk).exists()


# --- erasing ---


@pytest.mark.django_db
def test_a_lead_that_came_out_of_the_quarantine_is_purged_with_what_was_kept_of_it(acme: Company) -> None:
    vendor, _ = source(acme.account, acme.owner)
    made, kept = lead(acme.account, "jane@example.com"), lead(acme.account, "john@example.com")
    for each in (made, kept):
        QuarantinedLead.objects.create(
            account=acme.account, lead_source=vendor, door="source", code="no", payload=b"{}", lead=each
        )
    delete(acme.account, [made.pk], actor=Actor())

    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert purge_deleted() == 1

    assert list(QuarantinedLead.objects.values_list("lead", flat=True)) == [kept.pk]


# --- starting it wrongly ---


@pytest.mark.parametrize(
    ("command", "environment", "said"),
    [
        (["check"], {"PORT": "0"}, "LeadHub is not configured: PORT must be a whole number of at least 1, not '0'."),
        (["serve", "--port", "65536"], {}, "CommandError: A port is a number from 1 to 65535, not 65536."),
        (["setup"], {}, "CommandError: Nobody is there to be asked: give --account and --email."),
    ],
)
def test_a_wrong_start_is_said_in_one_line(command: list[str], environment: dict[str, str], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr.strip()) == (2, said)


def test_static_files_are_collected_where_they_are_missing_or_old(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT, settings.STORAGES = str(tmp_path / "collected"), settings.STORAGES | MANIFEST

    collect()
    first = is_collected(tmp_path / "collected")
    os.utime(tmp_path / "collected" / "staticfiles.json", (0, 0))

    assert (first, is_collected(tmp_path / "collected")) == (True, False)


def test_static_files_that_cannot_be_collected_are_said_in_one_line(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.STATIC_ROOT, settings.STORAGES = str(tmp_path / "file" / "below"), settings.STORAGES | MANIFEST

    with pytest.raises(NotCollected, match="cannot be collected into"):
        collect()


def test_a_page_for_an_error_needs_no_static_files(rf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = ValueError("Missing staticfiles manifest entry")
    monkeypatch.setattr("leadhub.handlers.render", Mock(side_effect=missing))

    answer = page_not_found(rf.get("/nothing"), Exception())

    assert (answer.status_code, answer.content.decode()) == (
        404, "There is nothing here. It was moved, or never was here, or belongs to another account.",
    )  # fmt: skip

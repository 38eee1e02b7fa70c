"""What operators run: health, the demo, the first account, and settings that refuse to lose leads."""

import json
import os
import re
import secrets
import subprocess
import sys
from io import StringIO
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from accounts.actors import Actor
from accounts.callers import identify
from accounts.models import Account, ApiKey, User
from intake.models import QuarantinedLead
from intake.quarantine import rerun
from leadhub import env, health, preparing, welcome
from leadhub.lib.transactions import run
from leadhub.management.commands import serve
from leads.models import Lead
from teams.models import LeadSource, RotationMember
from tests.web import free_port

SECURE = {
    "LEADHUB_ENV": "production",
    "SECRET_KEY": "s3cr3t-" * 10,
    "ALLOWED_HOSTS": "leads.example.com",
    "DATABASE_URL": "postgresql://leadhub@localhost/leadhub",
}


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(welcome, "KEPT", tmp_path / "var" / "demo-credentials.json")


def demo() -> dict[str, object]:
    out = StringIO()
    call_command("demo", "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


# --- health ---


def test_livez_asks_no_database(client: Client) -> None:
    assert client.get("/livez").content == b"ok\n"


@pytest.mark.django_db
def test_readyz_says_ok(client: Client) -> None:
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("undurable_settings", ["fsync=off"]),
        ("unfit_settings", ["transaction_read_only=on"]),
        ("missing_migrations", True),
    ],
)
def test_readyz_is_503_where_leads_could_be_lost_or_not_taken(
    client: Client, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    monkeypatch.setattr(health, name, lambda: value)

    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (503, {"status": "not ready"})


@pytest.mark.django_db
def test_an_asynchronous_commit_is_seen() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")

    assert health.undurable_settings() == ["synchronous_commit=off"]


@pytest.mark.django_db
def test_a_database_that_is_only_read_is_seen() -> None:
    assert health.unfit_settings() == []
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")

    assert health.unfit_settings() == ["transaction_read_only=on"]


# --- the demo ---


@pytest.mark.django_db
def test_the_demo_prints_what_a_client_needs() -> None:
    printed = demo()

    account = Account.objects.get(pk=printed["account_id"])
    members = RotationMember.objects.for_account(account).values_list("user__email", flat=True)
    assert printed["rotation_members"] == list(members)
    assert len(printed["rotation_members"]) == 5
    assert set(printed) == {
        "base_url", "platform_key", "account_id", "session_token", "user_key", "workspace_id", "workspace_key",
        "source_id", "source_key", "console", "team_id", "lead_source_id", "rotation_members",
    }  # fmt: skip
    assert set(printed["console"]) == {"url", "email", "password"}
    assert all(identify(str(printed[name])) for name in welcome.SECRETS)
    assert User.objects.get(email=printed["console"]["email"]).is_platform_admin


@pytest.mark.django_db
def test_the_demo_has_a_payload_to_run_again_once_its_source_s_rules_allow_it() -> None:
    demo()
    kept = QuarantinedLead.objects.select_related("account").get()
    assert run(lambda: rerun(kept.account, kept.pk, actor=Actor())).code == "state_not_allowed"
    LeadSource.objects.filter(pk=kept.lead_source_id).update(allowed_states=["TX"])

    taken = run(lambda: rerun(kept.account, kept.pk, actor=Actor()))

    assert taken.lead is not None
    assert (taken.lead.email, taken.lead.tags) == ("rosa@example.com", ["solar"])


@pytest.mark.django_db
def test_the_demo_again_is_harmless_and_revokes_the_credentials_before() -> None:
    first = demo()
    leads = Lead.objects.count()

    second = demo()

    assert Lead.objects.count() == leads >= 30
    assert (first["account_id"], first["team_id"]) == (second["account_id"], second["team_id"])
    assert [identify(str(first[name])) for name in welcome.SECRETS] == [None] * 5
    assert all(identify(str(second[name])) for name in welcome.SECRETS)
    assert not User.objects.get(email=first["console"]["email"]).check_password(first["console"]["password"])


@pytest.mark.django_db
def test_the_demo_routes_each_lead_and_every_page_has_some() -> None:
    account = Account.objects.get(pk=demo()["account_id"])

    for place in (account, Account.objects.platform()):
        assert not Lead.objects.for_account(place).filter(owner=None).exists()
        assert Lead.objects.for_account(place).count() >= 5
    assert set(Lead.objects.for_account(account).values_list("door", flat=True)) == {"account", "source", "workspace"}


@pytest.mark.django_db
def test_kept_credentials_are_printed_again_while_they_work() -> None:
    printed = demo()

    assert welcome.kept_credentials() == printed
    assert welcome.KEPT.stat().st_mode & 0o777 == 0o600
    ApiKey.objects.filter(public_id=str(printed["user_key"])[:16]).get().revoke()
    assert welcome.kept_credentials() is None


# --- the first account ---


@pytest.mark.django_db
def test_setup_makes_the_first_account_with_keys_that_work(client: Client) -> None:
    out = StringIO()

    call_command("setup", account="Acme", email="Olivia@acme.example", country="de", stdout=out)

    made = dict(line.split("  ", 1) for line in out.getvalue().splitlines() if "  " in line)
    made = {name.strip(): value.strip() for name, value in made.items()}
    response = client.post(
        "/v1/leads", {"email": "a@b.example"}, "application/json", headers={"X-Api-Key": made["workspace key"]}
    )
    assert response.status_code == 201
    assert client.login(username="olivia@acme.example", password=made["password"])
    assert Account.objects.get(pk=made["account id"]).default_country == "DE"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("account", "email", "country", "message"),
    [
        ("Acme", "nobody", "US", "'nobody' is not an e-mail address."),
        (" ", "a@b.example", "US", "An account needs a name, of at most 200 characters."),
        ("A" * 201, "a@b.example", "US", "An account needs a name, of at most 200 characters."),
        ("Acme", "a@b.example", "USA", "'USA': There is no such country; use two letters, such as US."),
        ("Acme", "a@b.example", "ZZ", "'ZZ': There is no such country; use two letters, such as US."),
    ],
)
def test_setup_says_what_is_wrong(account: str, email: str, country: str, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("setup", account=account, email=email, country=country)

    assert not Account.objects.exists()


# --- settings ---


def test_the_documentation_names_every_variable_that_is_read() -> None:
    """But LEADHUB_SERVING, which is the web server's own word to its processes."""
    read = re.compile(r"""(?:env\.\w+\(|environ\.get\(|CHOICE = )"([A-Z_]+)\"""")
    places = ["settings.py", "lib/embedded/binaries.py", "management/commands/serve.py"]
    sources = "".join((settings.BASE_DIR / "leadhub" / place).read_text() for place in places)
    told = (settings.BASE_DIR / "docs/settings.md").read_text()

    named = set(read.findall(sources)) - {"LEADHUB_SERVING"}
    assert (len(named) > 25, {name for name in named if f"`{name}`" not in told}) == (True, set())


@pytest.mark.django_db
def test_the_deployment_check_is_clean() -> None:
    connection.ensure_connection()
    info = connection.connection.info
    url = f"postgresql://{info.user}@/{info.dbname}?host={quote(info.host, safe='')}&port={info.port}"

    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=os.environ | SECURE | {"SECRET_KEY": secrets.token_urlsafe(64), "DATABASE_URL": url},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def settings_error(**changes: str) -> str:
    """The last line of what loading the settings in production says."""
    environment = {name: value for name, value in (os.environ | SECURE | changes).items() if value}
    code = "import django; django.setup()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"DJANGO_SETTINGS_MODULE": "leadhub.settings"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, ""),
        ({"DEBUG": "1"}, "Production refuses DEBUG=1."),
        ({"SECRET_KEY": ""}, "Production needs SECRET_KEY, at least 50 random characters."),
        ({"SECRET_KEY": "a" * 60}, "Production needs SECRET_KEY, at least 50 random characters."),
        ({"PORT": "0"}, "PORT must be a whole number of at least 1, not '0'."),
        ({"PORT": "65536"}, "PORT must be a port, from 1 to 65535, not 65536."),
        ({"LEADHUB_DATA": __file__}, f"LEADHUB_DATA must be a folder; {__file__} is none."),
        ({"ALLOWED_HOSTS": "*"}, "Production needs ALLOWED_HOSTS, the host names you serve; '*' is refused."),
        ({"ALLOWED_HOSTS": ""}, "Production needs ALLOWED_HOSTS, the host names you serve; '*' is refused."),
        ({"DATABASE_URL": ""}, "Production needs DATABASE_URL, such as postgresql://user:password@host/leadhub"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL must begin with postgresql://"),
    ],
)
def test_production_refuses_to_start_unsafe(changes: dict[str, str], error: str) -> None:
    assert settings_error(**changes).removeprefix("django.core.exceptions.ImproperlyConfigured: ") == error


@pytest.mark.parametrize("password", ["a#b", "1#b", "1/b", "a[b"])
def test_a_password_that_must_be_written_otherwise_is_not_said_again(password: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        env.database(f"postgresql://leadhub:{password}@localhost/leadhub")

    assert str(refused.value) == f"DATABASE_URL: {env.MALFORMED}"


@pytest.mark.parametrize("value", ["a.test", "https://a.test/hub", "ftp://a.test", "https://", "https://a.test:x"])
def test_an_address_of_the_site_that_no_link_could_begin_with_is_refused(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SITE_URL", value)
    monkeypatch.setenv("CSRF_TRUSTED_ORIGINS", f"https://b.test,{value}")

    with pytest.raises(ImproperlyConfigured, match=f"SITE_URL must be like https://leads.example.com, not '{value}'."):
        env.origin("SITE_URL", "")
    with pytest.raises(ImproperlyConfigured, match=f"CSRF_TRUSTED_ORIGINS must be like .*, not '{value}'."):
        env.origins("CSRF_TRUSTED_ORIGINS")


def test_the_site_s_address_has_no_slash_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", "https://leads.hub.test:8443/")

    assert env.origin("SITE_URL", "") == "https://leads.hub.test:8443"


# --- the start ---


@pytest.mark.django_db
def test_a_role_that_may_not_make_tables_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def migrate(*args: object, **options: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE pg_read_all_data")
            cursor.execute("CREATE TABLE public.nothing ()")

    monkeypatch.setattr(preparing, "call_command", migrate)

    with pytest.raises(CommandError, match=r"^The role must own its database: permission denied for schema public"):
        preparing.prepare_database()


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.test"])
def test_a_host_that_is_not_ours_to_listen_on_is_told_apart_from_a_taken_port(host: str) -> None:
    with pytest.raises(CommandError, match=f"^HOST must be an address of this machine; {host} is none "):
        serve.free_address(host, free_port())


def test_the_web_server_is_given_the_address_of_a_name() -> None:
    assert serve.free_address("localhost", free_port()) == "127.0.0.1"


def test_what_a_killed_server_leaves_behind_does_not_keep_the_port() -> None:
    killed = serve.start_child(["/bin/sh", "-c", "sleep 60 & exec sleep 60"], {})
    while b"sleep" not in Path(f"/proc/{killed.pid}/cmdline").read_bytes():
        pass
    killed.kill()
    killed.wait()

    serve.end(killed)

    assert serve.is_gone(killed)

"""What operators run: health, the demo, the first account, and settings that refuse to lose leads."""

import json
import os
import secrets
import subprocess
import sys
from io import StringIO
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from accounts.actors import Actor
from accounts.callers import identify
from accounts.models import Account, ApiKey, User
from intake.models import QuarantinedLead
from intake.quarantine import rerun
from leadhub import health, welcome
from leadhub.lib.transactions import run
from leads.models import Lead
from teams.models import LeadSource, RotationMember

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
@pytest.mark.parametrize(("name", "value"), [("undurable_settings", ["fsync=off"]), ("missing_migrations", True)])
def test_readyz_is_503_where_leads_could_be_lost_or_migrations_miss(
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

"""EMAIL_URL and EMAIL_FROM: what they mean, and what is said of a misspelt one."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import mailers

from leadhub import env
from leadhub.management.commands.serve import production_greeting

SMTP = {"username": "", "password": "", "use_tls": False, "use_ssl": False, "timeout": 10}


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("smtp://localhost", {"host": "localhost", "port": 25}),
        ("smtp://mail.test:2525?tls=none", {"host": "mail.test", "port": 2525}),
        (
            "smtp://ada%40x.test:p%40ss%3A@mail.test?tls=starttls",
            {"host": "mail.test", "port": 587, "username": "ada@x.test", "password": "p@ss:", "use_tls": True},
        ),
        (
            "smtps://ada:secret@mail.test/",
            {"host": "mail.test", "port": 465, "username": "ada", "password": "secret", "use_ssl": True},
        ),
    ],
)
def test_a_mail_server_is_named_in_one_line(url: str, options: dict[str, Any]) -> None:
    mailer = env.mailers(url)["default"]

    assert mailer["BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert mailer["OPTIONS"] == SMTP | options


@pytest.mark.parametrize(
    ("url", "backend"),
    [("", "dummy"), ("console://", "console"), ("smtp://mail.test", "smtp"), ("file:///tmp/mails", "filebased")],
)
def test_django_takes_what_is_made_of_it(url: str, backend: str, settings: Any, tmp_path: Path) -> None:
    settings.MAILERS = env.mailers(url.replace("/tmp/mails", str(tmp_path / "mails")))

    assert type(mailers["default"]).__module__ == f"django.core.mail.backends.{backend}"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mail.test:25", "must begin with smtp://"),
        ("http://mail.test", "must begin with smtp://"),
        ("smtp://", "needs a host"),
        ("smtp://ada@mail.test", "user and password together"),
        ("smtp://mail.test:99999", "host or port"),
        ("smtp://mail.test:x", "host or port"),
        ("smtp://[mail.test", "host or port"),
        ("smtp://mail.test?tls=yes", "tls is starttls or none"),
        ("smtps://mail.test?tls=starttls", "tls is starttls or none"),
        ("smtp://mail.test?ssl=1", "only ?tls=starttls may follow"),
        ("smtp://mail.test/path", "only ?tls=starttls may follow"),
        ("console://somewhere", "nothing may follow"),
        ("file://", "needs a folder"),
        ("file:///tmp/mails?x=1", "nothing may follow"),
    ],
)
def test_what_is_misspelt_is_said_without_the_password(url: str, said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL") as refused:
        env.mailers(url.replace("://mail", "://ada:hunter2@mail"))

    assert said in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("address", ["leads@example.com", "LeadHub <leads@example.com>", ""])
def test_mails_come_from_an_address(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_FROM", address)

    assert env.sender("EMAIL_FROM", "hub@localhost") == (address or "hub@localhost")


@pytest.mark.parametrize("address", ["LeadHub", "leads@", "@example.com", "a@x.test\nBcc: b@x.test"])
def test_what_is_no_address_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_FROM", address)

    with pytest.raises(ImproperlyConfigured, match="EMAIL_FROM must be an address"):
        env.sender("EMAIL_FROM", "hub@localhost")


def test_the_library_s_older_settings_are_not_used() -> None:
    assert list(settings.MAILERS) == ["default"]


@pytest.mark.parametrize(("url", "says_so"), [("", True), ("smtp://mail.test", False)])
def test_production_says_at_its_start_that_no_mails_are_sent(url: str, says_so: bool, db: None, settings: Any) -> None:
    settings.EMAIL_URL = url

    assert ("No mails are sent: EMAIL_URL names no mail server." in production_greeting()) == says_so

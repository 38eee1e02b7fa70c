"""Settings from the environment: typed, and loud about what is missing or malformed."""

import os
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

MAIL_BACKENDS = "django.core.mail.backends"
MAIL_TIMEOUT_SECONDS = 10
MALFORMED = "its host or port is malformed. A #, /, ?, [ or @ in the password is written %23, %2F, %3F, %5B or %40."


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value in ("", "1", "true", "yes", "on", "0", "false", "no", "off"):
        return default if value == "" else value in ("1", "true", "yes", "on")
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def choice(name: str, *words: str) -> str:
    """One of these words; the first is the default."""
    value = os.environ.get(name, "").strip() or words[0]
    if value in words:
        return value
    raise ImproperlyConfigured(f"{name} must be {' or '.join(words)}, not {value!r}.")


def number(name: str, default: int, *, least: int = 0) -> int:
    value = os.environ.get(name, "").strip() or str(default)
    if value.isascii() and value.isdigit() and len(value) < 10 and int(value) >= least:
        return int(value)
    raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}, not {value!r}.")


def port(name: str, default: int) -> int:
    value = number(name, default, least=1)
    if value > 65535:
        raise ImproperlyConfigured(f"{name} must be a port, from 1 to 65535, not {value}.")
    return value


def folder(name: str, default: Path) -> Path:
    """A folder, which need not be there yet."""
    given = Path(text(name) or default).absolute()
    there = next((each for each in (given, *given.parents) if os.path.lexists(each)), given)
    if not there.is_dir():
        raise ImproperlyConfigured(f"{name} must be a folder; {there} is none.")
    return given


def is_random(secret: str) -> bool:
    """Whether a secret may have been drawn at random: long enough, and not the same few characters over and over."""
    return len(secret) >= 50 and len(set(secret)) >= 5


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Addresses and networks, such as 10.0.0.0/8, comma-separated."""
    try:
        return [ip_network(word, strict=False) for word in words(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be addresses or networks: {error}.") from error


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def origin(name: str, default: str) -> str:
    """Where people reach us, such as https://leads.example.com; without a slash at the end."""
    value = text(name).strip() or default
    if is_origin(value.rstrip("/")):
        return value.rstrip("/")
    raise ImproperlyConfigured(f"{name} must be like https://leads.example.com, not {value!r}.")


def origins(name: str) -> list[str]:
    """Origins, comma-separated; the browser's word for where a page is from."""
    for word in words(name):
        if not is_origin(word):
            raise ImproperlyConfigured(f"{name} must be like https://leads.example.com, not {word!r}.")
    return words(name)


def is_origin(value: str) -> bool:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and value == f"{parts.scheme}://{parts.netloc}"


def database(url: str) -> dict[str, object]:
    """Django's NAME, USER, PASSWORD, HOST, PORT and OPTIONS from `postgresql://user:pass@host:port/name?option=value`."""
    # The address is never said again: it has the password in it.
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL: {MALFORMED}") from error
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://")
    if parts.fragment or "/" in parts.path[1:]:
        raise ImproperlyConfigured(f"DATABASE_URL: {MALFORMED}")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    return {
        "NAME": unquote(parts.path.lstrip("/")) or "leadhub",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or options.pop("port", "")),
        "OPTIONS": options,
    }


def mailers(url: str) -> dict[str, dict[str, Any]]:
    """Django's MAILERS for one address of a mail server; without one, mails go nowhere.

    `smtp://user:password@host:587?tls=starttls`, `smtps://user:password@host`, `console://` prints them,
    `file:///folder` keeps each as a file.
    """
    parts = split_mail_url(url)
    if parts.scheme in ("smtp", "smtps"):
        return {"default": {"BACKEND": f"{MAIL_BACKENDS}.smtp.EmailBackend", "OPTIONS": smtp_options(parts)}}
    if parts.query or parts.fragment or (parts.scheme != "file" and (parts.netloc or parts.path)):
        raise ImproperlyConfigured(f"EMAIL_URL: nothing may follow {parts.scheme}:// but a folder after file://.")
    if parts.scheme == "file":
        return {"default": {"BACKEND": f"{MAIL_BACKENDS}.filebased.EmailBackend", "OPTIONS": folder_options(parts)}}
    return {"default": {"BACKEND": f"{MAIL_BACKENDS}.{parts.scheme or 'dummy'}.EmailBackend"}}


def split_mail_url(url: str) -> SplitResult:
    # The address is never said again: it has the password in it.
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ImproperlyConfigured("EMAIL_URL: its host or port is malformed.") from error
    if url and parts.scheme not in ("smtp", "smtps", "console", "file"):
        raise ImproperlyConfigured("EMAIL_URL must begin with smtp://, smtps://, console:// or file://")
    return parts


def smtp_options(parts: SplitResult) -> dict[str, Any]:
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    tls = asked.pop("tls", "none")
    if asked or parts.fragment or parts.path not in ("", "/"):
        raise ImproperlyConfigured("EMAIL_URL: after host and port only ?tls=starttls may follow.")
    if tls not in ("starttls", "none") or (parts.scheme == "smtps" and tls != "none"):
        raise ImproperlyConfigured("EMAIL_URL: tls is starttls or none, and smtps:// has it from the start.")
    if not parts.hostname or bool(parts.username) != bool(parts.password):
        raise ImproperlyConfigured("EMAIL_URL needs a host, and user and password together or neither.")
    usual = 465 if parts.scheme == "smtps" else 587 if tls == "starttls" else 25
    return {
        "host": parts.hostname,
        "port": parts.port or usual,
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_tls": tls == "starttls",
        "use_ssl": parts.scheme == "smtps",
        "timeout": MAIL_TIMEOUT_SECONDS,
    }


def folder_options(parts: SplitResult) -> dict[str, Any]:
    folder = unquote(parts.netloc + parts.path)
    if not folder:
        raise ImproperlyConfigured("EMAIL_URL: file:// needs a folder, such as file:///var/mail/leadhub")
    return {"file_path": folder}


def sender(name: str, default: str) -> str:
    """Whom mails come from: an address, or `Name <address>`."""
    value = os.environ.get(name, "").strip() or default
    address = parseaddr(value)[1]
    local, _, host = address.rpartition("@")
    if local and host and not any(each.isspace() for each in address) and "\n" not in value and "\r" not in value:
        return value
    raise ImproperlyConfigured(f"{name} must be an address, such as LeadHub <leads@example.com>, not {value!r}.")

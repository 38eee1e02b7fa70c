"""The places on the web that a form may be at, and may lead to. Pure."""

from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from leadhub.lib.errors import Invalid

PORTS = {"http": 80, "https": 443}
LONGEST = 200


def checked_origin(text: str) -> str:
    """An origin as browsers write it: scheme, host, and a port of its own. Raises Invalid."""
    parts = split(text.strip())
    origin = origin_of(parts) if parts else None
    if origin is None or parts is None or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise Invalid(
            f"“{text.strip()[:60]}” is no origin; write one as https://www.example.com, without a path.",
            field="allowed_origins",
        )
    return origin


def checked_host(text: str) -> str:
    """A host name, with a port where it is not the usual one. Raises Invalid."""
    host = text.strip()
    parts = split(f"https://{host}")
    if parts is None or parts.netloc != host or origin_of(parts) is None:
        raise Invalid(
            f"“{host[:60]}” is no host; write one as www.example.com.",
            field="allowed_redirect_hosts",
        )
    return str(origin_of(parts)).removeprefix("https://")


def checked_url(text: str) -> str:
    """A whole http or https address, or nothing. Raises Invalid."""
    url = text.strip()
    parts = split(url) if url else None
    if url and (parts is None or origin_of(parts) is None):
        raise Invalid("Write a whole address, such as https://www.example.com/thanks.", field="redirect_url")
    return url


def leads_to(url: str, hosts: Collection[str]) -> bool:
    """Whether a browser sent to this address comes to one of these hosts."""
    parts = split(url)
    origin = origin_of(parts) if parts else None
    return origin is not None and origin.partition("://")[2] in hosts


def origin_at(url: str) -> str | None:
    """The origin of a whole address."""
    parts = split(url)
    return origin_of(parts) if parts else None


def split(url: str) -> SplitResult | None:
    """The parts of what is written as browsers and we understand alike: printable ASCII or letters, no backslash."""
    if not url.isprintable() or any(character in url for character in "\\ \t<>\"'`{}|^"):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def origin_of(parts: SplitResult) -> str | None:
    """None for what is no http or https address, has a user in it, or a host that cannot be one."""
    host = ascii_host(parts.hostname or "")
    if parts.scheme not in PORTS or "@" in parts.netloc or not host or parts.port == 0:
        return None
    own_port = "" if parts.port in (None, PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{host}{own_port}"


def ascii_host(host: str) -> str:
    """As browsers write it; empty for what is none."""
    if host.startswith("[") or ":" in host:
        return f"[{host}]"
    try:
        found = host.encode("idna").decode().lower()
    except UnicodeError:
        return ""
    plain = found.replace("-", "").replace(".", "").replace("_", "")
    return found if plain.isalnum() and len(found) <= LONGEST else ""

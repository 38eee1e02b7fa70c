"""What we keep of a request: its id, where it came from, and the few headers that may be stored."""

import ipaddress
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,127}", re.ASCII)
# An allow-list: a header nobody thought of stays out.
STORED = {
    "HTTP_HOST": "Host",
    "HTTP_USER_AGENT": "User-Agent",
    "HTTP_ACCEPT": "Accept",
    "CONTENT_TYPE": "Content-Type",
    "CONTENT_LENGTH": "Content-Length",
    "HTTP_ORIGIN": "Origin",
    "HTTP_REFERER": "Referer",
    "HTTP_X_REQUEST_ID": "X-Request-Id",
    "HTTP_IDEMPOTENCY_KEY": "Idempotency-Key",
    "HTTP_X_ACCOUNT_ID": "x-account-id",
    "HTTP_X_WORKSPACE_ID": "X-Workspace-Id",
    "HTTP_X_LEADPING_SOURCE_ID": "X-Leadping-Source-Id",
}
MASKED = {
    "HTTP_AUTHORIZATION": "Authorization",
    "HTTP_X_API_KEY": "X-Api-Key",
    "HTTP_X_LEADPING_SOURCE_KEY": "X-Leadping-Source-Key",
    "HTTP_COOKIE": "Cookie",
}
MASK = "***"
type Network = ipaddress.IPv4Network | ipaddress.IPv6Network
STORED_BYTES = 2048


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """The part of a request that the audit keeps."""

    id: str = ""
    method: str = ""
    path: str = ""
    address: str | None = None
    user_agent: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Notes:
    """What is learnt of a request while it is answered, for its line in the log: no value of anybody's."""

    door: str = ""
    outcome: str = ""
    account_id: int | None = None
    user_id: int | None = None
    key: str = ""


def request_info(meta: Mapping[str, str], *, path: str, trusted_proxies: Iterable[Network] = ()) -> RequestInfo:
    return RequestInfo(
        id=request_id(meta.get("HTTP_X_REQUEST_ID", "")),
        method=meta.get("REQUEST_METHOD", "")[:10],
        path=storable(path)[:2000],
        address=client_address(meta, trusted_proxies),
        user_agent=storable(meta.get("HTTP_USER_AGENT", ""))[:2000],
        headers=stored_headers(meta),
    )


def request_id(given: str) -> str:
    return given if SANE_ID.fullmatch(given) else uuid.uuid4().hex


def client_address(meta: Mapping[str, str], trusted_proxies: Iterable[Network] = ()) -> str | None:
    """The peer, or whom a trusted proxy says it speaks for: the last address in the chain that is not trusted."""
    trusted = list(trusted_proxies)
    address = parsed_address(meta.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in meta.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    while address is not None and hops and any(address in network for network in trusted):
        claimed = parsed_address(hops.pop())
        if claimed is None:
            break
        address = claimed
    return str(address) if address else None


def is_from(peer: str, networks: Iterable[Network]) -> bool:
    """Whether a connection came from one of these networks."""
    address = parsed_address(peer)
    return address is not None and any(address in network for network in networks)


def parsed_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped) or address


def stored_headers(meta: Mapping[str, str]) -> dict[str, str]:
    """The allowed headers as given, credentials as `***`, 2 KiB in all."""
    kept = {name: MASK for key, name in MASKED.items() if meta.get(key)}
    room = STORED_BYTES - sum(len(name) + len(MASK) for name in kept)
    for key, name in STORED.items():
        value = storable(meta.get(key, ""))
        if name == "Referer":
            value = value.partition("?")[0].partition("#")[0]
        value = value[: max(0, room - len(name)) // 4] if len(value.encode()) + len(name) > room else value
        if value:
            kept[name] = value
            room -= len(name) + len(value.encode())
    return kept


def storable(text: str) -> str:
    """`text` without what PostgreSQL cannot store: NUL, and the lone surrogates of undecodable bytes."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()

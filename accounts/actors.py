"""Who is acting, through which request."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from leadhub.lib.requests import RequestInfo


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a user, by a key or by himself, through a door or the console; nobody for a sweep."""

    user_id: int | None = None
    email: str = ""
    api_key_id: int | None = None
    api_key_public_id: str | None = None
    door: str = ""
    request: RequestInfo = field(default_factory=RequestInfo)

    @property
    def entry_fields(self) -> dict[str, Any]:
        """The columns of AuditEntry that say who and where."""
        return {
            "actor_id": self.user_id,
            "actor_email": self.email or None,
            "api_key_id": self.api_key_id,
            "door": self.door,
            "cid": self.request.id or None,
            "remote_addr": self.request.address,
            "request_method": self.request.method,
            "request_path": self.request.path,
            "request_headers": self.request.headers,
        }


NOBODY = Actor()
current: ContextVar[Actor] = ContextVar("leadhub_actor", default=NOBODY)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Attribute the configuration changes made inside to `actor`; the outer actor is back afterwards."""
    token = current.set(actor)
    try:
        yield
    finally:
        current.reset(token)


def context_fields() -> dict[str, Any]:
    return current.get().entry_fields

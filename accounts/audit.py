"""Who is acting, through which request; and how that gets into the audit entries."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from auditlog.models import AbstractLogEntry
from auditlog.registry import auditlog
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models

from accounts.models import AuditEntry, Event
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


def record(instance: models.Model, event: Event, *, actor: Actor, **what: Mapping[str, Any] | None) -> AuditEntry:
    """Write one entry about `instance`; `changes` is {field: [before, after]}, `data` what belongs to the event."""
    new = entry(instance, event, actor=actor, **what)
    new.save(force_insert=True)
    return new


def entry(
    instance: models.Model,
    event: Event,
    *,
    actor: Actor,
    changes: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """The same, not yet written: for many at once, by bulk_create."""
    return AuditEntry(
        account_id=getattr(instance, "account_id", None),
        event=event,
        content_type=ContentType.objects.get_for_model(instance),
        object_pk=str(instance.pk),
        object_id=instance.pk,
        object_repr="",
        action=AbstractLogEntry.Action.UPDATE,
        changes=changes,
        additional_data=data,
        **actor.entry_fields,
    )


def register(*labels: str, exclude: list[str] | None = None) -> None:
    """Let auditlog write a difference whenever a row of these configuration models is saved."""
    for label in labels:
        model = apps.get_model(label)
        unwanted = {"created_at", "updated_at", *(exclude or [])}
        names = {field.name for field in model._meta.get_fields()}
        auditlog.register(model, exclude_fields=sorted(unwanted & names))

"""Entries about what happened, and the models whose changes auditlog records by itself."""

from collections.abc import Mapping
from typing import Any

import orjson
from auditlog.models import AbstractLogEntry
from auditlog.registry import auditlog
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models

from accounts.actors import Actor
from accounts.models import Account, AuditEntry, Event


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
        account_id=instance.pk if isinstance(instance, Account) else getattr(instance, "account_id", None),
        event=event,
        content_type=ContentType.objects.get_for_model(instance),
        object_pk=str(instance.pk),
        object_id=instance.pk,
        object_repr="",
        action=AbstractLogEntry.Action.UPDATE,
        changes=plain(changes),
        additional_data=plain(data),
        **actor.entry_fields,
    )


def plain(value: Mapping[str, Any] | None) -> Any:
    """As JSON keeps it: instants in UTC, and what JSON has no type for as text."""
    return None if value is None else orjson.loads(orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z))


def register(*labels: str, exclude: list[str] | None = None) -> None:
    """Let auditlog write a difference whenever a row of these configuration models is saved."""
    for label in labels:
        model = apps.get_model(label)
        unwanted = {"created_at", "updated_at", *(exclude or [])}
        names = {field.name for field in model._meta.get_fields()}
        auditlog.register(model, exclude_fields=sorted(unwanted & names))

"""Leads that were refused, for the tests of the quarantine."""

from typing import Any

from django.test import Client

from accounts.actors import Actor
from accounts.models import User
from intake.models import QuarantinedLead
from intake.quarantine import rerun
from leadhub.lib.transactions import run
from teams.models import LeadSource
from tests.doors import Town

FORM = "application/x-www-form-urlencoded"


def rules(places: Town, **columns: Any) -> None:
    LeadSource.objects.filter(pk=places.vendor.pk).update(**columns)


def refused(places: Town, body: Any = None, **headers: str) -> QuarantinedLead:
    """A payload that was refused because of its state."""
    rules(places, allowed_states=["CA"])
    visitor = places.visitor("source")
    answer = visitor.post(Client(), body or visitor.body | {"state": "TX", "externalId": "e1"}, **headers)
    assert answer.status_code in (400, 403)
    return QuarantinedLead.objects.latest("pk")


def again(kept: QuarantinedLead, user: User | None = None) -> QuarantinedLead:
    actor = Actor(user_id=user.pk, email=user.email, door="console") if user else Actor()
    return run(lambda: rerun(kept.account, kept.pk, actor=actor))

"""What tests of routing ask: why a lead went where it did, what its trail says, who is told, what is queued."""

from typing import Any

from accounts.models import AuditEntry, Event, Membership, User
from leadhub.lib.sql import fetch
from leads.models import Lead, Notice
from teams.models import RotationMember


def fresh(lead: Lead) -> Lead:
    return Lead.objects.select_related("owner").get(pk=lead.pk)


def entries(lead: Lead, *events: Event) -> list[AuditEntry]:
    """The lead's entries of these events, oldest first."""
    return list(AuditEntry.objects.filter(object_id=lead.pk, event__in=events).order_by("pk"))


def given(lead: Lead) -> list[AuditEntry]:
    return entries(lead, Event.LEAD_ASSIGNED)


def routing(lead: Lead) -> dict[str, Any]:
    """Why it has the owner that it has."""
    why: dict[str, Any] = entries(lead, Event.LEAD_CREATED, Event.LEAD_ASSIGNED)[-1].additional_data["routing"]
    return why


def reasons(lead: Lead) -> dict[str, str | None]:
    """Why each candidate was left out, by the name before the @."""
    return {each["user"].partition("@")[0]: each["reason"] for each in routing(lead)["candidates"]}


def told(user: User) -> list[tuple[int, str]]:
    """The notices of a rep, oldest first: lead and kind."""
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("lead_id", "kind"))


def pause(user: User, is_paused: bool = True) -> None:
    """As somebody might by hand: without the locks and sweeps of the verbs."""
    RotationMember.objects.filter(user=user).update(is_paused=is_paused)


def works(user: User, hours: Any, *, time_zone: str = "") -> None:
    Membership.objects.filter(user=user).update(working_hours=hours, time_zone=time_zone)


def sweeps() -> list[str]:
    """The sweeps that somebody asked for."""
    waiting = fetch("SELECT task_name FROM procrastinate_jobs WHERE queue_name = 'sweeps' AND status = 'todo'")
    return [name for (name,) in waiting]

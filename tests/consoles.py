"""The console as a person sees it: a logged-in client, and one object of each page."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from accounts.actors import Actor
from accounts.models import Account, ApiKey, AuditEntry, Holiday, Job, Membership, User
from accounts.roles import Role
from intake.models import Form, QuarantinedLead
from leads.models import Lead, Notice
from teams.models import LeadSource, LeadSourceTeam, Rotation, RoutingRule, Team, TeamMember
from tests.people import Company, lead, person, source

MISSING = 987654321


@dataclass
class Furnished:
    """One object of each page in a company's account, every one of which says whose it is."""

    team: Team
    source: LeadSource
    objects: dict[type[models.Model], models.Model]


def furnish(company: Company) -> Furnished:
    account, owner = company.account, company.owner
    team = Team.objects.create(account=account, name=f"{account} team")
    TeamMember.objects.create(account=account, team=team, user=company.reps[0])
    made, _ = source(account, owner, f"{account} source")
    LeadSourceTeam.objects.create(account=account, source=made, team=team)
    here = lead(
        account,
        f"jane@{account.name.lower()}.test",
        first_name=f"{account} Jane",
        team_id=team.pk,
        lead_source_id=made.pk,
    )
    refused = QuarantinedLead.objects.create(
        account=account, lead_source=made, door="source", code="no", reason=f"{account} reason", payload=b"{}"
    )
    job = Job.objects.start(
        "nothing", account=account, actor=Actor(user_id=owner.pk), title=f"{account} job", arguments={}
    )
    rule = RoutingRule.objects.create(account=account, name=f"{account} rule", team=team)
    holiday = Holiday.objects.create(account=account, date=date(2026, 12, 25), name=f"{account} holiday")
    form = Form.objects.create(account=account, name=f"{account} form", title=f"{account} title", team=team)
    objects: list[models.Model] = [
        account,
        ApiKey.objects.filter(account=account).latest("pk"),
        AuditEntry.objects.for_account(account).filter(event="lead_created").latest("pk"),
        Membership.objects.for_account(account).latest("pk"),
        owner,
        team,
        made,
        Rotation.objects.for_account(account).latest("pk"),
        Lead.objects.get(pk=here.pk),
        Notice.objects.get(lead=here.pk),
        refused,
        job,
        rule,
        holiday,
        form,
    ]
    return Furnished(team, made, {type(each): each for each in objects})


def console(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def member(company: Company, role: Role) -> User:
    if role == Role.OWNER:
        return company.owner
    return person(f"{role.value}@{company.account.name.lower()}.test", company.account, role)


def page_url(model: type[models.Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def list_url(model: type[models.Model]) -> str:
    return page_url(model, "changelist")


def change_url(obj: models.Model) -> str:
    return page_url(type(obj), "change", obj.pk)


def pages() -> list[Any]:
    """Every model that has a page; a new one takes part in the table tests by itself."""
    return sorted(admin.site._registry, key=lambda model: model._meta.label)


def inline_data(prefix: str, rows: list[dict[str, Any]], *, initial: int = 0) -> dict[str, Any]:
    """A formset as the browser posts it."""
    data: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": initial}
    for number, row in enumerate(rows):
        data |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return data


def text_of(response: Any) -> str:
    """The page without its random words, which may spell a name that is not to be there: one run in a hundred."""
    return re.sub(r'(name="csrfmiddlewaretoken" value=")\w+', r"\1", response.content.decode())


__all__ = ["Account", "Furnished", "change_url", "console", "furnish", "inline_data", "list_url", "member", "pages"]

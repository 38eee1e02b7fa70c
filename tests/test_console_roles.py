"""What each role may open and change in the console; a refusal changes nothing."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.db.models import Model

from accounts.models import Account, ApiKey, AuditEntry, Holiday, Job, Membership, User
from accounts.roles import Role
from intake.models import Form, QuarantinedLead
from leads.models import Lead, Notice
from teams.models import LeadSource, Rotation, RoutingRule, Team
from tests.consoles import change_url, console, furnish, inline_data, list_url, member, page_url, pages
from tests.people import Company

pytestmark = pytest.mark.django_db

EVERYONE = set(Role)
ADMINS = {Role.OWNER, Role.ADMIN}
MANAGERS = ADMINS | {Role.MANAGER}
NOBODY: set[Role] = set()

VIEW = {
    Account: ADMINS,
    ApiKey: ADMINS,
    AuditEntry: MANAGERS,
    Job: MANAGERS,
    Membership: ADMINS,
    User: ADMINS,
    Form: EVERYONE,
    QuarantinedLead: EVERYONE - {Role.AGENT},
    Lead: EVERYONE,
    Notice: EVERYONE,
    LeadSource: EVERYONE,
    Rotation: EVERYONE,
    RoutingRule: EVERYONE,
    Holiday: EVERYONE,
    Team: EVERYONE,
}
ROUTING = dict.fromkeys([Form, LeadSource, Rotation, RoutingRule, Holiday, Team], MANAGERS)
ADD = ROUTING | {ApiKey: ADMINS, Membership: ADMINS}
CHANGE = ROUTING | {Account: ADMINS, ApiKey: ADMINS, Membership: ADMINS}
# Of what nothing else refers to, those who may change it may also delete.
DELETED = {RoutingRule, Holiday}


@dataclass
class Office:
    """Acme with one row of each page, and somebody of each role."""

    rows: dict[type[Model], Model]
    staff: dict[Role, User]


@pytest.fixture(scope="module")
def office(standing_acme: Company) -> Office:
    return Office(furnish(standing_acme).objects, {role: member(standing_acme, role) for role in Role})


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("model", pages(), ids=lambda model: model._meta.model_name)
def test_each_role_opens_what_it_may(model: Any, role: Role, office: Office) -> None:
    user = office.staff[role]
    Lead.objects.update(owner=user)
    Notice.objects.update(user=user)
    client = console(user)

    listed = client.get(list_url(model), follow=True).status_code
    opened = client.get(change_url(office.rows[model])).status_code
    added = client.get(page_url(model, "add")).status_code

    assert (listed, opened) == ((200, 200) if role in VIEW[model] else (403, 403))
    assert added == (200 if role in ADD.get(model, NOBODY) else 403)


REFUSED = [(model, role) for model in pages() for role in Role if role not in CHANGE.get(model, NOBODY)]


@pytest.mark.parametrize(("model", "role"), REFUSED, ids=lambda each: getattr(each, "__name__", each))
def test_a_forged_change_is_refused_and_changes_nothing(model: Any, role: Role, office: Office) -> None:
    obj, user = office.rows[model], office.staff[role]
    Notice.objects.update(user=user)
    client = console(user)
    before = model.objects.filter(pk=obj.pk).values().get()
    forged = {"name": "forged", "status": "lost", "is_active": "", "role": "owner", "email": "f@x.test", "event": "x"}
    empty = inline_data("members", []) | inline_data("for_teams", []) | inline_data("keys", [])

    response = client.post(change_url(obj), forged | empty)

    assert response.status_code in (302, 403)
    assert response.status_code == 403 or model is Lead
    assert model.objects.filter(pk=obj.pk).values().get() == before


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("model", pages(), ids=lambda model: model._meta.model_name)
def test_what_others_refer_to_is_never_deleted(model: Any, role: Role, office: Office) -> None:
    if model in DELETED and role in CHANGE[model]:
        pytest.skip("may be deleted")
    obj, user = office.rows[model], office.staff[role]
    count = model.objects.count()

    deleted = console(user).post(page_url(model, "delete", obj.pk), {"post": "yes"})
    by_action = console(user).post(list_url(model), {"action": "delete_selected", "_selected_action": [obj.pk]})

    assert deleted.status_code in (302, 403)
    assert by_action.status_code in (200, 302, 403)
    assert model.objects.count() >= count
    assert model.objects.filter(pk=obj.pk).exists()


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AGENT, Role.VIEWER])
@pytest.mark.parametrize("model", [Account, ApiKey, Membership, User], ids=lambda model: model._meta.model_name)
def test_a_forged_addition_is_refused(model: Any, role: Role, office: Office) -> None:
    forged = {"name": "forged", "kind": "account", "email": "forged@x.test", "role": "owner"}
    client = console(office.staff[role])
    count = model.objects.count()

    assert client.post(page_url(model, "add"), forged).status_code == 403
    assert model.objects.count() == count

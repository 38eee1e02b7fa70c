"""The documentation's examples sent as they stand: each is carried out, and answered as the documentation says."""

import json
import re
from typing import Any
from urllib.parse import urlencode

import jsonschema
import pytest
from django.test import Client

from accounts.keyformat import KeyKind
from accounts.models import ApiKey, User
from accounts.roles import Role
from intake.models import Form, FormKind
from leads.models import Lead
from teams.models import RoutingRule, Team
from tests.doors import Town, bearer
from tests.people import PASSWORD, lead, person
from tests.test_schema import resolved
from tests.there import named_ids

pytestmark = pytest.mark.django_db

URLENCODED = "application/x-www-form-urlencoded"
PEOPLE = ["ann@acme.com", "bob@acme.com", "rep1@acme.com", "rep2@acme.com", "owner@acme.com"]
DOORS = {f"{name} door": name for name in ("platform", "account", "workspace", "source")}
SCHEMA = Client().get("/api/schema", {"format": "json"}).json()
EXAMPLES = [
    pytest.param(path, method, media_type, example["value"], id=f"{method} {path} {media_type.rpartition('/')[2]}")
    for path, operations in SCHEMA["paths"].items()
    for method, operation in operations.items()
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items()
    for example in content["examples"].values()
]


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.mark.parametrize(("path", "method", "media_type", "value"), EXAMPLES)
def test_an_example_is_carried_out(
    client: Client, places: Town, path: str, method: str, media_type: str, value: Any
) -> None:
    operation, ids = SCHEMA["paths"][path][method], named_ids(places)
    sent = there(places, path, ids, value)
    address = re.sub(r"{\w+}", lambda found: ids[path.partition("/{")[0]], path)
    data = urlencode(texts(sent)) if media_type == URLENCODED else json.dumps(sent)

    if path == "/auth/login":
        ann = User.objects.get(email=sent["email"])
        ann.set_password(PASSWORD)
        ann.save()
    answer = client.generic(method.upper(), address, data, media_type, headers=credentials(places, operation, path))

    assert 200 <= answer.status_code < 300, answer.content
    documented = operation["responses"][str(answer.status_code)]["content"]["application/json"]
    jsonschema.Draft202012Validator(resolved(SCHEMA, documented["schema"])).validate(answer.json())


def there(town: Town, path: str, ids: dict[str, str], value: Any) -> Any:
    """The example, with what it names there; of that, its ids in the places of the example's."""
    account = town.acme.account
    Form.objects.filter(account=account).update(kind=FormKind.OPEN)
    Lead.objects.for_account(town.platform).update(status="qualified")
    for email in [] if path == "/api/v1/members" else PEOPLE:
        person(email, account, Role.AGENT)
    team = Team.objects.create(account=account, name="Sales")
    rules = list(RoutingRule.objects.filter(account=account).values_list("pk", flat=True))
    more = RoutingRule.objects.create(account=account, name="Another", team=team)
    known = {
        7: town.vendor.pk if path == "/lead-sources" else team.pk,
        4711: int(ids["/leads"]),
        4712: lead(account, "another@acme.test").pk,
        12: more.pk,
        9: rules[0],
        "aB3dE5gH7jK9": ids["/f"],
        "sk_user_3fK9xQ2a": ids["/apikeys"],
    }
    return replaced(value, known) | ({"leadSourceId": town.vendor.pk} if "leadSourceId" in value else {})


def replaced(value: Any, known: dict[Any, Any]) -> Any:
    if isinstance(value, dict):
        return {name: replaced(each, known) for name, each in value.items()}
    if isinstance(value, list):
        return [replaced(each, known) for each in value]
    return value if isinstance(value, bool) else known.get(value, value)


def credentials(town: Town, operation: Any, path: str) -> dict[str, str]:
    if not operation.get("security"):
        return {}
    door = DOORS.get(operation["tags"][0])
    if door and not path.startswith(("/v1/account", "/v1/workspaces")):
        return town.visitor(door).headers
    if operation["tags"][0] in ("accounts", "users"):
        return bearer(ApiKey.objects.issue(KeyKind.USER, user=town.admin)[1])
    return {"Authorization": f"Bearer {town.acme.user_key}", "x-account-id": str(town.acme.account.pk)}


def texts(value: dict[str, Any]) -> dict[str, str]:
    """As a form has them: what is no text as JSON."""
    return {name: each if isinstance(each, str) else json.dumps(each) for name, each in value.items()}

"""What is set up through the account door, as its clients ask for it, and every property of what they are answered."""

import json
from typing import Any

import jsonschema
import pytest
from django.test import Client

from tests.contract import SAMPLES, facts, filled, marked, recorded, recordings
from tests.doors import Town
from tests.people import PASSWORD
from tests.test_schema import check, resolved

pytestmark = pytest.mark.django_db

NAMES = recordings("account/configuration")


@pytest.fixture(scope="module")
def schema() -> Any:
    return Client().get("/api/schema", {"format": "json"}).json()


def marks_of(town: Town) -> dict[str, Any]:
    rep, owner = town.initech.reps[0], town.initech.owner
    return facts(town) | {
        "<initech rotation>": town.team.rotations.get().pk,
        "<initech default>": town.initech.account.rotations.get(team=None).pk,
        "<initech rep1 id>": rep.pk,
        "<initech owner id>": owner.pk,
        "<password>": PASSWORD,
    }


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_recorded_request_is_answered_as_recorded(
    client: Client, places: Town, settings: Any, name: str, slash: str
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    places.initech.owner.set_password(PASSWORD)
    places.initech.owner.save(update_fields=["password"])
    exchange = recorded(f"account/{name}")
    marks = marks_of(places)
    request, expected = filled(exchange["request"], marks), filled(exchange["answer"], marks)
    path, _, query = request["path"].partition("?")
    body = json.dumps(request["body"]).encode() if "body" in request else b""

    answer = client.generic(
        request["method"], f"{path}{slash}?{query}", body, content_type="application/json", headers=request["headers"]
    )

    given = json.loads(answer.content)
    assert marked(given, expected["body"]) == expected["body"]
    assert (answer.status_code, answer.headers["Content-Type"]) == (expected["status"], "application/json")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_exchange_fits_the_schema(schema: Any, name: str) -> None:
    exchange = recorded(f"account/{name}")
    request, answer, marks = exchange["request"], exchange["answer"], SAMPLES | {"<team>": 7, "<team source>": 7}
    path = request["path"].partition("?")[0]
    parts = path.strip("/").split("/")
    template = "/".join(["", *("{id}" if part.startswith("<") else part for part in parts)])
    operation = schema["paths"][template][request["method"].lower()]
    said = operation["responses"][str(answer["status"])]["content"]["application/json"]["schema"]
    numbers = dict.fromkeys(("<initech rotation>", "<initech default>", "<initech rep1 id>", "<initech owner id>"), 7)
    numbers |= {"<initech user key public id>": SAMPLES["<user key id>"]}

    check(filled(answer["body"], marks | numbers), resolved(schema, said))
    if answer["status"] < 300 and "body" in request:
        taken = operation["requestBody"]["content"]["application/json"]["schema"]
        check(filled(request["body"], marks | numbers), resolved(schema, taken))


def test_a_shape_that_is_not_promised_is_not_passed(schema: Any) -> None:
    said = schema["paths"]["/teams/{id}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]

    with pytest.raises(jsonschema.ValidationError):
        check({"id": 7}, resolved(schema, said))

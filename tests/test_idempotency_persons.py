"""An answer that is somebody's own, or tells what not everybody may see, is given again to him alone."""

import json
from typing import Any

import pytest

from accounts.models import User
from accounts.roles import Role
from leads.models import Lead
from tests.apis import Api, api_as
from tests.consoles import member
from tests.people import Company, lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(acme: Company) -> list[User]:
    return [member(acme, Role.MANAGER), member(acme, Role.AGENT)]


def ask(caller: Api, method: str, path: str, body: Any, **headers: str) -> Any:
    """As the caller asks the API, at any door."""
    sent = caller.headers | headers | {"Idempotency-Key": "once"}
    return caller.client.generic(method, path, json.dumps(body), "application/json", headers=sent)


@pytest.mark.parametrize(("method", "path", "body"), [
    ("POST", "/leads/{}/archive", {}), ("POST", "/api/v1/leads/{}/contact", {}),
    ("PATCH", "/api/v1/leads/{}", {"company": "Acme"}),
])  # fmt: skip
def test_an_agent_is_not_given_the_answer_to_who_sees_more(
    acme: Company, people: list[User], method: str, path: str, body: dict[str, Any]
) -> None:
    theirs, [manager, agent] = path.format(lead(acme.account).pk), people

    told = ask(api_as(manager, acme.account), method, theirs, body)
    asked = ask(api_as(agent, acme.account), method, theirs, body)

    assert (told.status_code, asked.status_code) == (200, 404)


def test_two_people_of_one_account_with_the_same_key_are_two(acme: Company, people: list[User]) -> None:
    callers = [api_as(each, acme.account) for each in people]
    here = {"X-Workspace-Id": acme.account.hex_id}

    named = [ask(each, "PATCH", "/v1/account", {"name": "Sam"}, **here) for each in callers]
    asked = [ask(each, "PATCH", "/api/v1/me", {"wants_mail": False}) for each in callers]
    made = [ask(each, "POST", "/v1/workspaces", {"name": "Own"}, **here) for each in callers]

    for person, answer, other in zip(people, named, asked, strict=True):
        person.refresh_from_db()
        assert (person.name, person.wants_mail) == ("Sam", False)
        assert (answer.json()["data"]["email"], other.json()["user"]["email"]) == (person.email, person.email)
    assert len({answer.json()["data"]["_id"] for answer in made}) == 2


def test_a_person_is_given_his_own_answer_again_whichever_key_he_comes_by(acme: Company, people: list[User]) -> None:
    [_, agent] = people
    own = lead(acme.account, assignee_email=agent.email).pk

    first, again = (ask(api_as(agent, acme.account), "POST", f"/leads/{own}/archive", {}) for _ in range(2))

    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
    assert Lead.objects.get().archived_at is not None

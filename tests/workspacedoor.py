"""The workspace door of the tests, as its integration sees it."""

from typing import Any

import pytest
from django.test import Client

from accounts.keyformat import KeyKind
from accounts.models import ApiKey
from leads.models import Lead
from tests.doors import Town, bearer

LEADS = "/v1/leads"
NOWHERE = "665d4e5f0000000000000007"
MISSING = (404, {"error": "Not Found", "message": "lead not found", "code": 404})


class Door:
    """The workspace door as Acme's program sees it: JSON in, status and JSON out."""

    def __init__(self, town: Town) -> None:
        self.town, self.client = town, Client()
        self.account, self.headers = town.acme.account, {"X-Api-Key": town.acme.key}

    def send(self, method: str, path: str = "", body: Any = None, query: Any = None, **headers: str) -> tuple[int, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = {"data": body, "content_type": "application/json"} if body is not None else {}
        answer: Any = getattr(self.client, method.lower())(
            f"{LEADS}{path}", headers=self.headers | named, query_params=query, **data
        )
        return answer.status_code, answer.json()

    def page(self, **query: Any) -> Any:
        status, body = self.send("GET", query=query)
        assert (status, body["success"]) == (200, True), body
        return body

    def emails(self, **query: Any) -> list[str]:
        page = self.page(**query)
        found = [item["email"] for item in page["data"]]
        assert page["pagination"]["total"] == len(found)
        return found

    def changed(self, row: Lead, **body: Any) -> Any:
        status, answer = self.send("PATCH", f"/{row.hex_id}", body)
        assert status == 200, answer
        return answer["data"]

    def deleted(self, **body: Any) -> int:
        status, answer = self.send("DELETE", body=body)
        assert (status, answer["success"]) == (200, True), answer
        return int(answer["data"]["deletedCount"])

    def left(self) -> list[str]:
        return sorted(Lead.objects.for_account(self.account).live().values_list("email", flat=True))


@pytest.fixture
def door(places: Town) -> Door:
    return Door(places)


def refused(message: str, status: int = 400, reason: str = "Bad Request") -> tuple[int, dict[str, Any]]:
    return status, {"error": reason, "message": message, "code": status}


def key_of(town: Town, user: Any) -> dict[str, str]:
    return bearer(ApiKey.objects.issue(KeyKind.USER, user=user)[1]) | {"X-Workspace-Id": town.acme.account.hex_id}

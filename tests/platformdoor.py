"""The platform door of the tests, as its administrator's program sees it."""

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client

from accounts.actors import NOBODY
from leads import lifecycle
from leads.models import Lead
from tests.doors import Town, bearer
from tests.people import lead

LEADS = "/v1/platform/leads"
WORDS = {"new": "new", "contacted": "contacted", "qualified": "qualified", "converted": "archived", "lost": "archived"}


class Door:
    """The platform door as its administrator's program sees it: JSON in, status and JSON out."""

    def __init__(self, town: Town) -> None:
        self.account, self.headers, self.client = town.platform, bearer(town.platform_key), Client()

    def send(self, method: str, path: str, body: Any = None, query: Any = None, **headers: str) -> tuple[int, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = b"" if body is None else json.dumps(body).encode()
        answer: Any = self.client.generic(
            method, f"{LEADS}{path}", data, "application/json", headers=self.headers | named, query_params=query
        )
        return answer.status_code, answer.json()

    def get(self, path: str = "", **query: Any) -> Any:
        status, body = self.send("GET", path, query=query)
        assert status == 200, body
        return body

    def emails(self, **query: Any) -> list[str]:
        return [item["email"] for item in self.get(**query)["items"]]

    def lead(self, email: str = "jane@acme.com", status: str = "new", **fields: Any) -> Lead:
        made = lead(self.account, email, **({"first_name": "Jane", "last_name": "Doe"} | fields))
        lifecycle.set_status(self.account, [made.pk], status, actor=NOBODY)
        return made

    def exported(self, **query: Any) -> list[list[str]]:
        answer: Any = self.client.get(f"{LEADS}/export", headers=self.headers, query_params=query)
        text = b"".join(answer.streaming_content).decode()
        return list(csv.reader(io.StringIO(text, newline="")))


@pytest.fixture
def door(places: Town) -> Door:
    return Door(places)

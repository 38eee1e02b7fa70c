"""The hub's own API as a program sees it: one caller with his headers, JSON in and out."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, User
from accounts.roles import Role
from tests.consoles import member
from tests.doors import bearer
from tests.people import Company


@dataclass
class Api:
    """`status` is the last answer's, `answer` the answer itself; each call returns the body's JSON, or None."""

    headers: dict[str, str]
    client: Client = field(default_factory=Client)
    answer: Any = None

    @property
    def status(self) -> int:
        return int(self.answer.status_code)

    def get(self, path: str, **query: Any) -> Any:
        return self.send("GET", path, query=query)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, headers=headers)

    def patch(self, path: str, body: Any) -> Any:
        return self.send("PATCH", path, body)

    def delete(self, path: str) -> Any:
        return self.send("DELETE", path)

    def send(
        self, method: str, path: str, body: Any = None, *, query: Any = None, headers: dict[str, str] | None = None
    ) -> Any:
        data = b"" if body is None else json.dumps(body).encode()
        sent = self.headers | {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        self.answer = self.client.generic(
            method, f"/api/v1/{path}", data, "application/json", headers=sent, query_params=query
        )
        return json.loads(self.answer.content) if self.answer.content else None


def api(company: Company) -> Api:
    """The account's own key."""
    return Api(bearer(company.key))


def api_as(user: User, account: Account) -> Api:
    _, secret = ApiKey.objects.issue(KeyKind.USER, user=user)
    return Api(bearer(secret) | {"x-account-id": str(account.pk)})


def api_of(company: Company, role: Role) -> Api:
    """Somebody of this role, by a key of his own."""
    return api_as(member(company, role), company.account)

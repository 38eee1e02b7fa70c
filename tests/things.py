"""An endpoint of the tests' own, and how it is asked."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from rest_framework.request import Request

from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey
from accounts.roles import Right
from intake.api.views import ApiViewSet
from intake.authentication import CALLER, PUBLIC, Open
from intake.endpoint import Endpoint, answer_with
from intake.idempotency import Answer
from tests.doors import bearer
from tests.people import Company

THINGS = "/api/v1/things"


class Things(ApiViewSet):
    """A view of each kind of action; what is done is to name the account anew."""

    door = replace(ApiViewSet.door, names={"first_name": "firstName"})
    rights: ClassVar[Mapping[str, Right | Open]] = {
        "list": Right.VIEW_LEADS, "create": Right.MANAGE_TEAMS, "partial_update": Right.MANAGE_TEAMS,
        "destroy": Right.MANAGE_ACCOUNT, "me": CALLER,
    }  # fmt: skip
    body_limits: ClassVar[Mapping[str, int]] = {"create": 100}
    optional_body = frozenset({"destroy"})
    # What the create raises, and whether its answer is kept.
    fails: ClassVar[Exception | None] = None
    stored = True

    def list(self, request: Request) -> HttpResponse:
        limit = self.query(request, "limit").whole("limit", least=1, most=9, default=5)
        return self.ok(200, {"limit": limit, "at": datetime(2026, 1, 31, 12, tzinfo=UTC)})

    def create(self, request: Request) -> HttpResponse:
        name = self.json(request)["name"]
        return self.once(request, lambda: self.renamed(name), stored=self.stored)

    def renamed(self, name: str) -> Answer:
        Account.objects.filter(pk=self.account.pk).update(name=name)
        if type(self).fails:
            raise type(self).fails
        return answer_with(201, {"name": name})

    def partial_update(self, request: Request) -> HttpResponse:
        return self.once(request, lambda: answer_with(204))

    def destroy(self, request: Request) -> HttpResponse:
        return self.ok(200, self.json(request))

    def me(self, request: Request) -> HttpResponse:
        actor = self.actor(request)
        return self.ok(200, [self.account.pk, self.user.pk, actor.door, actor.email])

    def forgotten(self, request: Request) -> HttpResponse:
        raise AssertionError("nobody gets here")


class Secrets(Things):
    stored = False


class Form(Endpoint):
    """A view that asks for no credential; and one action that should have."""

    door = ApiViewSet.door
    authentication_classes = ()
    rights: ClassVar[Mapping[str, Right | Open]] = {"create": PUBLIC, "list": CALLER, "destroy": Right.VIEW_LEADS}

    def create(self, request: Request) -> HttpResponse:
        return self.ok(201, {"caller": self.caller, "body": self.json(request)})

    def list(self, request: Request) -> HttpResponse:
        raise AssertionError("nobody gets here")

    destroy = list


ACTIONS = {"get": "list", "post": "create", "patch": "partial_update", "delete": "destroy", "put": "forgotten"}
urlpatterns = [
    path("api/v1/things", Things.as_view(ACTIONS)),
    path("api/v1/things/me", Things.as_view({"get": "me"})),
    path("api/v1/secrets", Secrets.as_view({"post": "create"})),
    path("api/v1/form", Form.as_view({"post": "create", "get": "list", "delete": "destroy"})),
]
handler500 = "leadhub.handlers.server_error"


@pytest.fixture
def ask(client: Client, acme: Company) -> Callable[..., HttpResponse]:
    """Ask by the account's key, or as a given user."""

    def asked(method: str, path: str = THINGS, body: bytes = b"", user: Any = None, **headers: str) -> HttpResponse:
        credential = bearer(acme.key)
        if user:
            credential = bearer(ApiKey.objects.issue(KeyKind.USER, user=user)[1])
            credential |= {"x-account-id": str(acme.account.pk)}
        sent = credential | {name.replace("_", "-"): text for name, text in headers.items()}
        return client.generic(method, path, body, content_type="application/json", headers=sent)

    return asked


def refusal(answer: HttpResponse) -> tuple[int, str, str]:
    body = answer.json()
    return answer.status_code, body["code"], body["detail"]


def name_of(company: Company) -> str:
    return Account.objects.get(pk=company.account.pk).name

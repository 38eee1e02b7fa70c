from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.issuing import change_key, issue_own_key, key_named, keys_open_to
from accounts.roles import Right
from intake.authentication import CALLER, Open
from intake.doors.account import configuration_docs as docs
from intake.doors.account.configuration import AccountEndpoint
from intake.doors.account.configuration_serializers import KeyChange, KeyChangeById, KeyNamed, KeyRequest
from intake.doors.account.configuration_wire import key_answer, new_key_answer
from intake.endpoint import answer_with
from intake.idempotency import Answer


@docs.documented(docs.KEYS)
class KeyViewSet(AccountEndpoint):
    """Everybody's own keys; and for who manages the account, its keys too (accounts.issuing)."""

    is_personal = True
    rights: ClassVar[Mapping[str, Right | Open]] = dict.fromkeys(
        ["list", "create", "partial_update", "change_named", "destroy", "destroy_named"], CALLER
    )
    new, changes, named_changes, named = KeyRequest(), KeyChange(), KeyChangeById(), KeyNamed()
    optional_body = frozenset({"destroy"})

    def list(self, request: Request) -> HttpResponse:
        self.query(request)
        return self.ok(200, [key_answer(key) for key in keys_open_to(self.who)])

    def create(self, request: Request) -> HttpResponse:
        """The secret is in this answer alone, so no answer is kept: a repeat makes another key."""
        given = self.given(request, self.new)

        def work() -> Answer:
            key, secret = issue_own_key(self.who, name=given["name"], expires_at=given.get("expiresAt"))
            return answer_with(201, new_key_answer(key, secret))

        return self.once(request, work, stored=False)

    def partial_update(self, request: Request, id: str) -> HttpResponse:
        return self.changed(request, id, self.given(request, self.changes))

    def change_named(self, request: Request) -> HttpResponse:
        given = self.given(request, self.named_changes)
        return self.changed(request, given["id"], given)

    def destroy(self, request: Request, id: str) -> HttpResponse:
        return self.revoked(request, id)

    def destroy_named(self, request: Request) -> HttpResponse:
        return self.revoked(request, self.given(request, self.named)["id"])

    def changed(self, request: Request, id: str, given: dict[str, Any]) -> HttpResponse:
        def work() -> Answer:
            key = key_named(self.who, id)
            change_key(key, name=given.get("name"), expires_at=given.get("expiresAt"), by=self.who)
            return answer_with(200, key_answer(key))

        return self.once(request, work)

    def revoked(self, request: Request, id: str) -> HttpResponse:
        def work() -> Answer:
            key = key_named(self.who, id)
            key.revoke()
            return answer_with(200, key_answer(key))

        return self.once(request, work)

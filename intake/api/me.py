"""Who calls."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.callers import Caller
from accounts.roles import Right
from intake.api.docs import reads
from intake.api.serializers.me import Me
from intake.api.views import ApiViewSet
from intake.authentication import CALLER, Open


class MeViewSet(ApiViewSet):
    rights: ClassVar[Mapping[str, Right | Open]] = {"retrieve": CALLER}

    @reads("me", "account", "Who calls, and in which account", answer=Me)
    def retrieve(self, request: Request) -> HttpResponse:
        self.query(request)
        return self.ok(200, me(self.caller))


def me(caller: Caller | None) -> dict[str, Any]:
    """Who calls, and in which account; an account's own key is nobody's, and has no role."""
    assert caller and caller.account
    personal = caller.is_personal
    return {
        "account": {"id": caller.account.pk, "name": caller.account.name},
        "user": {"id": caller.user.pk, "email": caller.user.email} if personal else None,
        "key": caller.key.public_id if caller.key else None,
        "role": caller.role,
    }

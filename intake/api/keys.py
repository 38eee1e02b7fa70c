"""Keys: the account's and its sources', a person's own, and anybody's own for platform administrators."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.callers import Caller
from accounts.issuing import NoSuchKey, change_key, issue_account_key, issue_own_key
from accounts.models import ApiKey as Key
from accounts.models import User
from accounts.models.keys import ApiKeyQuerySet
from accounts.roles import Right
from intake.api.docs import PAGE, reads, writes
from intake.api.filters import Filters, FlagFilter
from intake.api.resources import Resource, documented
from intake.api.serializers.base import page_of
from intake.api.serializers.people import ApiNewOwnKey, ApiOwnKey, KeyChanges
from intake.api.serializers.sources import ApiKeyShown, ApiNewKey, NewKey
from intake.api.views import AnywhereAuthentication, ApiViewSet, PersonAuthentication
from intake.api.wire import settings as wire
from intake.authentication import CALLER, Open
from teams.users import NoSuchUser

CHANGED = {"name": "Website", "expires_at": "2099-12-31T00:00:00Z"}
ACTIONS = ["list", "retrieve", "create", "update", "destroy"]


class KeyFilters(Filters):
    orders = {"-id": ["-id"]}
    usable = FlagFilter(method="is_usable", help_text="Neither revoked nor expired; or the others.")

    def is_usable(self, rows: ApiKeyQuerySet, name: str, value: bool) -> ApiKeyQuerySet:
        return rows.usable() if value else rows.exclude(pk__in=rows.usable().values("pk"))


class Keys(Resource[Key]):
    """Keys that the caller makes, renames and ends."""

    missing, filters, new, changes = NoSuchKey, KeyFilters, NewKey(), KeyChanges()

    def issued(self, caller: Caller, **given: Any) -> tuple[Key, str]:
        """A new one and its secret."""
        raise NotImplementedError

    def shown(self, row: Key) -> dict[str, Any]:
        return wire.key(row)

    def create(self, request: Request) -> HttpResponse:
        given = self.given(request, self.new)

        def work() -> dict[str, Any]:
            key, secret = self.issued(self.who, **given)
            return wire.key(key) | {"secret": secret}

        return self.does(request, work, status=201, stored=False)

    def changed(self, row: Key, given: Mapping[str, Any]) -> None:
        # Null empties a name.
        name = given["name"] or "" if "name" in given else None
        change_key(row, name=name, expires_at=given.get("expires_at"), by=self.who)

    def revoked(self, request: Request, id: int) -> HttpResponse:
        return self.does(request, lambda: self.found(id).revoke(), status=204)


@documented("keys", "key", answer=ApiKeyShown, new={"name": "Website"}, changes=CHANGED, made=ApiNewKey)
class KeyViewSet(Keys):
    """The account's own keys, and those of its sources. A source gets a new one by `rotate-key`."""

    rights: ClassVar[Mapping[str, Right | Open]] = dict.fromkeys(ACTIONS, Right.MANAGE_ACCOUNT)

    def rows(self) -> QuerySet[Key]:
        return Key.objects.for_account(self.account).select_related("user")

    def issued(self, caller: Caller, **given: Any) -> tuple[Key, str]:
        return issue_account_key(caller, **given)

    @writes("key_revoke", "keys", "Revoke a key at once", answers={204: None})
    def destroy(self, request: Request, id: int) -> HttpResponse:
        return self.revoked(request, id)


@documented(
    "me",
    "personal key",
    answer=ApiOwnKey,
    new={"name": "My script"},
    changes=CHANGED,
    made=ApiNewOwnKey,
    every="One's personal keys",
)
class MyKeyViewSet(Keys):
    """Keys that act as the caller himself, in all his accounts."""

    authentication_classes = (PersonAuthentication,)
    is_personal = True
    rights: ClassVar[Mapping[str, Right | Open]] = dict.fromkeys(ACTIONS, CALLER)

    def rows(self) -> QuerySet[Key]:
        return Key.objects.own_of(self.user).select_related("user")

    def issued(self, caller: Caller, **given: Any) -> tuple[Key, str]:
        return issue_own_key(caller, **given)

    @writes("personal_key_revoke", "me", "Revoke a personal key at once", answers={204: None})
    def destroy(self, request: Request, id: int) -> HttpResponse:
        return self.revoked(request, id)


class UserKeyViewSet(ApiViewSet):
    authentication_classes = (AnywhereAuthentication,)
    rights: ClassVar[Mapping[str, Right | Open]] = {"list": Right.MANAGE_PLATFORM, "destroy": Right.MANAGE_PLATFORM}

    def keys_of(self, id: int) -> QuerySet[Key]:
        user = User.objects.filter(pk=id).first()
        if user is None:
            raise NoSuchUser
        return Key.objects.own_of(user).select_related("user")

    @reads(
        "user_keys",
        "users",
        "A person's own keys, the newest first",
        answer=page_of(ApiOwnKey, name="ApiUserKeyPage"),
        parameters=[*PAGE, *KeyFilters.parameters()],
    )
    def list(self, request: Request, id: int) -> HttpResponse:
        return self.listed(request, self.keys_of(id), wire.key, filters=KeyFilters)

    @writes("user_key_revoke", "users", "Revoke a person's own key at once", answers={204: None})
    def destroy(self, request: Request, id: int, key: int) -> HttpResponse:
        def work() -> None:
            found = self.keys_of(id).filter(pk=key).first()
            if found is None:
                raise NoSuchKey
            found.revoke()

        return self.does(request, work, status=204)

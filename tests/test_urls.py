"""Every address of the project: who may ask is said on the view itself, and a stranger gets nowhere."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from intake.endpoint import DoorViewSet
from intake.refusals import NothingHere
from leadhub.lib.api import Refused
from tests.doors import NAMES, Town, bearer, kept, post, state

pytestmark = pytest.mark.django_db


def patterns(entries: Iterable[Any], above: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern of the project with its whole route."""
    for entry in entries:
        route = above + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry.url_patterns, route)
        else:
            yield route, entry


EVERY = list(patterns(get_resolver().url_patterns))
# A view of DRF carries its class.
API = [(route, pattern.callback) for route, pattern in EVERY if hasattr(pattern.callback, "cls")]
# The hub's own API has a walk of its own.
DOORS = [(route, view) for route, view in API if issubclass(view.cls, DoorViewSet) and view.cls.door.name in NAMES]


def declares(view: type, name: str) -> bool:
    """Whether a class of ours, or the library's that made it, says this; DRF's own default does not count."""
    makers = view.__mro__[: view.__mro__.index(APIView)]
    return any(name in vars(maker) for maker in makers)


def test_the_walk_sees_the_doors_the_console_and_the_documentation() -> None:
    routes = {route for route, _ in EVERY}

    assert {"leads", "leads/", "v1/leads", "v1/platform/leads", "leads/intake", "api/schema", "livez"} <= routes
    assert any(route.startswith("admin/leads/lead/") for route in routes)


@pytest.mark.parametrize(("route", "view"), API, ids=[route for route, _ in API])
def test_every_view_of_the_api_says_itself_who_may_ask(route: str, view: Any) -> None:
    assert declares(view.cls, "authentication_classes")
    assert declares(view.cls, "permission_classes")


def test_a_view_that_says_nothing_is_closed() -> None:
    assert APIView.permission_classes == [Refused]
    assert APIView.authentication_classes == []


def test_the_doors_are_not_opened_by_a_session_of_the_console(client: Client, places: Town) -> None:
    client.force_login(places.admin)

    for name in NAMES:
        visitor = places.visitor(name)
        assert post(client, visitor.path, visitor.body, visitor.place).status_code == 401


def strangers(town: Town, door: str) -> dict[str, dict[str, str]]:
    """Credentials that are good elsewhere, sent with all that says: I want to Acme."""
    initech, acme = town.initech, town.acme
    of_source = town.team_source.issue_key(user=initech.owner)[1]
    wanted = {"x-account-id": str(acme.account.pk), "X-Workspace-Id": acme.account.hex_id}
    held = {
        "account key": bearer(initech.key),
        "account key as X-Api-Key": {"X-Api-Key": initech.key},
        "user key": bearer(initech.user_key),
        "session": bearer(initech.token),
        "source key": bearer(of_source) | {"X-Leadping-Source-Id": str(town.vendor.uuid)},
        "source pair": {"X-Leadping-Source-Id": str(town.vendor.uuid), "X-Leadping-Source-Key": of_source},
    }
    if door != "platform":
        held["platform key"] = bearer(town.platform_key)
    if door != "source":
        held["Acme's own source key"] = bearer(town.vendor_key)
    return {name: wanted | headers for name, headers in held.items()}


@pytest.mark.parametrize(("route", "view"), DOORS, ids=[route for route, _ in DOORS])
def test_a_stranger_gets_nowhere_at_any_path_of_a_door(client: Client, places: Town, route: str, view: Any) -> None:
    path = "/" + re.sub(r"<[^>]+>", "1", route)
    visitor = places.visitor(view.cls.door.name)
    tried = {}

    for name, headers in strangers(places, visitor.name).items():
        before = state()
        # DRF adds HEAD to them with the first request.
        for method in view.actions.keys() - {"head"}:
            body = {"data": visitor.body, "content_type": "application/json"} if method != "get" else {}
            answer = getattr(client, method)(path, headers=headers, **body)
            tried[name, method] = answer.status_code
        assert (state(), kept()) == (before, [])

    assert {key: status for key, status in tried.items() if status not in (401, 403, 404)} == {}


def test_every_door_ends_in_its_own_404() -> None:
    ends = {view.initkwargs["door"].name for _, view in API if view.cls is NothingHere}

    assert ends == {*NAMES, "form", "api"}

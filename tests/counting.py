"""Counted requests: how many there were, and how to make one at each door."""

from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.callers import identify
from accounts.counting import WINDOW
from accounts.models import RateCount
from intake import limits
from tests import clock
from tests.doors import TRACE, Town, post


@pytest.fixture(autouse=True)
def no_suspects() -> Iterator[None]:
    yield
    limits.suspects.networks.clear()


def used(subject: str, times: int) -> None:
    """So many requests of this subject in the running minute."""
    RateCount.objects.create(minute=int(clock.stopped_at.timestamp()) // WINDOW, subject=subject, count=times)


def knock(client: Client, places: Town, door: str, **headers: str) -> HttpResponse:
    """A good request at this door."""
    if door == "api":
        return client.get("/api/v1/me", headers={"X-Api-Key": places.acme.key} | headers)
    visitor = places.visitor(door)
    return post(client, visitor.path, visitor.body, visitor.headers | {"X-Request-Id": TRACE} | headers)


def subjects(places: Town, door: str) -> tuple[str, str]:
    """How this door's caller and its account are counted."""
    if door == "account":
        caller = identify(places.acme.token)
        assert caller and caller.session
        return f"session:{caller.session.pk}", f"account:{places.acme.account.pk}"
    secret = {"platform": places.platform_key, "source": places.vendor_key}.get(door, places.acme.key)
    account = places.platform if door == "platform" else places.acme.account
    caller = identify(secret)
    assert caller and caller.key
    return f"key:{caller.key.pk}", f"account:{account.pk}"

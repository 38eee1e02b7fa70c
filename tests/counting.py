"""Counted requests: how many there were, and how to make one at each door."""

from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.callers import identify
from accounts.models import RateCount
from intake import limits
from leadhub.lib.sql import fetch
from tests.doors import TRACE, Town, post


@pytest.fixture(autouse=True)
def no_suspects() -> Iterator[None]:
    yield
    limits.suspects.networks.clear()


def used(subject: str, times: int) -> None:
    """So many requests of this subject in the running minute, and in the next, should the test last into it."""
    now = fetch("SELECT floor(extract(epoch FROM statement_timestamp()) / 60)::bigint")[0][0]
    for minute in (now, now + 1):
        RateCount.objects.create(minute=minute, subject=subject, count=times)


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

"""E: the same again, at another time, by another, and when something fails in between."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from psycopg import errors as pg

from accounts.models import AuditEntry
from intake import endpoint, limits
from intake.models import IdempotentAnswer
from leads.models import Lead
from teams.models import RotationMember
from tests.abuse.doors import KEYED, NAMED, assert_refused, checksums, knock, visitor
from tests.doors import TRACE, Town, bearer, post

pytestmark = pytest.mark.django_db

LABEL = {"Content-Type": "application/json", "X-Request-Id": TRACE}
ONCE = LABEL | {"Idempotency-Key": "once"}
BUSY = "The database is away."


@pytest.fixture(autouse=True)
def no_suspects() -> Any:
    yield
    limits.suspects.networks.clear()


def body_of(town: Town, door: str) -> dict[str, Any]:
    return visitor(town, door).body | {NAMED[door]: "Jane"}


def again(client: Client, town: Town, door: str, headers: dict[str, str] = ONCE, body: Any = None) -> Any:
    return knock(client, visitor(town, door), body if body is not None else body_of(town, door), headers)


@pytest.mark.parametrize("door", KEYED)
def test_a_key_of_another_body_is_refused(client: Client, places: Town, door: str) -> None:
    """E02."""
    again(client, places, door)
    before = checksums()

    answer = again(client, places, door, body=body_of(places, door) | {"email": "other@acme.com"})

    assert_refused(answer, door, 422, before=before)


@pytest.mark.parametrize("door", ["account", "workspace", "api"])
def test_a_key_is_the_accounts_own_whichever_credential_comes_with_it(client: Client, places: Town, door: str) -> None:
    """E03: another credential of the account replays it, another account's request is its own."""
    caller, here = visitor(places, door), places.acme.account
    first = again(client, places, door)
    chosen = {"x-account-id": str(here.pk), "X-Workspace-Id": here.hex_id}

    other = post(client, caller.path, body_of(places, door), ONCE | bearer(places.acme.user_key) | chosen)
    elsewhere = places.initech.account
    chosen = {"x-account-id": str(elsewhere.pk), "X-Workspace-Id": elsewhere.hex_id}
    query = "?skipTeamAndSourceRequirement=true" if door == "account" else ""
    theirs = post(client, caller.path + query, body_of(places, door), ONCE | bearer(places.initech.user_key) | chosen)

    assert (other.status_code, other.content, other.headers["Idempotency-Replayed"]) == (201, first.content, "true")
    assert (theirs.status_code, theirs.headers.get("Idempotency-Replayed")) == (201, None)
    assert [Lead.objects.filter(account=account).count() for account in (here, elsewhere)] == [1, 1]


@pytest.mark.parametrize("door", KEYED)
@pytest.mark.parametrize("key", ["", "x" * 256, "a\0b", "a\r\nb", "\U0001f511"], ids=lambda key: f"E04-{key[:4]!r}")
def test_a_key_that_is_none_is_refused(client: Client, places: Town, door: str, key: str) -> None:
    before = checksums()

    assert_refused(again(client, places, door, LABEL | {"Idempotency-Key": key}), door, 400, before=before)


@pytest.mark.parametrize("door", KEYED)
def test_a_quoted_key_is_a_key(client: Client, places: Town, door: str) -> None:
    """E04."""
    headers = LABEL | {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}

    first, second = again(client, places, door, headers), again(client, places, door, headers)

    assert (first.status_code, second.content) == (201, first.content)
    assert Lead.objects.count() == 1


@pytest.mark.parametrize("door", [door for door in KEYED if door != "workspace"])
def test_after_a_day_a_key_is_free_again(client: Client, places: Town, door: str) -> None:
    """E05. At the workspace door the person is known by then."""
    again(client, places, door)
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))

    answer = again(client, places, door)

    assert (answer.status_code, answer.headers.get("Idempotency-Replayed")) == (201, None)
    assert Lead.objects.count() == 2


@pytest.mark.parametrize("door", KEYED)
@pytest.mark.parametrize("how", ["E07-400", "E07-401", "E07-429", "E07-503", "E15-full"])
def test_what_was_refused_at_first_is_carried_out_at_the_next_try(
    client: Client, places: Town, settings: Any, monkeypatch: pytest.MonkeyPatch, door: str, how: str
) -> None:
    caller, body, status = visitor(places, door), body_of(places, door), 503
    before, headers = checksums(), caller.headers | ONCE
    with monkeypatch.context() as patched:
        if how == "E07-400":
            body, status = body | {"email": "a@x.com\r\nBcc: v@x.com"}, 400
        elif how == "E07-401":
            headers, status = caller.place | ONCE, 401
        elif how == "E07-429":
            settings.RATE_LIMIT_ACCOUNT, status = 0, 429
        else:
            patched.setattr(endpoint, "receive", failing(full=how == "E15-full"))
        refused = post(client, caller.path, body, headers)
    settings.RATE_LIMIT_ACCOUNT = 12_000

    assert_refused(refused, door, status, before=before)
    assert ("Retry-After" in refused.headers) == (status in (429, 503))
    answer = again(client, places, door)
    assert (answer.status_code, answer.headers.get("Idempotency-Replayed")) == (201, None)


def failing(*, full: bool) -> Any:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError(BUSY) from (pg.DiskFull(BUSY) if full else pg.AdminShutdown(BUSY))

    return fail


@pytest.mark.parametrize("door", KEYED)
def test_a_rotation_that_nobody_is_in_loses_no_lead(client: Client, places: Town, door: str) -> None:
    """E11. Design: it is held by the rotation, and its entry says why nobody has it, where the case has an event."""
    RotationMember.objects.all().update(is_paused=True)

    answer = again(client, places, door)

    [lead] = Lead.objects.all()
    routing = AuditEntry.objects.get(event="lead_created").additional_data["routing"]
    assert (answer.status_code, lead.owner_id) == (201, None)
    assert routing["owner"] is None
    assert routing["reason"] != "rotation"


@pytest.mark.parametrize("door", KEYED)
@pytest.mark.parametrize("hours", [pytest.param(1, id="E14-ahead"), pytest.param(-1, id="E14-behind")])
def test_a_clock_that_jumps_makes_no_lead_twice(client: Client, places: Town, door: str, hours: int) -> None:
    first = again(client, places, door)

    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        second = again(client, places, door)

    assert (second.status_code, second.content) == (201, first.content)
    assert Lead.objects.count() == 1
    assert json.loads(second.content)

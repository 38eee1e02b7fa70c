"""I: what is written of requests, and what a stranger is told of the server. I11 and I12: tests/test_operations.py."""

import json

import pytest
from django.test import Client

from accounts.models import AuditEntry
from tests.abuse.doors import DOORS, NAMED, assert_refused, checksums, knock, taken, visitor
from tests.doors import Town

pytestmark = pytest.mark.django_db

LABEL = {"Content-Type": "application/json"}
MARK = "MARKER7f3a9"
# None of these is stored: neither those that are known to be secret, nor those that nobody thought of.
SECRETS = {
    "Cookie": f"sessionid={MARK}", "Proxy-Authorization": f"Basic {MARK}", "X-Auth-Token": MARK, "X-Other-Key": MARK,
    "X-Amz-Security-Token": MARK, "Referer": f"https://acme.test/page?token={MARK}#{MARK}", "X-Csrftoken": MARK,
    "X-Forwarded-For": MARK, "Forwarded": f"for={MARK}", "X-Api-Secret": MARK,
}  # fmt: skip


def entry_after(client: Client, town: Town, door: str, headers: dict[str, str]) -> AuditEntry:
    """The entry of a lead that came by this door with these headers."""
    caller = visitor(town, door)

    answer = knock(client, caller, caller.body | {NAMED[door]: "Jane"}, LABEL | headers)

    assert answer.status_code == taken(door)
    return AuditEntry.objects.get(event="lead_created")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("forwarded", [
    pytest.param("abc", id="I01-word"),
    pytest.param("'; DROP TABLE leads_lead; --", id="I01-sql"),
    pytest.param("fe80::1%eth0", id="I01-zone"),
    pytest.param(", 203.0.113.7", id="I01-empty-first"),
    pytest.param("\u0662.1.1.1", id="I01-digits"),
    pytest.param("9" * 8000, id="I01-long"),
    pytest.param("8.8.8.8", id="I04"),
])  # fmt: skip
def test_what_is_said_of_where_it_came_from_loses_no_lead_and_is_not_believed(
    client: Client, places: Town, door: str, forwarded: str
) -> None:
    assert entry_after(client, places, door, {"X-Forwarded-For": forwarded}).remote_addr == "127.0.0.1"


@pytest.mark.parametrize("door", DOORS)
def test_of_the_headers_those_on_a_list_are_stored_and_no_other(client: Client, places: Town, door: str) -> None:
    """I05."""
    entry = entry_after(client, places, door, SECRETS)

    assert entry.request_headers["Cookie"] == "***"
    assert entry.request_headers["Referer"] == "https://acme.test/page"
    assert MARK not in str(AuditEntry.objects.values_list())


@pytest.mark.parametrize("door", DOORS)
def test_two_kilobytes_of_headers_are_stored_at_most(client: Client, places: Town, door: str) -> None:
    """I06."""
    listed = {name: name[0] * 8000 for name in ("User-Agent", "Accept", "Origin-Trial", "Referer")}
    others = {f"X-Header-{number}": "x" * 8000 for number in range(200)}

    stored = entry_after(client, places, door, listed | others).request_headers

    assert sum(len(name) + len(text) for name, text in stored.items()) <= 2048
    assert "X-Header-1" not in stored


@pytest.mark.parametrize("path", ["/metrics", "/debug", "/__debug__/", "/server-status", "/.env", "/.git/config"])
def test_a_stranger_is_told_nothing_of_the_server(client: Client, db: None, path: str) -> None:
    """I13. Design: the schema of the wire contracts is public."""
    assert client.get(path).status_code == 404
    assert client.get("/readyz").json() == {"status": "ok"}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("accept", ["text/html", "application/xhtml+xml,text/html;q=0.9", "*/*;q=0.1", "\u00ff"])
def test_a_wrong_post_is_refused_in_json_whatever_a_browser_would_rather_have(
    client: Client, places: Town, door: str, accept: str
) -> None:
    """I14."""
    caller, before = visitor(places, door), checksums()

    answer = knock(client, caller, {"email": [1]}, LABEL | {"Accept": accept, "X-Requested-With": "x"})

    assert_refused(answer, door, 400, before=before)
    assert json.loads(answer.content) and "<" not in answer.content.decode()

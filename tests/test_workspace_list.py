"""The workspace's leads at its door: listed and read."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.models import Lead
from tests.doors import Town, bearer, state
from tests.people import lead
from tests.workspacedoor import LEADS, MISSING, NOWHERE, Door, door, key_of, refused

pytestmark = pytest.mark.django_db
__all__ = ["door"]


# --- the list ---


def test_pages_walk_all_leads_newest_first_while_leads_arrive(door: Door) -> None:
    made = [lead(door.account, f"p{number}@acme.com").email for number in range(5)]

    first = door.page(limit=2)
    lead(door.account, "late@acme.com")
    second = door.page(limit=2, cursor=first["pagination"]["nextCursor"])
    third = door.page(limit=2, cursor=second["pagination"]["nextCursor"])

    pages = [first, second, third]
    assert [item["email"] for page in pages for item in page["data"]] == made[::-1]
    assert [page["pagination"]["total"] for page in pages] == [5, 6, 6]
    assert [page["pagination"]["hasMore"] for page in pages] == [True, True, False]
    assert third["pagination"]["nextCursor"] is None


def test_a_page_has_25_leads_where_nothing_is_said(door: Door) -> None:
    for number in range(26):
        lead(door.account, f"p{number}@acme.com")

    page = door.page()

    assert (len(page["data"]), page["pagination"]["limit"], page["pagination"]["total"]) == (25, 25, 26)


def test_a_page_takes_as_many_queries_whatever_its_length(door: Door) -> None:
    counts = []

    for number in range(4):
        lead(door.account, f"p{number}@acme.com")
        with CaptureQueriesContext(connection) as asked:
            door.page()
        counts.append(len(asked))

    # The first request notes when the key was used.
    assert len(set(counts[1:])) == 1


@pytest.mark.parametrize(("query", "emails"), [
    ({}, ["ada@acme.com", "bob@acme.com", "cid@acme.com"]),
    ({"search": "ADA love"}, ["ada@acme.com"]),
    ({"search": "acme.com"}, ["ada@acme.com", "bob@acme.com", "cid@acme.com"]),
    ({"search": "%"}, []),
    ({"search": " "}, ["ada@acme.com", "bob@acme.com", "cid@acme.com"]),
    ({"tags": "vip"}, ["ada@acme.com", "bob@acme.com"]),
    ({"tags": "vip,new"}, ["ada@acme.com", "bob@acme.com", "cid@acme.com"]),
    ({"tags": " new , none ,"}, ["cid@acme.com"]),
    ({"tags": "VIP"}, []),
    ({"tags": "caf\u0065\u0301"}, ["cid@acme.com"]),
    ({"tags": ","}, ["ada@acme.com", "bob@acme.com", "cid@acme.com"]),
    ({"emailVerified": "true"}, ["bob@acme.com"]),
    ({"emailVerified": "false"}, ["ada@acme.com", "cid@acme.com"]),
    ({"hasCompany": "true"}, ["ada@acme.com"]),
    ({"hasCompany": "false"}, ["bob@acme.com", "cid@acme.com"]),
    ({"hasPhone": "true"}, ["bob@acme.com"]),
    ({"hasPhone": "True"}, ["bob@acme.com"]),
    ({"hasPhone": "false", "tags": "vip"}, ["ada@acme.com"]),
    ({"hasPhone": "", "search": "", "tags": "", "cursor": "", "limit": ""},
     ["ada@acme.com", "bob@acme.com", "cid@acme.com"]),
])  # fmt: skip
def test_filters_find_what_they_say(door: Door, query: dict[str, str], emails: list[str]) -> None:
    lead(door.account, "ada@acme.com", first_name="Ada", last_name="Lovelace", company="Engines", tags=["vip"])
    bob = lead(door.account, "bob@acme.com", phone="+12065550142", tags=["vip", "old"])
    Lead.objects.filter(pk=bob.pk).update(email_verified=True)
    lead(door.account, "cid@acme.com", tags=["new", "caf\u00e9"])

    assert sorted(door.emails(**query)) == emails


@pytest.mark.parametrize(("query", "message"), [
    ({"limit": "0"}, "limit: This must be a whole number from 1 to 100."),
    ({"limit": "101"}, "limit: This must be a whole number from 1 to 100."),
    ({"limit": "ten"}, "limit: This must be a whole number from 1 to 100."),
    ({"cursor": "x"}, "The cursor is not valid."),
    ({"emailVerified": "yes"}, "emailVerified: This must be true or false."),
    ({"hasPhone": "1"}, "hasPhone: This must be true or false."),
    ({"search": "x" * 201}, "search: This is longer than 200 characters."),
    ({"search": "a\0"}, "search: This has a NUL character."),
    ({"tags": ",".join(str(n) for n in range(51))}, "tags: At most 50 tags."),
    ({"page": "2"}, "page: There is no such parameter."),
    ({"limit": ["1", "2"]}, "limit: This parameter is given twice."),
])  # fmt: skip
def test_a_query_that_cannot_be_used_is_refused(door: Door, query: dict[str, Any], message: str) -> None:
    assert door.send("GET", query=query) == refused(message)


def test_a_cursor_of_another_workspace_is_none_here(door: Door, places: Town) -> None:
    for number in range(2):
        lead(places.initech.account, f"p{number}@initech.com", team_id=places.team.pk)
    theirs = Client().get(LEADS, {"limit": 1}, headers=bearer(places.initech.key)).json()["pagination"]["nextCursor"]

    assert door.send("GET", query={"cursor": theirs}) == refused("The cursor is not valid.")


def test_the_list_has_archived_leads_and_neither_deleted_nor_anothers(door: Door, places: Town) -> None:
    lead(door.account, "kept@acme.com")
    Lead.objects.update(archived_at=timezone.now())
    gone = lead(door.account, "gone@acme.com")
    Lead.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
    lead(places.initech.account, "theirs@initech.com", team_id=places.team.pk)

    assert door.emails() == ["kept@acme.com"]


# --- one lead ---


def test_a_lead_made_here_is_read_back_as_it_was_answered(door: Door) -> None:
    body = {"email": "Jane@Acme.com", "phone": "(206) 555-0142", "tags": ["vip"], "customFields": {"a": 1}}
    _, made = door.send("POST", body=body)

    assert door.send("GET", f"/{made['data']['_id']}") == (200, made)
    assert door.send("GET", f"/{made['data']['_id'].upper()}") == (200, made)
    assert door.page()["data"] == [made["data"]]


def test_a_lead_of_another_door_goes_out_in_this_ones_words(door: Door) -> None:
    row = lead(door.account, "", first_name="Jane", phone="+12065550142")
    other = lead(door.account, "ADA@Acme.com")

    (_, jane), (_, ada) = door.send("GET", f"/{row.hex_id}"), door.send("GET", f"/{other.hex_id}")

    assert (jane["data"]["email"], jane["data"]["userId"]) == (None, None)
    assert ada["data"]["email"] == "ada@acme.com"


def test_what_is_not_there_and_what_is_anothers_look_alike(door: Door, places: Town) -> None:
    row = lead(door.account)
    theirs = lead(places.initech.account, "theirs@initech.com", team_id=places.team.pk)
    gone = lead(door.account, "gone@acme.com")
    Lead.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
    other_instant = f"00000001{row.hex_id[8:]}"
    before = state()

    ids = [NOWHERE, theirs.hex_id, gone.hex_id, other_instant, "f" * 24, "0" * 24, "x", str(row.pk), str(row.uuid)]
    for id in ids:
        assert door.send("GET", f"/{id}") == MISSING
        assert door.send("PATCH", f"/{id}", {"firstName": "Eve"}) == MISSING
    assert state() == before


def test_who_may_not_see_all_leads_has_his_own(door: Door, places: Town) -> None:
    rep = places.acme.reps[0]
    own = lead(door.account, "own@acme.com", assignee_email=rep.email)
    other = lead(door.account, "other@acme.com", assignee_email=places.acme.reps[1].email)
    door.headers = key_of(places, rep)

    assert door.emails() == ["own@acme.com"]
    assert door.send("GET", f"/{own.hex_id}")[0] == 200
    assert door.send("GET", f"/{other.hex_id}") == MISSING
    assert door.send("PATCH", f"/{other.hex_id}", {"firstName": "Eve"}) == MISSING


@pytest.mark.parametrize("path", ["/bulk", "/import/csv", "/bulk/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_not_served_yet_is_not_there(door: Door, path: str, method: str) -> None:
    body = {"leads": []} if method == "POST" else None

    assert door.send(method, path, body) == refused("There is nothing at this path.", 404, "Not Found")

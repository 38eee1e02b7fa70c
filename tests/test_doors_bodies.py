"""Bodies that other servers fail on: each is refused at every door with a sentence, and nothing is stored."""

import json
from typing import Any

import pytest
from django.test import Client

from intake.words import EXTRA_BYTES
from leads.models import Lead
from tests.doors import NAMES, TRACE, Town, refusal, state

UNSTORABLE = "The body has a NUL character or a lone surrogate."
TOO_DEEP = "The body is nested deeper than 32."
TWICE = "A key is given twice in one object."
OUT_OF_RANGE = "A number is out of range."
NO_OBJECT = "The body must be a JSON object."
NOT_UTF_8 = "The body must be UTF-8."

pytestmark = pytest.mark.django_db


def with_value(body: dict[str, Any], raw: str) -> bytes:
    """The body with one more field, whose value is `raw` as it stands."""
    return f'{json.dumps(body)[:-1]}, "x": {raw}}}'.encode()


@pytest.mark.parametrize("door", NAMES)
@pytest.mark.parametrize(("raw", "message"), [
    ('"a\\u0000b"', UNSTORABLE),
    ('{"a\\u0000b": 1}', UNSTORABLE),
    ('["\\ud800"]', UNSTORABLE),
    ('{"\\udc00x": 1}', UNSTORABLE),
    ("[" * 32 + "]" * 32, TOO_DEEP),
    ('{"a":' * 32 + "1" + "}" * 32, TOO_DEEP),
    ("[" * 100_000 + "]" * 100_000, TOO_DEEP),
    ("[" * 100_000, TOO_DEEP),
    ('{"a": 1, "b": {"c": 1, "c": 1}}', TWICE),
    ('{"a": 1, "\\u0061": 1}', TWICE),
    ("NaN", "NaN is not a JSON number."),
    ("Infinity", "Infinity is not a JSON number."),
    ("-Infinity", "-Infinity is not a JSON number."),
    ("1e400", OUT_OF_RANGE),
    ("-1e400", OUT_OF_RANGE),
    ("9" * 5000, OUT_OF_RANGE),
    (str(2**63), OUT_OF_RANGE),
], ids=lambda value: value[:20])  # fmt: skip
def test_a_value_that_two_readers_could_understand_differently_is_refused(
    client: Client, places: Town, door: str, raw: str, message: str
) -> None:
    visitor, before = places.visitor(door), state()

    answer = visitor.post(client, with_value(visitor.body, raw), X_Request_Id=TRACE)

    code = "INVALID_REQUEST" if door == "platform" else "invalid_request"
    assert (answer.status_code, answer.json()) == (400, refusal(door, 400, message, code=code, path=visitor.path))
    assert state() == before


@pytest.mark.parametrize("door", NAMES)
@pytest.mark.parametrize(("body", "message"), [
    (b"[]", NO_OBJECT),
    (b'"x"', NO_OBJECT),
    (b"1", NO_OBJECT),
    (b"null", NO_OBJECT),
    (b"", "The body is not valid JSON: Expecting value: line 1 column 1 (char 0)."),
    (b"{} {}", "The body is not valid JSON: Extra data: line 1 column 4 (char 3)."),
    (b"{'a': 1}", "The body is not valid JSON: Expecting property name enclosed in double quotes: "
     "line 1 column 2 (char 1)."),
    (b'{"a": "\x01"}', "The body is not valid JSON: Invalid control character at: line 1 column 8 (char 7)."),
    (b'{"email": "a@b.c", "email": "d@e.f"}', TWICE),
    (b"\xef\xbb\xbf{}", "The body must be UTF-8 without a byte-order mark."),
    ('{"a": 1}'.encode("utf-16"), NOT_UTF_8),
    (b'{"a": "\xff"}', NOT_UTF_8),
    (b'{"a": "\xed\xa0\x80"}', NOT_UTF_8),
], ids=repr)  # fmt: skip
def test_what_is_no_json_object_in_utf_8_is_refused(
    client: Client, places: Town, door: str, body: bytes, message: str
) -> None:
    visitor, before = places.visitor(door), state()

    answer = visitor.post(client, body, X_Request_Id=TRACE)

    code = "INVALID_REQUEST" if door == "platform" else "invalid_request"
    assert (answer.status_code, answer.json()) == (400, refusal(door, 400, message, code=code, path=visitor.path))
    assert state() == before


@pytest.mark.parametrize("door", NAMES)
@pytest.mark.parametrize("raw", [
    "[" * 31 + "]" * 31, "2e5", str(2**63 - 1), str(-(2**63) + 1), '"' + "[{" * 50 + '"', '"\\\\\\"["',
])  # fmt: skip
def test_what_only_looks_dangerous_is_taken(client: Client, places: Town, door: str, raw: str) -> None:
    visitor = places.visitor(door)

    answer = visitor.post(client, with_value(visitor.body, raw))

    assert answer.status_code == 201
    assert Lead.objects.get().extra == {"fields": {"x": json.loads(raw)}}


@pytest.mark.parametrize("door", NAMES)
def test_unknown_fields_are_kept_beside_the_lead_and_never_written_to_it(
    client: Client, places: Town, door: str
) -> None:
    visitor = places.visitor(door)
    unknown = {
        "isAdmin": True, "id": 1, "pk": 1, "uuid": "x", "account_id": places.initech.account.pk, "accountId": "9",
        "createdAt": "2001-01-01T00:00:00Z", "created_at": "2001-01-01T00:00:00Z", "auditLog": [], "status": "lost",
        "owner": places.initech.owner.pk, "owner_id": places.initech.owner.pk, "channel": "website", "score": 9,
        "duplicate_of": 1, "email_key": "x", "extra": {}, "deletedAt": "2001-01-01", "email_verified": True,
    }  # fmt: skip

    answer = visitor.post(client, visitor.body | unknown)

    lead = Lead.objects.get()
    assert (answer.status_code, lead.account, lead.extra) == (201, visitor.account, {"fields": unknown})
    assert (lead.status, lead.channel, lead.score, lead.email_key) == ("new", "api", None, "jane@acme.com")
    assert (lead.email_verified, lead.deleted_at, lead.duplicate_of_id) == (False, None, None)
    assert lead.created_at.year > 2001
    assert lead.owner_id in [None, *(rep.pk for rep in places.acme.reps)]


def test_unknown_fields_are_kept_as_far_as_there_is_room(client: Client, places: Town) -> None:
    visitor = places.visitor("workspace")
    unknown = {"a": "x" * 8000, "b": "x" * 8000, "c": "x" * EXTRA_BYTES, "d": 1}

    visitor.post(client, visitor.body | unknown)

    kept = Lead.objects.get().extra
    assert kept == {"fields": {"a": "x" * 8000, "b": "x" * 8000}, "truncated": True}


FIRST_NAME = {"platform": ["first_name"], "account": ["firstName"], "workspace": ["data", "firstName"],
              "source": ["contact", "firstName"]}  # fmt: skip


def name_in(answer: Any, door: str) -> str:
    value = answer.json()
    for step in FIRST_NAME[door]:
        value = value[step]
    return str(value)


@pytest.mark.parametrize("door", NAMES)
@pytest.mark.parametrize(("given", "kept"), [
    ("Zoë 李小龍 𠮷野家 👩‍👩‍👧‍👦 🇺🇳", "Zoë 李小龍 𠮷野家 👩‍👩‍👧‍👦 🇺🇳"),
    ("<script>alert(1)</script> {{7*7}} ${7*7} {% debug %}", "<script>alert(1)</script> {{7*7}} ${7*7} {% debug %}"),
    ("=cmd|' /C calc'!A0 \\' OR 1=1 --", "=cmd|' /C calc'!A0 \\' OR 1=1 --"),
    ("  Jane \t", "Jane"),
    ("Jane\u202egnp.exe\u2066\u2069", "Janegnp.exe"),
    ("Ja\u0007ne\u009b\u007f", "Jane"),
    ("Zoe\u0308", "Zo\u00eb"),
    ("x" + "e\u0301" * 1999, "x" + "\u00e9" * 1999),
    ("e" + "\u0323\u0301" * 500, "\u1eb9" + "\u0323" * 499 + "\u0301" * 500),
])  # fmt: skip
def test_text_comes_back_as_given_but_for_controls_and_outer_space(
    client: Client, places: Town, door: str, given: str, kept: str
) -> None:
    visitor = places.visitor(door)
    name = FIRST_NAME[door][-1]

    answer = visitor.post(client, visitor.body | {name: given})

    assert (answer.status_code, name_in(answer, door)) == (201, kept)
    assert Lead.objects.get().first_name == kept

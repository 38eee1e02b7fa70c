"""A: bodies and parsers."""

import bz2
import gzip
import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry
from leads.models import Lead
from tests.abuse.doors import DOORS, FORMS, NAMED, assert_refused, checksums, knock, taken, visitor, with_value
from tests.doors import Town

pytestmark = pytest.mark.django_db

CUSTOM = {"workspace": "customFields", "api": "custom_fields", "source": "sourceMetadata"}
TAGS = {"workspace": "tags", "api": "tags", "source": "tagNames"}
LABEL = {"Content-Type": "application/json"}
FORM = "application/x-www-form-urlencoded"
# A public form takes 64 KB: what is deep is to be refused for that, and not for its size.
DEEP = 20_000


# Contracts: a body may be nested 32 deep, where the case (A07) says 5; customFields are 64 KB in all, where it (A22)
# says 16 KiB.
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("raw", [
    pytest.param('{"k": "a\\u0000b"}', id="A01"),
    pytest.param('{"a\\u0000b": 1}', id="A02"),
    pytest.param('{"\\ud800": 1}', id="A04"),
    pytest.param("[" * DEEP + "]" * DEEP, id="A05"),
    pytest.param("[" * DEEP, id="A05-open"),
    pytest.param('{"k":' * 900 + "1" + "}" * 900, id="A07"),
    pytest.param("NaN", id="A13-nan"),
    pytest.param("-Infinity", id="A13-infinity"),
    pytest.param("1e400", id="A13-exponent"),
    pytest.param("9" * 5000, id="A14"),
])  # fmt: skip
def test_a_value_that_no_database_or_reader_can_hold_is_refused(
    client: Client, places: Town, door: str, raw: str
) -> None:
    caller = visitor(places, door)
    before = checksums()

    answer = knock(client, caller, with_value(caller.body, CUSTOM.get(door, "customFields"), raw), LABEL)

    assert_refused(answer, door, 400, before=before)


@pytest.mark.parametrize("door", [door for door in DOORS if door != "form"])
def test_a_body_nested_a_hundred_thousand_deep_is_refused_before_it_is_read(
    client: Client, places: Town, door: str
) -> None:
    """A05, at its full depth."""
    caller, before = visitor(places, door), checksums()

    answer = knock(client, caller, b"[" * 100_000 + b"]" * 100_000, LABEL)

    assert_refused(answer, door, 400, before=before)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("body", [
    pytest.param(b"[]", id="A18-list"),
    pytest.param(b'"x"', id="A18-text"),
    pytest.param(b"1", id="A18-number"),
    pytest.param(b"null", id="A18-null"),
    pytest.param(b"", id="A18-empty"),
    pytest.param(b'\xef\xbb\xbf{"email": "jane@acme.com"}', id="A20-mark"),
    pytest.param('{"email": "jane@acme.com"}'.encode("utf-16"), id="A20-utf-16"),
    pytest.param(b'{"email": "\xff@acme.com"}', id="A20-invalid"),
])  # fmt: skip
def test_what_is_no_object_in_utf_8_is_refused(client: Client, places: Town, door: str, body: bytes) -> None:
    caller = visitor(places, door)
    before = checksums()

    assert_refused(knock(client, caller, body, LABEL), door, 400, before=before)


COMPRESSED = bz2.compress(b" " * 5_000_000)
PARTS = b"".join(b'--x\r\nContent-Disposition: form-data; name="%d"\r\n\r\n1\r\n' % n for n in range(10_000)) + b"--x--"
SPACED = (
    b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    + b"A   \n" * 12_000
    + b"\r\n--x--"
)


# Contracts: a body may have 1 MB (a public form's 64 KB), where the case (A10) says 256 KiB.
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("headers", "body", "status"), [
    pytest.param({"Content-Type": "application/json; charset=bz2_codec"}, COMPRESSED, 415, id="A08"),
    pytest.param(LABEL, b" " * 3_000_000, 413, id="A10"),
    pytest.param({"Content-Type": "text/plain"}, b"{}", 415, id="A21-text"),
    pytest.param({"Content-Type": ""}, b"{}", 415, id="A21-none"),
    pytest.param(LABEL | {"Content-Encoding": "gzip"}, gzip.compress(b" " * 5_000_000), 415, id="A30"),
    pytest.param({"Content-Type": "multipart/form-data; boundary=x"}, PARTS, 415, id="A31-parts"),
    pytest.param({"Content-Type": "multipart/form-data; boundary=x"}, SPACED, 415, id="A31-base64"),
])  # fmt: skip
def test_a_body_of_another_kind_or_size_is_refused(
    client: Client, places: Town, door: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    caller = visitor(places, door)
    before = checksums()
    # A public form takes 64 KB, and says of a file that it takes none.
    if door == "form" and len(body) > 64 * 1024:
        status = 413
    elif door == "form" and headers["Content-Type"].startswith("multipart"):
        status = 400

    assert_refused(knock(client, caller, body, headers), door, status, before=before)


@pytest.mark.parametrize("door", DOORS)
def test_a_form_is_taken_by_the_source_and_the_public_form_alone(client: Client, places: Town, door: str) -> None:
    """A21."""
    caller = visitor(places, door)
    before = checksums()

    answer = knock(client, caller, b"email=jane%40acme.com&first_name=Jane&firstName=Jane", {"Content-Type": FORM})

    if door in FORMS:
        assert answer.status_code == taken(door)
    else:
        assert_refused(answer, door, 415, before=before)


@pytest.mark.parametrize("door", FORMS)
def test_a_form_of_ten_thousand_fields_is_refused(client: Client, places: Town, door: str) -> None:
    """A31."""
    caller = visitor(places, door)
    before = checksums()

    answer = knock(client, caller, b"&".join(b"%x=" % n for n in range(10_000)), {"Content-Type": FORM})

    assert_refused(answer, door, 400, before=before)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("value", [
    pytest.param(12, id="A16"),
    pytest.param({"a": 1}, id="A17-dict"),
    pytest.param(True, id="A17-bool"),
    pytest.param(["Jane"], id="A17-list"),
])  # fmt: skip
def test_a_name_that_is_no_text_is_refused(client: Client, places: Town, door: str, value: Any) -> None:
    """But for a number at the source door, whose vendors send them."""
    caller = visitor(places, door)
    before = checksums()

    answer = knock(client, caller, caller.body | {NAMED[door]: value}, LABEL)

    if door == "source" and value == 12:
        assert (answer.status_code, answer.json()["contact"]["firstName"]) == (201, "12")
    else:
        assert_refused(answer, door, 400, before=before)


@pytest.mark.parametrize("door", list(CUSTOM))
@pytest.mark.parametrize("value", [
    pytest.param({str(n): 1 for n in range(10_000)}, id="A22-keys"),
    pytest.param({"k" * 100_000: 1}, id="A22-key"),
    pytest.param({str(n): "x" * 2000 for n in range(100)}, id="A22-total"),
    pytest.param({"k": "x" * 2001}, id="A22-value"),
])  # fmt: skip
def test_what_people_add_of_their_own_is_bounded(client: Client, places: Town, door: str, value: Any) -> None:
    caller, before = visitor(places, door), checksums()

    assert_refused(knock(client, caller, caller.body | {CUSTOM[door]: value}, LABEL), door, 400, before=before)


@pytest.mark.parametrize("door", list(TAGS))
@pytest.mark.parametrize("value", [
    pytest.param([str(n) for n in range(10_000)], id="A23-many"),
    pytest.param(["vip", 1], id="A23-number"),
    pytest.param([None], id="A23-null"),
    pytest.param([{}], id="A23-object"),
    pytest.param("vip", id="A23-text"),
])  # fmt: skip
def test_tags_are_a_few_texts(client: Client, places: Town, door: str, value: Any) -> None:
    caller, before = visitor(places, door), checksums()

    assert_refused(knock(client, caller, caller.body | {TAGS[door]: value}, LABEL), door, 400, before=before)


@pytest.mark.parametrize("door", list(TAGS))
def test_tags_given_twice_are_one(client: Client, places: Town, door: str) -> None:
    """A23."""
    caller = visitor(places, door)

    answer = knock(client, caller, caller.body | {TAGS[door]: ["vip", " vip", "new", "vip"]}, LABEL)

    assert (answer.status_code, Lead.objects.get().tags) == (201, ["vip", "new"])


NUMBERS = [("account", "monthlyTransactionVolume"), ("account", "numberOfEmployees"), ("api", "number_of_employees")]


@pytest.mark.parametrize(("door", "name"), NUMBERS)
@pytest.mark.parametrize(("value", "status"), [
    pytest.param(2**31, 400, id="A24-large"),
    pytest.param("1e1000000", 400, id="A24-text"),
    pytest.param(1.0, 201, id="A24-float"),
])  # fmt: skip
def test_a_whole_number_is_one_that_can_be_stored(
    client: Client, places: Town, door: str, name: str, value: Any, status: int
) -> None:
    caller, before = visitor(places, door), checksums()

    answer = knock(client, caller, caller.body | {name: value}, LABEL)

    if status == 201:
        assert (answer.status_code, answer.json()[name]) == (201, 1)
    else:
        assert_refused(answer, door, 400, before=before)


@pytest.mark.parametrize("value", [
    pytest.param("0000-00-00", id="A26-zero"),
    pytest.param("2999-01-01", id="A26-future"),
    pytest.param("9999-12-31", id="A26-last"),
    pytest.param("2023-02-30", id="A26-no-day"),
])  # fmt: skip
@pytest.mark.parametrize("name", ["dateOfBirth", "birthDate"])
def test_a_birth_is_a_day_that_was(client: Client, places: Town, name: str, value: str) -> None:
    caller, before = visitor(places, "source"), checksums()

    assert_refused(knock(client, caller, caller.body | {name: value}, LABEL), "source", 400, before=before)


def test_two_births_that_differ_are_refused_and_both_named(client: Client, places: Town) -> None:
    """A27."""
    caller, before = visitor(places, "source"), checksums()
    births = {"dateOfBirth": "1990-01-01", "birthDate": "1990-01-02"}

    answer = knock(client, caller, caller.body | births, LABEL)

    assert_refused(answer, "source", 400, before=before)
    assert set(answer.json()["errors"]) == set(births)


@pytest.mark.parametrize("door", DOORS)
def test_what_the_door_does_not_know_is_never_written_to_the_lead(client: Client, places: Town, door: str) -> None:
    """A28. The hub's own API refuses what it does not know."""
    caller = visitor(places, door)
    before = checksums()
    unknown = {
        "isAdmin": True, "id": 9, "accountId": str(places.initech.account.pk), "account_id": places.initech.account.pk,
        "createdAt": "2001-01-01T00:00:00Z", "created_at": "2001-01-01T00:00:00Z", "auditLog": [], "status": "lost",
        "email_key": "x", "duplicate_of": 1, "deleted_at": "2001-01-01T00:00:00Z",
    }  # fmt: skip

    answer = knock(client, caller, caller.body | unknown, LABEL)

    if door == "api":
        return assert_refused(answer, door, 400, before=before)
    lead = Lead.objects.get()
    assert (answer.status_code, lead.account, lead.status) == (taken(door), caller.account, "new")
    assert (lead.email_key, lead.duplicate_of_id, lead.deleted_at) == ("jane@acme.com", None, None)
    assert lead.created_at.year > 2001
    assert lead.pk != 9
    return None


def test_a_claimed_creator_is_kept_as_that_and_the_audit_names_the_caller(client: Client, places: Town) -> None:
    """A29."""
    caller = visitor(places, "account")

    answer = knock(client, caller, caller.body | {"createdBy": "ceo@victim.com"}, LABEL)

    entry = AuditEntry.objects.get(event="lead_created")
    assert json.loads(answer.content)["createdBy"] == "ceo@victim.com"
    assert (entry.actor_id, entry.actor_email) == (places.acme.owner.pk, "owner@acme.test")

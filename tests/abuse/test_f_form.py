"""F: the public form, where anybody may come."""

import logging
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.actors import Actor
from accounts.suspension import suspend
from intake.models import Form, FormKind, QuarantinedLead
from intake.publicform import tokens
from intake.publicform.wire import TRAP
from leadhub.lib.transactions import run
from leads.models import Lead
from tests.abuse.doors import assert_refused, checksums
from tests.doors import Town, post

pytestmark = pytest.mark.django_db

LABEL = {"Content-Type": "application/json"}
ENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
JANE = {"email": "jane@acme.com", "first_name": "Jane"}


def form_of(town: Town, kind: FormKind = FormKind.OPEN, **fields: Any) -> Form:
    return Form.objects.create(account=town.acme.account, name="Contact", kind=kind, **fields)


def path_of(form: Form) -> str:
    return f"/v1/public/forms/{form.public_id}/leads"


def from_address(client: Client, form: Form, address: str, **headers: str) -> Any:
    sent = LABEL | {name.replace("_", "-"): text for name, text in headers.items()}
    return client.post(path_of(form), JANE, "application/json", headers=sent, REMOTE_ADDR=address)


def test_a_network_that_rotates_its_addresses_is_one_visitor(client: Client, places: Town, settings: Any) -> None:
    """F01: and what it says of whom it speaks for is not believed."""
    settings.RATE_LIMIT_FORM = 3
    form = form_of(places)

    answers = [
        from_address(client, form, f"2001:db8::{number:x}", X_Forwarded_For=f"203.0.113.{number}")
        for number in range(1, 5)
    ]
    before = checksums()
    last = from_address(client, form, "2001:db8::ffff", X_Forwarded_For="198.51.100.7")
    assert_refused(last, "form", 429, before=before)
    elsewhere = from_address(client, form, "2001:db8:1::1")

    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert (last.json()["code"], elsewhere.status_code) == ("RATE_LIMITED", 202)


def token_of(form: Form, *, seconds: float) -> str:
    with time_machine.travel(timezone.now() - timedelta(seconds=seconds)):
        return tokens.issue(form)


SUSPECT = {
    "honeypot": lambda form, other: {TRAP: "https://spam.test", "token": token_of(form, seconds=60)},
    "too_fast": lambda form, other: {"token": token_of(form, seconds=0.2)},
    "bad_token": lambda form, other: {},
    "bad_token forged": lambda form, other: {"token": token_of(form, seconds=60)[:-3] + "AAA"},
    "bad_token old": lambda form, other: {"token": token_of(form, seconds=25 * 3600)},
    "bad_token elsewhere": lambda form, other: {"token": token_of(other, seconds=60)},
}


@pytest.mark.parametrize("cause", list(SUSPECT), ids=lambda cause: f"F02-{cause}")
def test_a_program_is_told_what_a_person_is_and_its_lead_is_kept_apart(
    client: Client, places: Town, caplog: pytest.LogCaptureFixture, cause: str
) -> None:
    form, other = form_of(places, FormKind.HOSTED), form_of(places, FormKind.HOSTED)
    person = post(client, path_of(form), JANE | {"token": token_of(form, seconds=60)}, LABEL)
    before = leads()

    # However long the test takes, what is sent is as old as it says.
    with caplog.at_level(logging.DEBUG), time_machine.travel(timezone.now(), tick=False):
        sent = JANE | {"email": "bot@spam.test"} | SUSPECT[cause](form, other)
        answer = post(client, path_of(form), sent, LABEL)

    assert (answer.status_code, answer.content) == (202, person.content)
    assert set(answer.headers) == set(person.headers)
    assert [row.code for row in QuarantinedLead.objects.all()] == [cause.partition(" ")[0]]
    assert leads() == before
    # C17
    assert sent.get("token", "no token") not in caplog.text


def test_a_token_is_good_for_one_submission(client: Client, places: Town) -> None:
    """F02."""
    form = form_of(places, FormKind.HOSTED)
    token = token_of(form, seconds=60)

    first = post(client, path_of(form), JANE | {"token": token}, LABEL)
    before = leads()
    second = post(client, path_of(form), {"email": "more@spam.test", "token": token}, LABEL)

    assert (second.status_code, second.content) == (202, first.content)
    assert [row.code for row in QuarantinedLead.objects.all()] == ["token_reused"]
    assert leads() == before


def leads() -> list[int]:
    return list(Lead.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "https://acme.test.evil.test", "http://acme.test"])
def test_a_browser_on_anothers_page_is_refused(client: Client, places: Town, origin: str) -> None:
    """F04."""
    form = form_of(places, allowed_origins=["https://acme.test"])
    before = checksums()

    answer = post(client, path_of(form), JANE, LABEL | {"Origin": origin})

    assert_refused(answer, "form", 403, before=before)
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert post(client, path_of(form), JANE, LABEL | {"Origin": "https://acme.test"}).status_code == 202


@pytest.mark.parametrize("host", ["evil.test", "localhost@evil.test", "localhost:80:80"])
def test_another_host_is_refused(client: Client, places: Town, host: str) -> None:
    """F06."""
    form = form_of(places)
    before = checksums()

    answer = client.post(path_of(form), JANE, "application/json", headers={"Host": host})

    assert_refused(answer, "form", 400, before=before)


def test_no_link_is_made_of_what_the_client_says_the_host_is(client: Client, places: Town, settings: Any) -> None:
    """F06."""
    settings.SITE_URL = "https://leads.acme.test"
    form = form_of(places)
    headers = {"X-Forwarded-Host": "evil.test", "Forwarded": "host=evil.test", "X-Original-Host": "evil.test"}

    for path in (f"/f/{form.public_id}", f"/f/{form.public_id}/embed.js", f"/f/{form.public_id}/config"):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200
        assert "evil.test" not in answer.content.decode() + str(answer.headers)


PART = b'--x\r\nContent-Disposition: form-data; name="email"%s\r\n\r\njane@acme.com\r\n'


@pytest.mark.parametrize(("headers", "body", "status"), [
    pytest.param({"Content-Type": "multipart/form-data; boundary=x"}, PART % b'; filename="a.exe"' + b"--x--", 400,
                 id="F08-file"),
    pytest.param({"Content-Type": "multipart/form-data; boundary=x"}, PART % b"" * 100 + b"--x--", 400,
                 id="F08-parts"),
    pytest.param(ENCODED, b"email=jane%40acme.com&" + b"&".join(b"f%d=1" % n for n in range(100)), 400,
                 id="F08-fields"),
    pytest.param(ENCODED, b"email=jane%40acme.com&message=" + b"x" * 2**20, 413, id="F08-large"),
    pytest.param(LABEL, b'{"email": "jane@acme.com", "message": "' + b"x" * 2**20 + b'"}', 413, id="F08-large-json"),
])  # fmt: skip
def test_a_file_and_many_parts_and_a_megabyte_are_refused(
    client: Client, places: Town, headers: dict[str, str], body: bytes, status: int
) -> None:
    form = form_of(places)
    before = checksums()

    assert_refused(post(client, path_of(form), body, headers), "form", status, before=before)


def test_a_preflight_says_little_and_counts_for_nothing(client: Client, places: Town, settings: Any) -> None:
    """F09."""
    settings.RATE_LIMIT_FORM = settings.RATE_LIMIT_ADDRESS = 1
    form = form_of(places, allowed_origins=["https://acme.test"])
    before = checksums()

    for _ in range(20):
        answer = client.options(path_of(form), headers={"Origin": "https://acme.test"})
        assert (answer.status_code, answer.content) == (204, b"")
    assert checksums() == before
    assert post(client, path_of(form), JANE, LABEL).status_code == 202


@pytest.mark.parametrize("method", ["PUT", "TRACE", "DELETE", "GET", "PATCH"])
def test_no_other_method_is_served(client: Client, places: Town, method: str) -> None:
    """F09."""
    form = form_of(places)
    before = checksums()

    answer = client.generic(method, path_of(form))

    assert_refused(answer, "form", 405, before=before)
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_header_makes_no_other_method_of_a_post(client: Client, places: Town, header: str) -> None:
    """F09."""
    assert post(client, path_of(form_of(places)), JANE, LABEL | {header: "DELETE"}).status_code == 202
    assert Lead.objects.get().email == "jane@acme.com"


@pytest.mark.parametrize("how", ["F10-disabled", "F10-suspended", "F10-nowhere"])
def test_a_form_that_is_closed_is_as_if_it_were_not_there(client: Client, places: Town, how: str) -> None:
    form = form_of(places, is_active=how != "F10-disabled")
    if how == "F10-suspended":
        run(lambda: suspend(places.acme.account, actor=Actor()))
    path = path_of(form) if how != "F10-nowhere" else "/v1/public/forms/aaaaaaaaaaaa/leads"
    before = checksums()

    answer = post(client, path, JANE, LABEL)

    assert_refused(answer, "form", 404, before=before)
    assert answer.json() == {"code": "NOT_FOUND", "message": "There is nothing at this path.", "http_status": 404}

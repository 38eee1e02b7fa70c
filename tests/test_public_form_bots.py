"""What a program sends by a public form: the same answer as a person's, and quarantine."""

import json
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.utils import timezone

from intake.models import Form, FormKind, QuarantinedLead
from intake.publicform import tokens
from tests.forms import JANE, RECEIVED, kept, leads, public_form, send, send_form, token
from tests.people import Company
from tests.refusing import again

pytestmark = pytest.mark.django_db

TRAPPED = {"homepage_url": "https://spam.test"}


@pytest.fixture
def form(acme: Company) -> Form:
    return public_form(acme, kind=FormKind.HOSTED)


def forged(form: Form) -> str:
    return signing.dumps([form.public_id, 0, "x"], salt="another")


def changed(form: Form) -> str:
    good = token(form)
    return good[:-1] + ("A" if good[-1] != "A" else "B")


def other(form: Form) -> str:
    return token(Form.objects.create(account_id=form.account_id, name="Other"))


CASES: dict[str, tuple[Any, str | None]] = {
    "a person": (lambda form: {"token": token(form)}, None),
    "after just two seconds": (lambda form: {"token": token(form, age=2.1)}, None),
    "just within a day": (lambda form: {"token": token(form, age=24 * 3600 - 60)}, None),
    "the trap filled in": (lambda form: {"token": token(form), **TRAPPED}, "honeypot"),
    "too fast": (lambda form: {"token": token(form, age=0.2)}, "too_fast"),
    "from the future": (lambda form: {"token": token(form, age=-60)}, "too_fast"),
    "too old": (lambda form: {"token": token(form, age=24 * 3600 + 60)}, "bad_token"),
    "without a token": (lambda form: {}, "bad_token"),
    "no token at all": (lambda form: {"token": "x"}, "bad_token"),
    "a forged token": (lambda form: {"token": forged(form)}, "bad_token"),
    "a changed token": (lambda form: {"token": changed(form)}, "bad_token"),
    "another form's token": (lambda form: {"token": other(form)}, "bad_token"),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("way", [send, send_form])
def test_a_program_is_told_what_a_person_is_and_its_lead_kept(client: Client, form: Form, way: Any, name: str) -> None:
    given, code = CASES[name]

    # However long the test takes, what is sent is as old as it says.
    with time_machine.travel(timezone.now(), tick=False):
        answer = way(client, form, JANE | given(form))

    assert (answer.status_code, answer.content) == (202, RECEIVED)
    assert (len(leads(form)), kept(form)) == ((1, []) if code is None else (0, [code]))


def test_what_is_kept_is_what_was_sent_with_the_reason(client: Client, form: Form) -> None:
    body = JANE | TRAPPED | {"token": token(form)}

    send(client, form, body, User_Agent="Bot/1")

    [row] = QuarantinedLead.objects.for_account(form.account_id)
    assert json.loads(bytes(row.payload)) == body
    assert (row.reason, row.user_agent) == ("A field was filled in that people do not see.", "Bot/1")
    assert (row.form, row.door, row.lead) == (form, "form", None)


def test_a_token_is_good_for_one_submission(client: Client, form: Form) -> None:
    one = token(form)

    answers = [send(client, form, JANE | {"token": one}) for _ in range(3)]

    assert {(answer.status_code, answer.content) for answer in answers} == {(202, RECEIVED)}
    assert (len(leads(form)), kept(form)) == (1, ["token_reused", "token_reused"])


def test_a_mistake_does_not_use_a_token_up(client: Client, form: Form) -> None:
    one = token(form)

    assert send(client, form, {"email": "jane", "token": one}).status_code == 400
    send(client, form, JANE | {"token": one})

    assert (len(leads(form)), kept(form)) == (1, [])


def test_an_open_form_asks_for_no_token_and_has_the_trap(client: Client, acme: Company) -> None:
    form = public_form(acme)

    send(client, form)
    send(client, form, JANE | {"token": "whatever"})
    send(client, form, JANE | TRAPPED)

    assert (len(leads(form)), kept(form)) == (2, ["honeypot"])


def test_a_program_is_sent_on_like_a_person(client: Client, acme: Company) -> None:
    form = public_form(acme, allowed_redirect_hosts=["www.acme.test"])
    there = {"redirect": "https://www.acme.test/thanks"}

    person, program = send(client, form, JANE | there), send(client, form, JANE | there | TRAPPED)

    assert (person.status_code, person.content) == (program.status_code, program.content) == (303, b"")
    assert person.headers["Location"] == program.headers["Location"] == there["redirect"]


def test_a_token_says_when_it_was_issued_to_the_tenth_of_a_second(form: Form) -> None:
    with time_machine.travel(1_800_000_000.9, tick=False):
        one = tokens.issue(form)

    with time_machine.travel(1_800_000_002.8, tick=False):
        assert tokens.fault_of(one, form) == "too_fast"
    with time_machine.travel(1_800_000_003.0, tick=False):
        assert tokens.fault_of(one, form) is None


def test_where_a_visitor_was_to_be_sent_is_nothing_to_who_runs_it_again(client: Client, acme: Company) -> None:
    form = public_form(acme, allowed_redirect_hosts=["www.acme.test"])
    send(client, form, JANE | TRAPPED | {"redirect": "https://www.acme.test/thanks"})
    Form.objects.update(allowed_redirect_hosts=[])

    row = again(QuarantinedLead.objects.get())

    assert (row.code, row.lead) == ("honeypot", leads(form)[0])

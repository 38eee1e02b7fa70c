"""What a public form refuses, and how it says so."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account
from intake.models import Form
from intake.publicform.origins import checked_host, checked_origin, leads_to
from leadhub.lib.errors import Invalid
from tests.forms import JANE, URLENCODED, kept, leads, path_of, public_form, send, send_form
from tests.people import Company
from tests.submitting import form

pytestmark = pytest.mark.django_db
__all__ = ["form"]

REQUIRED = ["This field is required."]


def answer_of(response: Any) -> tuple[int, Any]:
    return response.status_code, json.loads(response.content)


def wrong(**fields: list[str]) -> dict[str, Any]:
    said = "; ".join(f"{name}: {' '.join(messages)}" for name, messages in fields.items())
    return {"code": "INVALID_INPUT", "message": said, "http_status": 400, "details": {"fields": fields}}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"email": ["An e-mail or a phone number is needed."]}),
        ({"email": "", "phone": None}, {"email": ["An e-mail or a phone number is needed."]}),
        ({"email": "  "}, {"email": ["An e-mail or a phone number is needed."]}),
        ({"email": "jane"}, {"email": ["Enter a valid email address."]}),
        ({"email": "a@x.test\r\nBcc: v@x.test"}, {"email": ["Enter a valid email address."]}),
        ({"email": 7}, {"email": ["Not a valid string."]}),
        ({"email": "a@x.test", "consent": "perhaps"}, {"consent": ["Must be a valid boolean."]}),
        ({"phone": "1" * 2001}, {"phone": ["Ensure this field has no more than 2000 characters."]}),
        ({"email": "a@x.test", "message": "x" * 20_001}, {
            "message": ["Ensure this field has no more than 20000 characters."]
        }),
        ({"email": "a@x.test", "referrer": "java script:alert(1)"}, {
            "referrer": ["Must not be a script or data address."]
        }),
        ({"email": "a@x.test", "redirect": "https://evil.test/"}, {"redirect": ["The form does not lead there."]}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_field_in_the_platforms_words(
    client: Client, acme: Company, body: Any, fields: dict[str, list[str]]
) -> None:
    form = public_form(acme, fields=[{"name": "email", "label": "E-mail", "required": False}])

    answer = send(client, form, body)

    assert answer_of(answer) == (400, wrong(**fields))
    assert (leads(form), kept(form)) == ([], [])


def test_a_form_demands_what_it_says_it_requires(client: Client, acme: Company) -> None:
    asked = [
        {"name": "phone", "label": "Phone", "required": True},
        {"name": "company", "label": "Company", "required": True},
    ]
    form = public_form(acme, fields=asked)

    assert answer_of(send(client, form, {"email": "a@x.test"})) == (400, wrong(phone=REQUIRED, company=REQUIRED))
    assert answer_of(send(client, form, {"company": "A"})) == (400, wrong(phone=REQUIRED))
    assert send(client, form, {"phone": "+14155550100", "company": "A"}).status_code == 202


@pytest.mark.parametrize(
    ("required", "given", "consent"),
    [
        (True, {"consent": True}, {"given": True, "words": "Yes, call me."}),
        (True, {"consent": "on"}, {"given": True, "words": "Yes, call me."}),
        (True, {}, None),
        (True, {"consent": False}, None),
        (True, {"consent": "false"}, None),
        (False, {}, {}),
        (False, {"consent": False}, {}),
        (None, {"consent": True}, {"given": True}),
        (None, {}, {}),
    ],
)
def test_consent_is_kept_in_the_words_that_were_shown_and_can_be_demanded(
    client: Client, acme: Company, required: bool | None, given: dict[str, Any], consent: dict[str, Any] | None
) -> None:
    asked = [{"name": "email", "label": "E-mail", "required": True}]
    if required is not None:
        asked.append({"name": "consent", "label": "Yes, call me.", "required": required})
    form = public_form(acme, fields=asked)

    answer = send(client, form, JANE | given)

    assert answer_of(answer)[0] == (202 if consent is not None else 400)
    assert [(made.consent, made.extra) for made in leads(form)] == ([(consent, {})] if consent is not None else [])
    assert answer.status_code == 202 or answer_of(answer) == (400, wrong(consent=REQUIRED))


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "INVALID_REQUEST"),
        (b"[]", "application/json", 400, "INVALID_REQUEST"),
        (b"email=a@x.test&email=b@x.test", URLENCODED, 400, "INVALID_INPUT"),
        (b"email=%ff", URLENCODED, 400, "INVALID_REQUEST"),
        (b"email=a%00@x.test", URLENCODED, 400, "INVALID_REQUEST"),
        (b"&".join(b"f%d=1" % n for n in range(51)), URLENCODED, 400, "INVALID_REQUEST"),
        (b"&".join(b"f%d=1" % n for n in range(2000)), URLENCODED, 400, "INVALID_REQUEST"),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 400, "INVALID_REQUEST"),
        (b"{}", "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"{}", "application/json; charset=utf-16", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"message=" + b"x" * 64 * 1024, URLENCODED, 413, "PAYLOAD_TOO_LARGE"),
        (b"message=" + b"x" * 1024 * 1024, URLENCODED, 413, "PAYLOAD_TOO_LARGE"),
    ],
)
def test_a_body_that_is_no_lead_is_refused(
    client: Client, form: Form, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = send(client, form, body, **{"Content-Type": content_type})

    assert answer.status_code == status
    assert json.loads(answer.content)["code"] == code
    assert (leads(form), kept(form)) == ([], [])


@pytest.mark.parametrize("named", ["", "missing12345", "\0" * 12, "é" * 12, "1", "x" * 5000])
def test_a_form_that_is_not_there_is_not_found(client: Client, form: Form, named: str) -> None:
    by_body = client.post("/v1/public/leads", json.dumps({**JANE, "form": f"{named}x"}), "application/json")
    unnamed = client.post("/v1/public/leads", json.dumps(JANE), "application/json")

    assert answer_of(by_body)[0] == (400 if "\0" in named else 404)
    assert answer_of(unnamed) == (400, wrong(form=REQUIRED))


def closed(form: Form) -> None:
    Form.objects.filter(pk=form.pk).update(is_active=False)


def suspended(form: Form) -> None:
    Account.objects.filter(pk=form.account_id).update(suspended_at=timezone.now())


@pytest.mark.parametrize("done", [closed, suspended])
def test_a_form_that_is_closed_or_of_a_suspended_account_is_as_if_it_were_not_there(
    client: Client, form: Form, done: Any
) -> None:
    missing = client.post("/v1/public/forms/missing12345/leads", b"{}", "application/json")
    done(form)

    answer = send(client, form)

    assert answer_of(answer) == answer_of(missing)
    assert answer_of(answer) == (
        404,
        {"code": "NOT_FOUND", "message": "There is nothing at this path.", "http_status": 404},
    )
    assert client.get(f"/f/{form.public_id}").status_code == 404
    assert client.get(f"/f/{form.public_id}/thanks").status_code == 404
    assert answer_of(client.get(f"/f/{form.public_id}/config"))[0] == 404
    assert leads(form) == []


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "TRACE"])
def test_other_methods_are_not_served_whatever_a_header_says(client: Client, form: Form, method: str) -> None:
    answer = client.generic(method, path_of(form), b"", headers={"X-HTTP-Method-Override": "POST"})

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST, OPTIONS")
    assert json.loads(answer.content)["code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://www.acme.test/thanks?a=1#b", 303),
        ("http://WWW.acme.test/", 303),
        ("https://shop.acme.test:8443/", 303),
        ("https://own.acme.test/", 303),
        ("https://shop.acme.test/", 400),
        ("https://evil.test/", 400),
        ("https://www.acme.test.evil.test/", 400),
        ("https://www.acme.test@evil.test/", 400),
        ("https://evil.test\\@www.acme.test/", 400),
        ("https:\\\\www.acme.test/", 400),
        ("//www.acme.test/", 400),
        ("/thanks", 400),
        ("javascript:alert(1)//www.acme.test/", 400),
        ("https://www.acme.test /", 400),
        ("https://[::1/", 400),
        ("https://www.acme.test:x/", 400),
    ],
)
def test_a_visitor_is_sent_to_an_allowed_host_only(client: Client, acme: Company, url: str, status: int) -> None:
    hosts = ["www.acme.test", "shop.acme.test:8443"]
    form = public_form(acme, allowed_redirect_hosts=hosts, redirect_url="https://own.acme.test/thanks")

    answer = send_form(client, form, {**JANE, "redirect": url})

    assert answer.status_code == status
    assert answer.headers.get("Location") == (url if status == 303 else None)
    assert len(leads(form)) == (1 if status == 303 else 0)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("https://www.acme.test", "https://www.acme.test"),
        (" HTTPS://WWW.Acme.test:443/ ", "https://www.acme.test"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("https://bücher.test", "https://xn--bcher-kva.test"),
        ("https://www.acme.test/page", None),
        ("www.acme.test", None),
        ("*", None),
        ("null", None),
        ("ftp://acme.test", None),
        ("https://a@acme.test", None),
        ("https://a b.test", None),
        ("https://", None),
        ("", None),
    ],
)
def test_an_origin_is_stored_as_browsers_write_it(given: str, stored: str | None) -> None:
    if stored:
        assert checked_origin(given) == stored
    else:
        with pytest.raises(Invalid):
            checked_origin(given)


def test_a_host_is_a_host() -> None:
    assert [checked_host(each) for each in (" Acme.test", "acme.test:8443", "acme.test:443")] == [
        "acme.test", "acme.test:8443", "acme.test",
    ]  # fmt: skip
    for wrong_one in ("https://acme.test", "acme.test/x", "a@acme.test", "", "acme test", "."):
        with pytest.raises(Invalid):
            checked_host(wrong_one)
    assert not leads_to("", {""})

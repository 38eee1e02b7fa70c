"""The public form: anybody may send a lead, and learns nothing but that it was received."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Account, AuditEntry
from accounts.models.account import DuplicatePolicy
from intake.jobs import purge_used_form_tokens
from intake.models import Form, QuarantinedLead, UsedFormToken
from intake.publicform.origins import checked_host, checked_origin, leads_to
from intake.publicform.tokens import spend
from intake.quarantine import rerun
from leadhub.lib.errors import Invalid
from leadhub.lib.transactions import run
from leads.models import Lead
from teams.models import LeadSource, LeadSourceTeam, Team
from tests.forms import JANE, RECEIVED, SITE, URLENCODED, kept, leads, path_of, public_form, send, send_form
from tests.people import Company, lead, rotation

pytestmark = pytest.mark.django_db

REQUIRED = ["This field is required."]


@pytest.fixture
def form(acme: Company) -> Form:
    return public_form(acme)


def answer_of(response: Any) -> tuple[int, Any]:
    return response.status_code, json.loads(response.content)


def wrong(**fields: list[str]) -> dict[str, Any]:
    said = "; ".join(f"{name}: {' '.join(messages)}" for name, messages in fields.items())
    return {"code": "INVALID_INPUT", "message": said, "http_status": 400, "details": {"fields": fields}}


# --- what becomes of it ---


def test_a_visitors_lead_has_the_forms_name_as_its_channel_and_goes_where_the_form_says(
    client: Client, acme: Company
) -> None:
    west = Team.objects.create(account=acme.account, name="West")
    rotation(acme.account, acme.reps[2:], team=west)
    fair = LeadSource.objects.create(account=acme.account, name="Fair")
    form = public_form(acme, name="Fair form", team=west, lead_source=fair)
    won = {"utm_source": "news", "utm_medium": "mail", "utm_campaign": "may", "utm_term": "crm", "utm_content": "top"}
    whole = {"email": " Jane@Example.com ", "phone": "+1 415 555 0100", "first_name": "Jane", "last_name": "Doe"}

    came = {"landing_page": "https://www.acme.test/roofs?gclid=1", "referrer": "https://search.test/"}

    answer = send(client, form, {**whole, **won, **came, "company": "Acme", "message": "Hi", "colour": "red"})

    [made] = leads(form)
    assert (answer.status_code, answer.content) == (202, RECEIVED)
    assert (made.email, made.phone_e164, made.full_name) == ("Jane@Example.com", "+14155550100", "Jane Doe")
    assert (made.company, made.message, made.channel, made.door) == ("Acme", "Hi", "Fair form", "form")
    assert (made.utm_source, made.utm_medium, made.utm_campaign) == ("news", "mail", "may")
    assert (made.owner, made.team, made.lead_source, made.created_by) == (acme.reps[2], west, fair, None)
    assert made.extra == {"fields": {"colour": "red"}}
    assert made.attribution == {
        "utm_term": "crm",
        "utm_content": "top",
        **came,
        "ip_address": "127.0.0.1",
        "form": form.public_id,
    }
    entry = AuditEntry.objects.get(event="lead_created", object_id=made.pk)
    assert (entry.actor_id, entry.door) == (None, "form")


def test_json_and_form_by_path_and_by_body_make_the_same_lead(client: Client, acme: Company, form: Form) -> None:
    named = {**JANE, "form": form.public_id}
    encoded = urlencode(named).encode()

    answers = [
        send(client, form),
        send_form(client, form, JANE),
        client.post("/v1/public/leads", json.dumps(named), "application/json"),
        client.post("/v1/public/leads/", encoded, URLENCODED),
        client.post(f"{path_of(form)}/", encoded, f"{URLENCODED}; charset=UTF-8"),
    ]

    assert {(answer.status_code, answer.content) for answer in answers} == {(202, RECEIVED)}
    made = leads(form)
    assert len(made) == 5
    assert {(one.email, one.first_name, one.message, one.channel) for one in made} == {
        ("jane@example.com", "Jane", "Call me.", "Website")
    }
    assert [one.extra for one in made] == [{}] * 5


@pytest.mark.parametrize("policy", DuplicatePolicy.values)
def test_nobody_learns_whether_a_person_is_known(client: Client, acme: Company, form: Form, policy: str) -> None:
    Account.objects.filter(pk=acme.account.pk).update(duplicate_policy=policy)
    lead(acme.account, "known@example.com")

    known, new = send(client, form, {"email": "known@example.com"}), send(client, form, {"email": "new@example.com"})

    assert (known.status_code, known.content) == (new.status_code, new.content) == (202, RECEIVED)
    told = {"X-Request-Id", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
    assert {k: v for k, v in known.items() if k not in told} == {k: v for k, v in new.items() if k not in told}
    assert len(leads(form)) == (2 if policy == "link" else 1)
    assert kept(form) == []


def test_what_the_account_can_not_take_is_kept_and_the_visitor_told_the_same(client: Client, acme: Company) -> None:
    west, east = (Team.objects.create(account=acme.account, name=name) for name in ("West", "East"))
    fair = LeadSource.objects.create(account=acme.account, name="Fair")
    LeadSourceTeam.objects.create(account=acme.account, source=fair, team=east)
    form = public_form(acme, team=west, lead_source=fair)

    answer = send(client, form)

    assert (answer.status_code, answer.content) == (202, RECEIVED)
    assert leads(form) == []
    [row] = QuarantinedLead.objects.for_account(acme.account)
    assert (row.door, row.form, row.lead_source, json.loads(bytes(row.payload))) == ("form", form, None, JANE)
    assert (row.content_type, row.remote_addr, row.is_open) == ("application/json", "127.0.0.1", True)


def test_a_kept_submission_is_run_again(client: Client, acme: Company) -> None:
    west = Team.objects.create(account=acme.account, name="West", is_active=False)
    form = public_form(acme, team=west)
    send_form(client, form, {**JANE, "homepage_url": "https://spam.test"})
    [row] = QuarantinedLead.objects.for_account(acme.account)
    actor = Actor(user_id=acme.owner.pk, email=acme.owner.email)

    still = run(lambda: rerun(acme.account, row.pk, actor=actor))
    Team.objects.filter(pk=west.pk).update(is_active=True)
    done = run(lambda: rerun(acme.account, row.pk, actor=actor))

    assert (still.is_open, still.code) == (True, "unknown_team")
    [made] = leads(form)
    assert (done.lead, made.email, made.channel, made.team, made.created_by) == (
        made, "jane@example.com", "Website", west, acme.owner,
    )  # fmt: skip


def test_a_repeat_with_its_idempotency_key_makes_no_second_lead(client: Client, form: Form) -> None:
    first, again = (send(client, form, Idempotency_Key="one") for _ in range(2))
    other = send(client, form, {"email": "other@example.com"}, Idempotency_Key="one")

    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 422)
    assert (again.content, again.headers["Idempotency-Replayed"]) == (RECEIVED, "true")
    assert len(leads(form)) == 1


# --- what is refused ---


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


# --- no cookies, and how often ---


def test_nothing_of_a_session_is_read_or_set(acme: Company, form: Form) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(acme.owner)
    before = dict(client.cookies)

    answers = [
        send(client, form),
        client.get(f"/f/{form.public_id}"),
        client.post(f"/f/{form.public_id}", JANE | {"message": "Hi"}, headers={}),
        client.post(f"/f/{form.public_id}", urlencode(JANE), URLENCODED),
        client.get(f"/f/{form.public_id}/config"),
    ]

    assert [answer.status_code for answer in answers] == [202, 200, 400, 303, 200]
    assert all(not answer.cookies for answer in answers)
    assert dict(client.cookies) == before
    assert {one.created_by for one in leads(form)} == {None}


def test_a_form_has_a_budget_of_its_own_and_forwarded_addresses_count_for_nothing(
    client: Client, acme: Company, settings: Any
) -> None:
    settings.RATE_LIMITS = True
    form, other = public_form(acme, per_minute=3), public_form(acme)

    statuses = [send(client, form, X_Forwarded_For=f"10.0.0.{n}").status_code for n in range(5)]
    last = send(client, form)

    assert statuses == [202, 202, 202, 429, 429]
    body = json.loads(last.content)
    assert (body["code"], body["details"]["limit"], body["details"]["window_seconds"]) == ("RATE_LIMITED", 3, 60)
    assert int(last.headers["Retry-After"]) == body["details"]["retry_after_seconds"]
    assert len(leads(form)) == 3
    assert send(client, other).status_code == 202


def test_an_address_has_a_budget_at_a_form(client: Client, form: Form, settings: Any) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_FORM = True, 2

    statuses = [send(client, form).status_code for _ in range(3)]
    from_elsewhere = client.post(path_of(form), json.dumps(JANE), "application/json", REMOTE_ADDR="203.0.113.9")

    assert statuses == [202, 202, 429]
    assert from_elsewhere.status_code == 202


def test_used_tokens_are_forgotten_after_a_day(form: Form) -> None:
    assert spend("old", form)
    assert spend("new", form)
    UsedFormToken.objects.filter(pk=UsedFormToken.objects.order_by("pk").first().pk).update(  # type: ignore[union-attr]
        used_at=timezone.now() - timezone.timedelta(hours=25)
    )

    assert purge_used_form_tokens() == 1
    assert spend("old", form)
    assert not spend("new", form)


def test_a_lead_of_another_accounts_form_is_not_ours(client: Client, acme: Company, globex: Company) -> None:
    theirs = public_form(globex)

    send(client, theirs)

    assert Lead.objects.for_account(acme.account).count() == 0
    assert SITE in theirs.allowed_origins

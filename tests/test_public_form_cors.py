"""Which pages a form may be used from: browsers are told, and hold to it."""

import json
from typing import Any

import pytest
from django.test import Client

from intake.models import Form
from tests.forms import JANE, RECEIVED, SITE, leads, path_of, public_form, send, send_form
from tests.people import Company

pytestmark = pytest.mark.django_db

ALLOWED = "Access-Control-Allow-Origin"
HUB = "https://leads.hub.test"
REFUSED = ["https://evil.test", "http://www.acme.test", "https://www.acme.test:8443", "https://acme.test", "null", ""]


@pytest.fixture(autouse=True)
def hub(settings: Any) -> None:
    settings.SITE_URL = HUB


@pytest.fixture
def form(acme: Company) -> Form:
    return public_form(acme)


@pytest.mark.parametrize("origin", [SITE, HUB, "http://testserver"])
@pytest.mark.parametrize("way", [send, send_form])
def test_a_page_on_the_list_or_of_ours_may_send_and_read_the_answer(
    client: Client, form: Form, way: Any, origin: str
) -> None:
    answer, mistake = way(client, form, JANE, Origin=origin), way(client, form, {"email": "x"}, Origin=origin)

    assert (answer.status_code, answer.content, answer.headers[ALLOWED]) == (202, RECEIVED, origin)
    assert (mistake.status_code, mistake.headers[ALLOWED]) == (400, origin)
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", REFUSED)
@pytest.mark.parametrize("way", [send, send_form])
def test_a_page_that_is_not_on_the_list_is_refused(client: Client, form: Form, way: Any, origin: str) -> None:
    answer = way(client, form, JANE, Origin=origin)

    assert answer.status_code == 403
    assert json.loads(answer.content) == {
        "code": "FORBIDDEN",
        "message": "The form may not be used from this page.",
        "http_status": 403,
    }
    assert ALLOWED not in answer.headers
    assert leads(form) == []


def test_what_no_browser_sends_says_no_origin(client: Client, form: Form) -> None:
    answer = send(client, form)

    assert (answer.status_code, ALLOWED in answer.headers) == (202, False)


def test_the_form_in_the_body_has_the_same_list(client: Client, form: Form) -> None:
    body = json.dumps({**JANE, "form": form.public_id})

    def post(origin: str) -> Any:
        return client.post("/v1/public/leads", body, "application/json", headers={"Origin": origin})

    assert (post(SITE).status_code, post(SITE).headers[ALLOWED]) == (202, SITE)
    assert (post("https://evil.test").status_code, ALLOWED in post("https://evil.test").headers) == (403, False)


@pytest.mark.parametrize(("origin", "is_told"), [(SITE, True), (HUB, True), ("https://evil.test", False)])
def test_a_preflight_is_answered_by_the_least(client: Client, form: Form, origin: str, is_told: bool) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }

    answer = client.options(path_of(form), headers=asked)

    told = {name: text for name, text in answer.headers.items() if name.startswith("Access-Control")}
    assert (answer.status_code, answer.content, answer.headers["Allow"]) == (204, b"", "POST, OPTIONS")
    assert told.get(ALLOWED) == (origin if is_told else None)
    assert told.get("Access-Control-Allow-Headers") == ("Content-Type, Idempotency-Key" if is_told else None)


def test_a_preflight_tells_nothing_of_a_form_that_is_not_there(client: Client, form: Form) -> None:
    missing = client.options("/v1/public/forms/missing12345/leads", headers={"Origin": SITE})
    bare = client.options("/v1/public/leads", headers={"Origin": SITE})

    assert (missing.status_code, ALLOWED in missing.headers) == (204, False)
    # The form is in the body that is to come, and has the say then.
    assert (bare.status_code, bare.headers[ALLOWED]) == (204, SITE)


def test_the_config_is_for_the_same_pages(client: Client, form: Form) -> None:
    path = f"/f/{form.public_id}/config"

    answer, refused = (client.get(path, headers={"Origin": origin}) for origin in (SITE, "https://evil.test"))

    config = answer.json()
    assert (answer.status_code, answer.headers[ALLOWED]) == (200, SITE)
    assert config.pop("token")
    assert config == {
        "title": "Contact us",
        "intro": "",
        "button": "Send",
        "thanks": "Thank you. We will be in touch soon.",
        "redirect_url": None,
        "fields": [
            {"name": "first_name", "label": "First name", "required": False, "type": "text",
             "autocomplete": "given-name"},
            {"name": "last_name", "label": "Last name", "required": False, "type": "text",
             "autocomplete": "family-name"},
            {"name": "email", "label": "E-mail", "required": True, "type": "email", "autocomplete": "email"},
            {"name": "message", "label": "Message", "required": False, "type": "textarea", "autocomplete": "off"},
        ],
        "trap": "homepage_url",
        "submit_path": path_of(form),
    }  # fmt: skip
    assert (refused.status_code, ALLOWED in refused.headers) == (403, False)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_refusal_by_count_can_be_read_by_the_page(client: Client, form: Form, settings: Any) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_ADDRESS = True, 1

    answers = [send(client, form, Origin=SITE) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 429]
    assert [answer.headers[ALLOWED] for answer in answers] == [SITE, SITE]

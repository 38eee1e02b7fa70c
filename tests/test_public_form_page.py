"""The form's own page, without a script: it keeps what was typed, says what is wrong, and leads to the thanks."""

import re
from html import unescape
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from intake.models import Form, FormKind
from intake.publicform.pages import link_to, snippet_of
from tests.forms import JANE, URLENCODED, kept, leads, public_form, token
from tests.people import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def form(acme: Company) -> Form:
    return public_form(acme, kind=FormKind.HOSTED, title="Talk to <us>", allowed_origins=[])


def post(client: Client, form: Form, body: dict[str, str], **headers: str) -> Any:
    return client.post(f"/f/{form.public_id}", urlencode(body), URLENCODED, headers=headers)


def values(html: str) -> dict[str, str]:
    """The inputs' values by their names."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", html):
        given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        found[given["name"]] = given.get("value", "")
    return found


def test_the_page_has_a_label_for_each_field_and_no_script(client: Client, form: Form) -> None:
    page = client.get(f"/f/{form.public_id}")
    html = page.content.decode()

    shown = re.findall(r'<(?:input|textarea) id="(\w+)"', html)
    assert (page.status_code, shown) == (200, ["first_name", "last_name", "email", "message", "homepage_url"])
    assert all(f'<label for="{name}">' in html for name in shown)
    assert "<script" not in html
    assert "style=" not in html
    assert "<h1>Talk to &lt;us&gt;</h1>" in html
    policy = page.headers["Content-Security-Policy"]
    assert set(policy.split("; ")) == {
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    }
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert page.headers["Cache-Control"] == "no-store"


def test_a_person_sends_it_and_is_thanked(client: Client, form: Form) -> None:
    answer = post(client, form, JANE | {"token": token(form), "utm_source": "news"}, Origin="http://testserver")
    thanks = client.get(answer.headers["Location"])

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/f/{form.public_id}/thanks")
    assert "Thank you. We will be in touch soon." in thanks.content.decode()
    [made] = leads(form)
    assert (made.email, made.message, made.utm_source) == ("jane@example.com", "Call me.", "news")


def test_what_was_typed_stays_and_what_is_wrong_stands_next_to_its_field(client: Client, form: Form) -> None:
    begun = token(form)
    typed = {"email": "jane", "first_name": '"><script>alert(1)</script>', "message": "One\nTwo", "token": begun}

    answer = post(client, form, typed)
    html = answer.content.decode()

    assert answer.status_code == 400
    assert '<p class="field-wrong" id="email-wrong">Enter a valid email address.</p>' in html
    assert re.search(r'<input id="email"[^>]*value="jane"[^>]*aria-invalid="true" aria-describedby="email-wrong"', html)
    assert values(html)["first_name"] == "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
    assert "One\nTwo</textarea>" in html
    assert 'role="alert">Please look at the marked fields.' in html
    # With another token, a quick correction would look like a program's.
    assert values(html)["token"] == begun
    assert leads(form) == []


def test_all_that_is_wrong_is_said_at_once(client: Client, acme: Company) -> None:
    asked = [{"name": name, "label": name, "required": True} for name in ("email", "phone", "company")]
    form = public_form(acme, fields=asked)

    html = post(client, form, {"email": "jane", "phone": " "}).content.decode()

    assert re.findall(r'id="(\w+)-wrong">([^<]*)<', html) == [
        ("email", "Enter a valid email address."),
        ("phone", "This field is required."),
        ("company", "This field is required."),
    ]


def test_consent_is_a_box_whose_words_link_and_that_stays_ticked(client: Client, acme: Company) -> None:
    words = "I agree <b> (see https://www.acme.test/privacy?a=1&b=2)."
    asked = [
        {"name": "email", "label": "E-mail", "required": True},
        {"name": "consent", "label": words, "required": True},
    ]
    form = public_form(acme, fields=asked, intro="Read\n\nhttps://www.acme.test/terms.")

    page = client.get(f"/f/{form.public_id}").content.decode()
    kept, missed = (post(client, form, body).content.decode() for body in ({"consent": "true"}, {"email": "a@x.test"}))

    address = "https://www.acme.test/privacy?a=1&amp;b=2"
    link = f'<a href="{address}" target="_blank" rel="noopener">{address}</a>'
    assert f"<span>I agree &lt;b&gt; (see {link}).</span>" in page
    assert 'rel="noopener">https://www.acme.test/terms</a>.</p>' in page
    assert re.findall(r'type="checkbox" value="true"([^>]*)>', page + kept + missed) == [
        " required", " checked required", ' required aria-invalid="true" aria-describedby="consent-wrong" autofocus',
    ]  # fmt: skip


def test_a_token_that_is_not_ours_is_not_given_back(client: Client, form: Form) -> None:
    html = post(client, form, {"email": "jane", "token": "mine"}).content.decode()

    assert values(html)["token"] not in ("", "mine")


def test_a_program_is_thanked_too(client: Client, form: Form) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        answer = post(client, form, JANE | {"token": token(form, age=0.2)})

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/f/{form.public_id}/thanks")
    assert (leads(form), kept(form)) == ([], ["too_fast"])


@pytest.mark.parametrize(
    ("url", "scheme"), [("https://www.acme.test/thanks?x=1", "https:"), ("http://acme.test/thanks", "http:")]
)
def test_a_thanks_page_elsewhere_is_gone_to_and_wherever_that_leads(
    client: Client, acme: Company, url: str, scheme: str
) -> None:
    form = public_form(acme, redirect_url=url)

    answer, page = post(client, form, JANE), client.get(f"/f/{form.public_id}")

    assert (answer.status_code, answer.headers["Location"]) == (303, url)
    for each in (answer, page):
        assert f"form-action 'self' {scheme};" in each.headers["Content-Security-Policy"] + ";"


def test_the_campaign_of_the_address_goes_with_the_form(client: Client, form: Form) -> None:
    html = client.get(
        f"/f/{form.public_id}/", {"utm_source": "a&b", "utm_term": "x" * 999, "other": "1"}
    ).content.decode()

    assert values(html)["utm_source"] == "a&amp;b"
    assert values(html)["utm_term"] == "x" * 200
    assert "other" not in values(html)


@pytest.mark.parametrize(
    ("query", "referrer", "given"),
    [
        ("", "", {"landing_page": "{page}"}),
        ("?gclid=1&x=<b>", "https://ads.test/?q=1&r=é", {
            "landing_page": "{page}?gclid=1&amp;x=%3Cb%3E", "referrer": "https://ads.test/?q=1&amp;r=%C3%A9"
        }),
        ("?" + "y" * 3000, "", {"landing_page": "{page}?" + "y" * 2000}),
    ],
)  # fmt: skip
def test_where_the_visitor_came_from_goes_with_the_form(
    client: Client, form: Form, query: str, referrer: str, given: dict[str, str]
) -> None:
    page = client.get(f"/f/{form.public_id}{query}", headers={"Referer": quote(referrer, ":/?&=")})
    found = values(page.content.decode())
    typed = {name: unescape(text) for name, text in found.items()}
    again = values(post(client, form, typed | {"email": "jane"}).content.decode())

    wanted = {name: text.format(page=link_to(form))[:2000] for name, text in given.items()}
    for each in (found, again):
        assert {name: each[name] for name in ("landing_page", "referrer") if name in each} == wanted


def test_the_first_field_that_is_wrong_has_the_focus(client: Client, acme: Company) -> None:
    asked = [{"name": name, "label": name, "required": name != "company"} for name in ("company", "phone", "email")]
    form = public_form(acme, fields=asked)

    wrong = post(client, form, {"company": "Acme"}).content.decode()

    assert re.findall(r'<input id="(\w+)"[^>]* autofocus>', wrong) == ["phone"]
    assert "autofocus" not in client.get(f"/f/{form.public_id}").content.decode()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"message=" + b"x" * 70_000, URLENCODED, 413),
        (b"--x--", "multipart/form-data; boundary=x", 400),
        (b"email=%ff", URLENCODED, 400),
        (b"x", "text/plain", 415),
    ],
)
def test_what_is_no_form_is_answered_by_the_page(
    client: Client, form: Form, body: bytes, content_type: str, status: int
) -> None:
    answer = client.post(f"/f/{form.public_id}", body, content_type)

    assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (status, True)


def test_a_page_of_others_may_not_post_here(client: Client, form: Form) -> None:
    answer = post(client, form, JANE | {"token": token(form)}, Origin="https://evil.test")

    assert answer.status_code == 403
    assert leads(form) == []


def test_too_many_submissions_keep_what_was_typed(client: Client, acme: Company, settings: Any) -> None:
    settings.RATE_LIMITS = True
    form = public_form(acme, per_minute=1)

    post(client, form, JANE)
    answer = post(client, form, JANE)

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) <= 60
    assert "Please try again in a minute." in answer.content.decode()
    assert values(answer.content.decode())["email"] == JANE["email"]


@pytest.mark.parametrize("path", ["/f/missing12345", "/f/x/", "/f/%00", "/f/missing12345/thanks"])
def test_a_form_that_is_not_there_has_a_page_that_says_so(client: Client, form: Form, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert "There is no form here" in answer.content.decode()


def test_links_and_snippet_have_the_sites_address_whatever_host_asked(
    client: Client, form: Form, settings: Any
) -> None:
    settings.SITE_URL = "https://leads.hub.test/"

    page = client.get(f"/f/{form.public_id}", HTTP_HOST="localhost", headers={"X-Forwarded-Host": "evil.test"})

    assert link_to(form) == f"https://leads.hub.test/f/{form.public_id}"
    assert snippet_of(form) == (
        f'<div data-leadhub-form="{form.public_id}"></div>\n'
        f'<script src="https://leads.hub.test/f/{form.public_id}/embed.js" async></script>'
        f'<noscript><a href="https://leads.hub.test/f/{form.public_id}">Talk to &lt;us&gt;</a></noscript>'
    )
    assert "evil.test" not in page.content.decode()
    foreign = client.get(f"/f/{form.public_id}", HTTP_HOST="evil.test")
    assert (foreign.status_code, "named in ALLOWED_HOSTS" in foreign.content.decode()) == (400, True)


def test_the_snippets_script_is_one_for_all_and_may_be_cached(client: Client, form: Form) -> None:
    script = client.get(f"/f/{form.public_id}/embed.js")

    assert (script.status_code, script.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert script.headers["Cache-Control"] == "public, max-age=300"
    assert form.public_id not in script.content.decode()
    assert client.post(f"/f/{form.public_id}/embed.js").status_code == 405

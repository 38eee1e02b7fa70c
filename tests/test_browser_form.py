"""A public form in a real browser: on its own page, in a page of another origin, and in the builder's preview."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from intake.models import Form, FormKind, first_fields
from intake.publicform import tokens
from intake.publicform.pages import snippet_of
from tests.consoles import change_url, page_url
from tests.forms import kept, leads, public_form
from tests.people import Company
from tests.test_browser import Browsing, browsing, busy_acme

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

__all__ = ["browsing", "busy_acme"]

# A site's own styles, which are not to reach the form, and a policy stricter than most have.
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><title>Acme</title><link rel="icon" href="data:,">
<meta http-equiv="Content-Security-Policy"
    content="default-src 'none'; script-src {hub}; connect-src {hub}; img-src data:">
</head>
<body><h1>Acme Roofing</h1>{snippet}<p>Footer</p></body>
</html>"""


class Quiet(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        """`/moved` leads to the same site under another name, as a bare domain leads to its www."""
        if self.path != "/moved":
            return super().do_GET()
        port = self.server.server_address[1]
        self.send_response(302)
        self.send_header("Location", f"http://localhost:{port}/thanks.html")
        return self.end_headers()

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Somebody's site: its origin, and the folder that it serves."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", tmp_path
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def hub(live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    settings.SITE_URL = live_server.url
    # The tests do not wait for a person to type.
    monkeypatch.setattr(tokens, "YOUNGEST_SECONDS", 0)
    return str(live_server.url)


def pasted(form: Form, site: tuple[str, Path], hub: str) -> str:
    """The address of a page with the form's snippet in it."""
    origin, folder = site
    (folder / "index.html").write_text(PAGE.format(hub=hub, snippet=snippet_of(form)))
    return f"{origin}/?utm_source=news&utm_campaign=may"


def refusals(browsing: Browsing) -> list[str]:
    """What went wrong, but for the site's being another than the hub and the refusal that the test provokes."""
    return [each for each in browsing.complaints if not each.startswith("foreign:") and "400" not in each]


def test_the_snippet_sends_a_lead_from_a_page_of_another_origin(
    browsing: Browsing, acme: Company, site: tuple[str, Path], hub: str
) -> None:
    consent = {"name": "consent", "label": "I read https://www.acme.test/privacy.", "required": True}
    form = public_form(acme, kind=FormKind.HOSTED, allowed_origins=[site[0]], fields=[*first_fields(), consent])
    page = browsing.page
    page.goto(pasted(form, site, hub))
    page.wait_for_selector("form")
    assert page.locator(".field label").all_inner_texts() == [
        "First name (optional)", "Last name (optional)", "E-mail", "Message (optional)",
        "I read https://www.acme.test/privacy.",
    ]  # fmt: skip
    assert page.get_by_role("link").get_attribute("href") == "https://www.acme.test/privacy"

    page.get_by_label("First name").fill("Jane")
    page.get_by_label("E-mail").fill("jane")
    page.click("text=Send")
    page.wait_for_selector("#email[aria-invalid=true]")
    assert page.inner_text("#email-wrong") == "Enter a valid email address."
    assert page.evaluate("document.querySelector('[data-leadhub-form]').shadowRoot.activeElement.id") == "email"

    assert page.inner_text("#consent-wrong") == "This field is required."

    page.get_by_role("checkbox").check()
    page.get_by_label("E-mail").fill("jane@example.com")
    page.press("#email", "Enter")
    page.wait_for_selector("text=Thank you. We will be in touch soon.")
    [made] = leads(form)
    assert (made.email, made.first_name, made.utm_source, made.utm_campaign) == (
        "jane@example.com", "Jane", "news", "may",
    )  # fmt: skip
    assert made.consent == {"given": True, "words": consent["label"]}
    assert made.attribution["landing_page"] == f"{site[0]}/?utm_source=news&utm_campaign=may"
    assert page.context.cookies() == []
    assert refusals(browsing) == []


def test_a_page_that_is_not_on_the_list_shows_no_form_and_says_why_in_its_console(
    browsing: Browsing, acme: Company, site: tuple[str, Path], hub: str
) -> None:
    page, form = browsing.page, public_form(acme, kind=FormKind.HOSTED, allowed_origins=[])

    with page.expect_console_message(lambda said: "LeadHub" in said.text) as said:
        page.goto(pasted(form, site, hub))

    assert f"{site[0]} is not among its sites, or {hub} cannot be reached." in said.value.text
    assert page.locator("form").count() == 0
    assert page.inner_text("body") == "Acme Roofing\n\nFooter"


def test_the_snippet_leads_to_a_thanks_page(
    browsing: Browsing, acme: Company, site: tuple[str, Path], hub: str
) -> None:
    (site[1] / "thanks.html").write_text("<!doctype html><title>Thanks</title><h1>See you</h1>")
    form = public_form(acme, allowed_origins=[site[0]], redirect_url=f"{site[0]}/thanks.html")
    page = browsing.page
    page.goto(pasted(form, site, hub))

    page.get_by_label("E-mail").fill("jane@example.com")
    page.click("text=Send")

    page.wait_for_url("**/thanks.html")
    assert len(leads(form)) == 1


def test_the_forms_own_page_leads_to_a_thanks_page_that_leads_on(
    browsing: Browsing, acme: Company, site: tuple[str, Path], hub: str
) -> None:
    (site[1] / "thanks.html").write_text("<!doctype html><title>Thanks</title><h1>See you</h1>")
    form, page = public_form(acme, redirect_url=f"{site[0]}/moved"), browsing.page
    page.goto(f"{hub}/f/{form.public_id}")

    page.get_by_label("E-mail").fill("jane@example.com")
    page.press("#email", "Enter")

    page.wait_for_url("http://localhost:*/thanks.html")
    assert len(leads(form)) == 1


def test_a_visitor_who_comes_back_from_the_thanks_page_may_send_again(
    browsing: Browsing, acme: Company, site: tuple[str, Path], hub: str
) -> None:
    """And one who clicks twice, while it is slow to come, may not."""
    form = public_form(acme, kind=FormKind.HOSTED, allowed_origins=[site[0]], redirect_url=f"{site[0]}/#thanks")
    page = browsing.page
    page.clock.install()
    page.goto(pasted(form, site, hub))
    page.get_by_label("E-mail").fill("jane@example.com")
    page.dblclick("text=Send")
    page.wait_for_url("**/#thanks")
    page.click("text=Send")

    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    page.get_by_label("E-mail").fill("jack@example.com")
    with page.expect_response("**/config"):
        page.click("text=Send")
    # The browser asks first whether it may (OPTIONS), and that is answered too.
    with page.expect_response(lambda answer: answer.url.endswith("/leads") and answer.request.method == "POST"):
        page.clock.run_for(3000)

    assert [made.email for made in leads(form)] == ["jane@example.com", "jack@example.com"]
    assert kept(form) == []


def test_the_forms_own_page_works_without_scripts(browsing: Browsing, acme: Company, hub: str) -> None:
    form = public_form(acme, kind=FormKind.HOSTED, allowed_origins=[])
    context = browsing.page.context.browser.new_context(
        java_script_enabled=False, viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    page.goto(f"{hub}/f/{form.public_id}")
    page.get_by_label("E-mail").fill("jane")
    page.get_by_label("Message").fill("One\nTwo")
    page.click("text=Send")
    page.wait_for_selector("#email-wrong")
    assert page.get_by_label("Message").input_value() == "One\nTwo"

    page.get_by_label("E-mail").fill("jane@example.com")
    page.click("text=Send")
    page.wait_for_url("**/thanks")

    assert page.inner_text("main") == "Thank you. We will be in touch soon."
    assert [made.message for made in leads(form)] == ["One\nTwo"]
    assert (kept(form), context.cookies()) == ([], [])


def test_a_form_is_built_put_in_order_and_previewed(browsing: Browsing, busy_acme: Company, hub: str) -> None:
    page = browsing.page
    browsing.log_in(busy_acme.owner)
    browsing.open(page_url(Form, "add"))
    page.fill("[name=name]", "Call me")
    page.get_by_label("Ask for: Phone").check()
    page.get_by_label("Ask for: Last name").uncheck()
    page.get_by_label("Required: Phone").check()
    for _ in range(3):
        page.get_by_label("Up: Phone").click()
    page.click("button[name=_continue]")
    page.wait_for_selector("#placing")

    form = Form.objects.get(account=busy_acme.account)
    assert [(field["name"], field["required"]) for field in form.fields] == [
        ("first_name", False), ("phone", True), ("email", True), ("message", False),
    ]  # fmt: skip
    assert page.inner_text("#snippet") == snippet_of(form)
    browsing.open(change_url(form))
    page.click("text=Preview")
    frame = page.frame_locator("#preview")
    frame.get_by_label("Phone").wait_for()
    assert frame.locator(".field label").all_inner_texts() == [
        "First name (optional)", "Phone", "E-mail", "Message (optional)",
    ]  # fmt: skip
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert browsing.complaints == []

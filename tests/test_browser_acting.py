"""The console's forms and buttons in a real browser, as hasty people and keyboards use them."""

import pytest

from leads.models import Lead
from tests.consoles import change_url
from tests.people import Company
from tests.test_browser import Browsing, browsing, busy_acme

__all__ = ["browsing", "busy_acme"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


COUNTED = """() => {
    window.passed = 0;
    window.addEventListener("submit", (event) => {
        if (!event.defaultPrevented) window.passed += 1;
        event.preventDefault();
    });
}"""


def test_a_form_whose_button_is_pressed_twice_is_sent_once(browsing: Browsing, busy_acme: Company) -> None:
    page = browsing.page
    browsing.log_in(busy_acme.owner)
    browsing.open("/admin/accounts/apikey/add/")
    page.evaluate(COUNTED)

    page.dblclick("button[name=_save]")
    at_once = page.evaluate("passed")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow'))")
    page.click("button[name=_save]")

    assert (at_once, page.evaluate("passed")) == (1, 2)


def test_what_is_folded_out_is_left_by_escape_and_by_a_click_elsewhere(browsing: Browsing, busy_acme: Company) -> None:
    page = browsing.page
    browsing.log_in(busy_acme.owner)
    browsing.open(change_url(Lead.objects.get(email="jane@example.com")))
    form = page.locator("#verb-assign form")

    page.click("#verb-assign summary")
    form.wait_for()
    page.keyboard.press("Escape")
    form.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.closest('details').id") == "verb-assign"

    page.keyboard.press("Enter")
    form.wait_for()
    page.click("#timeline h3")
    form.wait_for(state="hidden")


def test_a_secret_is_copied_and_without_https_marked_to_be_copied(browsing: Browsing, busy_acme: Company) -> None:
    page = browsing.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    browsing.log_in(busy_acme.owner)
    browsing.open("/admin/accounts/apikey/add/")
    page.click("button[name=_save]")
    page.wait_for_selector("#secret")

    page.click("text=Copy >> nth=-1")
    page.wait_for_selector("button:text('Copied')")
    assert page.evaluate("navigator.clipboard.readText()") == page.inner_text("#secret")

    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.click("button:text('Copied')")
    page.wait_for_selector("button:text('Press Ctrl+C')")
    assert page.evaluate("getSelection().toString()") == page.inner_text("#secret")

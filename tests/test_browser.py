"""The console in a real browser: an operator finds and opens a lead, and the browser has nothing to complain of."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connections

from accounts.models import User
from leads.drafts import LeadDraft
from tests.consoles import list_url, pages
from tests.people import PASSWORD, Company, arrive, company, platform_admin, source
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Browsing:
    """A page, and all that went wrong on it."""

    page: Any
    base: str
    complaints: list[str] = field(default_factory=list)
    # How many pages it has been asked for, and at which of them each request was made.
    pages: int = 0
    asked_at: dict[Any, int] = field(default_factory=dict)

    def watch(self) -> None:
        self.page.on("console", lambda said: self.complain(f"console: {said.text}") if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complain(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self.complain(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("requestfailed", self.check_failure)
        self.page.on("response", lambda got: self.complain(f"{got.status}: {got.url}") if got.status >= 400 else None)
        self.page.on("request", self.check_host)
        self.page.on("request", self.count)

    def complain(self, what: str) -> None:
        self.complaints.append(what)

    def check_host(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.complain(f"foreign: {request.url}")

    def count(self, request: Any) -> None:
        self.pages += request.is_navigation_request() and request.frame == self.page.main_frame
        self.asked_at[request] = self.pages

    def check_failure(self, request: Any) -> None:
        """But for what the next page breaks off, such as the picture in the tab, which comes last of all."""
        if request.failure != "net::ERR_ABORTED" or self.asked_at[request] == self.pages:
            self.complain(f"failed: {request.url} {request.failure}")

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)
        self.page.wait_for_load_state("networkidle")

    def log_in(self, user: User) -> None:
        self.open("/admin/")
        self.page.fill("[name=username]", user.email)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("#login-form button[type=submit]")
        self.page.wait_for_url("**/admin/")
        # The picture in the tab comes after the page, and whoever goes on before would break it off.
        self.page.wait_for_load_state("networkidle")


@pytest.fixture
def browsing(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browsing]:
    # Playwright's loop runs in this thread, and Django would take every query for one inside it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS, timeout=PATIENCE * 1000)
        page = browser.new_context(viewport={"width": 1366, "height": 900}).new_page()
        page.set_default_timeout(PATIENCE * 1000)
        here = Browsing(page, live_server.url)
        here.watch()
        yield here
        browser.close()
        # Inside its loop Django keeps a connection of its own, which nobody finds afterwards.
        connections.close_all()


@pytest.fixture
def busy_acme(db: None) -> Company:
    acme = company("Acme", reps=3)
    acme.owner.set_password(PASSWORD)
    acme.owner.save()
    vendor, _ = source(acme.account, acme.owner, "Facebook Ads")
    drafts = [LeadDraft(email=f"person{n}@example.com", first_name="Person", last_name=str(n)) for n in range(12)]
    jane = LeadDraft(email="jane@example.com", first_name="Jane", last_name="Doe", lead_source_id=vendor.pk)
    nasty = "<img src=x onerror=alert(1)>"
    arrive(acme.account, *drafts, jane, LeadDraft(email="evil@example.com", first_name=nasty, company=nasty))
    return acme


def names(page: Any) -> list[str]:
    return [name.strip() for name in page.locator("#result_list .field-name a").all_inner_texts()]


def test_an_operator_finds_a_lead_and_reads_its_timeline(browsing: Browsing, busy_acme: Company) -> None:
    page = browsing.page
    browsing.log_in(busy_acme.owner)
    page.click("#nav-sidebar >> text=Leads")
    page.wait_for_selector("#result_list")
    assert len(names(page)) == 14

    page.click("text=Filters")
    page.wait_for_selector("#filter-form")
    page.locator("#filter-form .select2-selection").nth(2).click()
    page.locator(".select2-results__option", has_text="Facebook Ads").click()
    page.click("text=Apply Filters")
    page.wait_for_url("**lead_source__id__exact=**")
    assert names(page) == ["Jane Doe"]

    browsing.open("/admin/leads/lead/")
    page.fill("#searchbar", "jane")
    page.press("#searchbar", "Enter")
    page.wait_for_url("**q=jane**")
    assert names(page) == ["Jane Doe"]

    page.click("#result_list >> text=Jane Doe")
    page.wait_for_selector("#timeline")
    page.click("#timeline >> text=How the 3 in the rotation stood")
    assert page.locator("#timeline .lh-sentence").all_inner_texts() == ["Came in, and went to rep1@acme.test."]
    assert page.locator("#timeline .lh-why").is_visible()
    assert browsing.complaints == []


def test_an_administrator_drags_members_and_gets_a_key_that_is_shown_once(
    browsing: Browsing, busy_acme: Company
) -> None:
    page = browsing.page
    browsing.log_in(busy_acme.owner)
    browsing.open(f"/admin/teams/rotation/{busy_acme.account.rotations.get().pk}/change/")
    grips = page.locator("#members-group .cursor-move[x-sort\\:handle]")
    assert grips.count() == 3
    grips.nth(2).drag_to(grips.nth(0), target_position={"x": 5, "y": 2})
    page.click("button[name=_save]")
    page.wait_for_selector("#result_list")
    assert [member.user for member in busy_acme.account.rotations.get().members.all()] == [
        busy_acme.reps[2],
        busy_acme.reps[0],
        busy_acme.reps[1],
    ]

    browsing.open("/admin/accounts/apikey/add/")
    page.fill("[name=name]", "Zapier")
    page.click("button[name=_save]")
    page.wait_for_selector("#secret")
    secret = page.inner_text("#secret")
    page.click("text=I have it")
    page.wait_for_selector("#result_list")

    assert secret.startswith("sk_")
    assert secret not in page.content()
    assert browsing.complaints == []


def test_the_pages_of_a_platform_administrator_leave_the_browser_nothing_to_complain_of(
    browsing: Browsing, busy_acme: Company
) -> None:
    admin = platform_admin()
    admin.set_password(PASSWORD)
    admin.save()
    company("Globex", reps=1)
    browsing.log_in(admin)
    for model in pages():
        browsing.open(list_url(model))
        first = browsing.page.locator("#result_list tbody a").first
        if first.count():
            browsing.open(str(first.get_attribute("href")))
    browsing.page.click("#nav-sidebar >> text=Acme")
    browsing.page.click(".lh-menu >> text=Globex")
    browsing.page.wait_for_selector("text=You now work in Globex.")

    assert browsing.complaints == []

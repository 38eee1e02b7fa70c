"""Leads worked on in a real browser: one is given to a rep, and he finds it at his bell."""

import pytest

from leads.models import Lead
from tests.consoles import change_url, list_url
from tests.people import PASSWORD, Company
from tests.test_browser import Browsing, browsing, busy_acme

__all__ = ["browsing", "busy_acme"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_manager_gives_leads_to_a_rep_who_finds_them_at_his_bell(
    browsing: Browsing,
    busy_acme: Company,
) -> None:
    page, rep = browsing.page, busy_acme.reps[1]
    rep.set_password(PASSWORD)
    rep.save()
    here = Lead.objects.get(email="jane@example.com")
    browsing.log_in(busy_acme.owner)

    browsing.open(list_url(Lead) + "?q=person1")
    page.locator("#result_list input.action-select").first.check()
    page.select_option("select[name=action]", "assign")
    page.click("#changelist-actions button[type=submit]")
    page.select_option("select[name=owner]", str(rep.pk))
    page.fill("input[name=note]", "Speaks German")
    page.click("text=Assign >> nth=-1")
    page.wait_for_selector("text=1 lead given to rep2@acme.test.")

    browsing.open(change_url(here))
    page.click("#verb-assign summary")
    page.select_option("#verb-assign select", str(rep.pk))
    page.fill("#verb-assign input[name=note]", "<b>Knows the trade</b>")
    page.click("#verb-assign button")
    page.wait_for_selector("#why >> text=“<b>Knows the trade</b>”")
    assert page.locator("#why h3").inner_text() == "Why rep2@acme.test"
    assert page.locator("#timeline .lh-sentence").first.inner_text() == (
        "By hand: it went to rep2@acme.test; before, rep1@acme.test had it."
    )

    browsing.page.context.clear_cookies()
    browsing.log_in(rep)
    unread = int(page.inner_text(".lh-bell b"))
    page.click(".lh-bell")
    page.wait_for_selector("#told")
    page.locator("#result_list a", has_text="Jane Doe").first.click()
    page.wait_for_selector("#timeline")
    assert int(page.inner_text(".lh-bell b")) == unread - 1
    browsing.open("/admin/leads/notice/")
    page.click("text=Mark all as read")
    page.wait_for_selector(".lh-bell:not(:has(b))")
    page.uncheck("input[name=wants_mail]")
    page.click("#told button")
    page.wait_for_selector("text=Kept.")

    rep.refresh_from_db()
    assert (rep.wants_bell, rep.wants_mail) == (True, False)
    assert browsing.complaints == []

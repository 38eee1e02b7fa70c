"""The console's lists in a real browser, at the widths of common screens."""

from typing import Any

import pytest

from leads.drafts import LeadDraft
from tests.consoles import change_url
from tests.people import Company, arrive
from tests.test_browser import Browsing, browsing, busy_acme

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

__all__ = ["browsing", "busy_acme"]

LONG = "maximiliana.featherstonehaugh-cholmondeley@international-photovoltaics.example.com"


@pytest.fixture
def wordy(busy_acme: Company) -> Company:
    names = {"first_name": "Maximiliana Theodora", "last_name": "Featherstonehaugh-Cholmondeley"}
    company = "International Photovoltaics & Sustainable Energy Consulting GmbH & Co. KG"
    drafts = [LeadDraft(email=LONG, company=company, **names) for _ in range(2)]
    arrive(busy_acme.account, *drafts)
    return busy_acme


def rows(page: Any) -> list[Any]:
    return list(page.locator("#result_list .data-row").all())


@pytest.mark.parametrize("width", [1280, 1440])
def test_the_leads_page_has_a_line_for_each_lead_beside_the_sidebar(
    width: int, browsing: Browsing, wordy: Company
) -> None:
    page = browsing.page
    page.set_viewport_size({"width": width, "height": 900})
    browsing.log_in(wordy.owner)

    browsing.open("/admin/leads/lead/")

    table = page.locator("#result_list").bounding_box()
    assert page.locator("#nav-sidebar").is_visible()
    assert table["x"] + table["width"] <= width
    assert {round(row.bounding_box()["height"]) for row in rows(page)} == {45}
    assert browsing.complaints == []


def test_what_a_column_cuts_off_is_told_whole_where_one_points_at_it(browsing: Browsing, wordy: Company) -> None:
    page = browsing.page
    browsing.log_in(wordy.owner)
    browsing.open("/admin/leads/lead/")
    cut, short = page.locator(".field-mail").first, page.locator(".field-source").first

    cut.hover()
    short.hover()

    assert (cut.get_attribute("title"), short.get_attribute("title")) == (LONG, "")


@pytest.mark.parametrize(("width", "shown"), [(1279, False), (1280, True)])
def test_the_sidebar_is_there_from_1280_pixels_on_and_comes_back_when_called(
    width: int, shown: bool, browsing: Browsing, busy_acme: Company
) -> None:
    page, sidebar = browsing.page, browsing.page.locator("#nav-sidebar")
    page.set_viewport_size({"width": width, "height": 900})
    browsing.log_in(busy_acme.owner)
    at_first = sidebar.is_visible()

    page.get_by_label("Show or hide the menu").click()
    sidebar.wait_for(state="hidden" if shown else "visible")
    browsing.open("/admin/leads/lead/")

    # What a person chose is kept where there is room for both; over a narrow page the menu is open for one look.
    assert (at_first, sidebar.is_visible()) == (shown, False)


def test_a_choice_by_search_and_a_cell_of_a_table_say_what_they_are_for(browsing: Browsing, busy_acme: Company) -> None:
    page, rotation = browsing.page, busy_acme.account.rotations.get()
    browsing.log_in(busy_acme.owner)

    browsing.open(change_url(rotation))

    assert page.get_by_role("combobox", name="Team").count() == 1
    assert page.get_by_role("combobox", name="User rep1@acme.test").count() == 1
    assert page.get_by_role("spinbutton", name="Weight").count() == 3
    assert page.get_by_role("main").count() == 1
    assert browsing.complaints == []


def test_the_keyboard_has_a_way_past_the_menu_whose_pictures_are_not_read_out(
    browsing: Browsing, busy_acme: Company
) -> None:
    page = browsing.page
    browsing.log_in(busy_acme.owner)
    browsing.open("/admin/leads/lead/")

    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert first == "To the page"
    assert page.evaluate("document.activeElement.closest('#content') !== null")
    assert page.get_by_role("link", name="Quarantine", exact=True).count() == 1

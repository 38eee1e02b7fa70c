"""The pages of routing in a real browser: a rule is written, tried, and moved with the keyboard."""

import pytest

from teams.models import LeadSource, RoutingRule
from tests.people import Company
from tests.test_browser import Browsing, browsing, busy_acme

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

__all__ = ["browsing", "busy_acme"]


def conditions_of(name: str) -> list[dict[str, object]]:
    conditions: list[dict[str, object]] = RoutingRule.objects.get(name=name).conditions
    return conditions


def add_rule(browsing: Browsing, name: str, target: str) -> None:
    page = browsing.page
    browsing.open("/admin/teams/routingrule/add/")
    page.fill("[name=name]", name)
    page.click(".field-target .select2-selection")
    page.locator(".select2-results__option--selectable, .select2-results__option[role=option]", has_text=target).click()


def test_an_operator_writes_a_rule_tries_a_lead_and_puts_the_rule_last(browsing: Browsing, busy_acme: Company) -> None:
    page, vendor = browsing.page, LeadSource.objects.get(name="Facebook Ads")
    browsing.log_in(busy_acme.owner)
    add_rule(browsing, "Coast", "rep3@acme.test")
    rows = page.locator(".lh-condition-rows .lh-condition")
    rows.nth(0).locator(".lh-field").select_option("state")
    assert rows.nth(0).locator(".lh-op option:not([hidden])").all_inner_texts() == ["is", "is one of", "contains"]
    rows.nth(0).locator(".lh-op").select_option("one_of")
    rows.nth(0).locator(".lh-value").fill("CA, OR")
    page.click("text=Add a condition")
    rows.nth(1).locator(".lh-field").select_option("source")
    assert not rows.nth(1).locator(".lh-value").is_visible()
    rows.nth(1).get_by_label("Facebook Ads").check()
    page.click("text=Add a condition")
    rows.nth(2).locator(".lh-field").select_option("tag")
    rows.nth(2).get_by_label("Remove this condition").click()
    page.click("button[name=_save]")
    page.wait_for_selector("#result_list")
    assert conditions_of("Coast") == [
        {"field": "state", "op": "one_of", "value": ["CA", "OR"]},
        {"field": "source", "op": "equals", "value": vendor.pk},
    ]
    assert page.inner_text(".field-condition") == "state is one of CA, OR and source is Facebook Ads"

    page.click("text=Try a lead >> nth=-1")
    page.fill("[name=state]", "or")
    page.click(".lh-fields .select2-selection >> nth=1")
    page.locator(".select2-results__option", has_text="Facebook Ads").click()
    page.click("text=Try it")
    page.wait_for_selector("#answer .lh-answer")
    assert page.inner_text("#answer .lh-answer") == "rep3@acme.test"
    assert "Coast" in page.inner_text("#answer")
    page.fill("[name=state]", "NY")
    page.press("[name=state]", "Enter")
    page.wait_for_selector("#answer >> text=chosen")
    assert page.inner_text("#answer .lh-answer") == "rep3@acme.test"
    assert "Coast" not in page.inner_text("#answer")

    add_rule(browsing, "Rest", "default")
    page.click("button[name=_save]")
    page.wait_for_selector("#result_list")
    page.get_by_label("Down: Coast").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Coast is now no. 2 in the order.")
    assert [name.strip() for name in page.locator("#result_list .field-rule_name").all_inner_texts()] == [
        "Rest",
        "Coast",
    ]
    assert page.locator("#result_list").get_by_text("never reached").count() == 1
    assert browsing.complaints == []

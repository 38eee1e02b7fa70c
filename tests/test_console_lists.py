"""What all lists and forms of the console have in common."""

import re
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actors import Actor
from accounts.models import Account, ApiKey, AuditEntry, Membership, User
from intake.models import QuarantinedLead
from leadhub.lib import lists
from leadhub.lib.admin import MISREAD
from leadhub.lib.transactions import run
from leadhub.unfold import UNFOLD
from leads.lifecycle import set_status
from leads.models import Lead
from teams.models import LeadSource, Rotation, Team
from tests.consoles import MISSING, change_url, console, inline_data, list_url, page_url, text_of
from tests.people import Company, lead, platform_admin, source

FILTERS = {
    Lead: ["status__exact", "lead_source__id__exact", "created_at_from", "p"],
    Rotation: ["status__exact", "team__id__exact"],
    AuditEntry: ["event__exact", "object_id__exact"],
    QuarantinedLead: ["code", "lead_source__id__exact", "resolved"],
}
ODD = ["%00", "9" * 30, "x", "%FF"]


@pytest.mark.parametrize(("model", "names"), FILTERS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_list_whose_address_says_nonsense_is_shown_whole(model: Any, names: list[str], acme: Company) -> None:
    operator = console(acme.owner)

    for name in names:
        for odd in ODD:
            response = operator.get(f"{list_url(model)}?{name}={odd}")
            assert response.status_code == 200 or response.url == list_url(model), (name, odd)


def named_pages(*, whole: bool) -> list[Any]:
    """Every list of the sidebar, with what it is called there; Users and Accounts are a platform administrator's."""
    entries = [entry for group in UNFOLD["SIDEBAR"]["navigation"] for entry in group["items"]]
    lists = {entry["title"]: entry["link"] for entry in entries if "permission" in entry}
    return [(title, link) for title, link in lists.items() if (title in ("Users", "Accounts")) == whole]


@pytest.mark.parametrize(("title", "link"), named_pages(whole=False), ids=str)
def test_a_page_is_called_as_in_the_sidebar(title: str, link: Any, acme: Company) -> None:
    response = console(acme.owner).get(str(link), follow=True)

    assert heading_of(response) == title
    assert tab_of(response).endswith(f"{title} | LeadHub")


@pytest.mark.parametrize(("title", "link"), named_pages(whole=True), ids=str)
def test_a_page_of_the_platform_s_is_called_as_there_too(title: str, link: Any, db: None) -> None:
    response = console(platform_admin()).get(str(link))

    assert (heading_of(response), tab_of(response)) == (title, f"{title} | LeadHub")


def test_what_is_open_says_the_same_word_on_the_way_back(acme: Company) -> None:
    made, _ = source(acme.account, acme.owner, "Vendor")

    operator = console(acme.owner)
    changed, added = operator.get(change_url(made)), operator.get(page_url(LeadSource, "add"))

    assert (heading_of(changed), tab_of(changed)) == ("Sources", "Vendor | Sources | LeadHub")
    assert (heading_of(added), tab_of(added)) == ("Sources", "Add source | LeadHub")
    assert f'<a href="{list_url(LeadSource)}">Sources</a>' in text_of(changed)


def heading_of(response: Any) -> str:
    """The first words of the heading, where it goes on with what is open."""
    heading, *_ = re.findall(r"<h1.*?</h1>", text_of(response), re.DOTALL)
    return re.findall(r">\s*([^<>\s][^<>]*?)\s*<", heading)[0]


def tab_of(response: Any) -> str:
    [title] = re.findall(r"<title>(.*?)</title>", text_of(response), re.DOTALL)
    return " ".join(title.split())


def test_a_list_says_that_it_could_not_read_its_address(acme: Company) -> None:
    response = console(acme.owner).get(f"{list_url(Lead)}?status__exact=%00", follow=True)

    assert [str(said) for said in response.context["messages"]] == [MISREAD]


def test_an_old_link_leads_to_the_list(acme: Company) -> None:
    response = console(acme.reps[0]).get(page_url(Lead, "change", MISSING), follow=True)

    assert response.redirect_chain == [(list_url(Lead), 302)]
    assert "There is no such lead here" in text_of(response)


def test_the_way_back_from_a_lead_keeps_the_list_s_filters(acme: Company) -> None:
    jane, operator = lead(acme.account), console(acme.owner)
    opened = f"{change_url(jane)}?_changelist_filters=status__exact%3Dnew"

    page = text_of(operator.get(opened))
    done = operator.post(f"{page_url(Lead, 'archive', jane.pk)}?_changelist_filters=status__exact%3Dnew")

    assert f'href="{list_url(Lead)}?status__exact=new"' in page
    assert f'action="{page_url(Lead, "archive", jane.pk)}?_changelist_filters=status__exact%3Dnew"' in page
    assert done.url == opened


def test_the_audit_names_the_lead_and_says_what_changed(acme: Company) -> None:
    jane = lead(acme.account, first_name="Jane", last_name="Doe")
    run(lambda: set_status(acme.account, [jane.pk], "contacted", actor=Actor()))
    kind = ContentType.objects.get_for_model(Lead).pk

    response = console(acme.owner).get(
        list_url(AuditEntry), {"object_id__exact": jane.pk, "content_type__id__exact": kind}
    )

    page, entries = response.context["cl"].model_admin, response.context["cl"].result_list
    assert [page.what(entry) for entry in entries] == ["status: new → contacted", ""]
    assert text_of(response).count(">lead Jane Doe</a>") == 2


def test_the_audit_says_what_was_set_where_nothing_was(acme: Company) -> None:
    made, _ = source(acme.account, acme.owner, "Vendor")
    made.daily_limit = 5
    made.save(update_fields=["daily_limit"])

    response = console(acme.owner).get(list_url(AuditEntry), {"event__exact": "updated"})

    page, entries = response.context["cl"].model_admin, response.context["cl"].result_list
    assert page.what(entries[0]) == "daily limit: — → 5"


def test_an_agent_is_offered_the_views_that_can_hold_leads_of_his(acme: Company) -> None:
    page = text_of(console(acme.reps[0]).get(list_url(Lead)))

    assert "?show=mine" in page
    assert "?show=unassigned" not in page
    assert "?show=held" not in page
    assert "No lead is yours yet." in page


def test_menus_and_filters_are_buttons_that_the_keyboard_reaches(acme: Company) -> None:
    lead(acme.account)

    page = text_of(console(acme.owner).get(list_url(Lead)))

    for told in ("Show or hide the menu", "Work in another account", "Your log-in: theme, password, log out"):
        [before] = re.findall(rf'<(\w+)[^<]*aria-label="{told}"', page)
        assert before == "button", told
    assert '<button type="button" class="filter-open-button' in page


def test_a_form_is_not_saved_unasked_over_what_a_colleague_saved_meanwhile(acme: Company) -> None:
    team = Team.objects.create(account=acme.account, name="West")
    operator, url = console(acme.owner), change_url(team)
    mine = {"name": "Mine", "is_active": "on"} | inline_data("members", [], initial=0)
    seen = seen_by(operator.get(url))
    assert console(acme.owner).post(url, mine | {"name": "Theirs", "_seen": seen}).status_code == 302

    refused = operator.post(url, mine | {"_seen": seen})
    team.refresh_from_db()
    kept = team.name
    saved = operator.post(url, mine | {"_seen": seen_by(refused)})

    team.refresh_from_db()
    assert (kept, team.name, saved.status_code) == ("Theirs", "Mine", 302)
    assert "after you opened it, and yours is not saved" in text_of(refused)
    assert 'value="Mine"' in text_of(refused)


@pytest.mark.parametrize(("model", "given"), [
    (Team, {"name": "West", "is_active": "on"} | inline_data("members", [], initial=0)),
    (ApiKey, {"kind": "account", "name": "Zapier"}),
])  # fmt: skip
def test_a_form_opened_in_another_account_is_not_saved_unasked(
    model: Any, given: dict[str, Any], acme: Company, globex: Company
) -> None:
    client, url = console(platform_admin()), page_url(model, "add")
    choose(client, acme)
    opened_in = account_of(client.get(url))
    choose(client, globex)

    refused = client.post(url, given | {"_account": opened_in})
    none_saved = not model.objects.filter(name=given["name"]).exists()
    saved = client.post(url, given | {"_account": account_of(refused)})

    assert none_saved
    assert "You changed to Globex after you opened this, and nothing is saved." in text_of(refused)
    assert saved.status_code == 302
    assert model.objects.get(name=given["name"]).account == globex.account


def choose(client: Client, company: Company) -> None:
    client.post(reverse("admin:switch_account"), {"account": company.account.pk})


def account_of(response: Any) -> str:
    [account] = re.findall(r'name="_account" value="([^"]+)"', text_of(response))
    return str(account)


def seen_by(response: Any) -> str:
    [seen] = re.findall(r'name="_seen" value="([^"]+)"', text_of(response))
    return str(seen)


def test_who_only_reads_is_offered_no_page_that_refuses_him(acme: Company) -> None:
    rotation = acme.account.rotations.get()
    Rotation.objects.filter(pk=rotation.pk).update(fallback=acme.owner)

    page = text_of(console(acme.reps[0]).get(change_url(rotation)))

    assert "/admin/accounts/user/" not in page
    assert page.count("rep2@acme.test") >= 2
    assert "owner@acme.test" in page


def test_an_account_without_members_says_what_they_are_for(db: None) -> None:
    client = console(platform_admin())
    client.post(reverse("admin:switch_account"), {"account": Account.objects.create(name="Fresh").pk})

    page = text_of(client.get(list_url(Membership)))

    assert "Nothing here yet" in page
    assert "Nobody works in this account yet." in page


def test_who_administers_the_platform_stands_out_among_the_users(acme: Company) -> None:
    page = text_of(console(platform_admin()).get(list_url(User)))

    assert page.count('<span class="lh-badge lh-info">administrator</span>') == 1


def test_a_list_counts_no_further_than_anybody_turns_pages(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "COUNTED", 3)
    for number in range(5):
        lead(acme.account, f"jane{number}@example.com", first_name="Jane")

    with CaptureQueriesContext(connection) as asked:
        page = " ".join(text_of(console(acme.owner).get(list_url(Lead), {"q": "jane"})).split())

    [counting] = [
        query["sql"] for query in asked.captured_queries if "COUNT(*)" in query["sql"] and "search" in query["sql"]
    ]
    assert "LIMIT 4" in counting
    assert "3+ results" in page
    assert "3+ leads" in page

"""The Leads page and a lead's own."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.models import Account, ApiKey, Event
from leadhub.lib.requests import RequestInfo
from leads.admin.groups import COLUMNS
from leads.drafts import LeadDraft
from leads.models import Lead
from teams.models import RotationMember, Team
from tests.consoles import change_url, console, list_url, text_of
from tests.people import Company, arrive, lead, rotation, source

SCRIPT = "<script>alert(1)</script>"
QUOTES = "\"'><img src=x onerror=alert(2)>"


@pytest.fixture
def operator(acme: Company) -> Client:
    return console(acme.owner)


def listed(client: Client, **filters: object) -> list[str]:
    response = client.get(list_url(Lead), filters)
    assert response.status_code == 200
    return [each.email for each in response.context["cl"].result_list]


def test_the_list_shows_what_an_operator_looks_for(acme: Company, operator: Client) -> None:
    vendor, _ = source(acme.account, acme.owner, "Facebook Ads")
    lead(
        acme.account,
        "jane@example.com",
        first_name="Jane",
        last_name="Doe",
        company="Initech",
        lead_source_id=vendor.pk,
    )

    page = text_of(operator.get(list_url(Lead)))

    shown = [
        "Jane Doe",
        "jane@example.com",
        "Initech",
        "Facebook Ads",
        "Rep1",
        '<span class="lh-badge lh-info">New</span>',
    ]
    assert [each for each in shown if each not in page] == []


def test_the_newest_lead_comes_first(acme: Company, operator: Client) -> None:
    for email in ("a@example.com", "b@example.com", "c@example.com"):
        lead(acme.account, email)

    assert listed(operator) == ["c@example.com", "b@example.com", "a@example.com"]


@pytest.mark.parametrize("text", ["doe", "JANE", "jane doe", "initech", "@example", "415555", "jane 415 555 2671"])
def test_search_finds_any_part_of_name_mail_company_and_phone(text: str, acme: Company, operator: Client) -> None:
    found = {"first_name": "Jane", "last_name": "Doe", "company": "Initech", "phone": "+1 415 555 2671"}
    arrive(acme.account, LeadDraft(email="jane@example.com", **found), LeadDraft(email="other@else.test"))  # type: ignore[arg-type]

    assert listed(operator, q=text) == ["jane@example.com"]


def test_filters_narrow_the_list(acme: Company, operator: Client) -> None:
    team = Team.objects.create(account=acme.account, name="West")
    vendor, _ = source(acme.account, acme.owner)
    mine = lead(acme.account, "mine@example.com", team_id=team.pk, lead_source_id=vendor.pk)
    lead(acme.account, "other@example.com")
    Lead.objects.filter(pk=mine.pk).update(status="qualified", owner=acme.owner)

    filters: list[dict[str, Any]] = [
        {"status__exact": "qualified"},
        {"team__id__exact": team.pk},
        {"lead_source__id__exact": vendor.pk},
        {"owner__id__exact": acme.owner.pk},
        {"show": "mine"},
    ]
    assert [listed(operator, **each) for each in filters] == [["mine@example.com"]] * len(filters)


def test_days_are_counted_in_the_account_s_time_zone_and_both_ends_count(acme: Company, operator: Client) -> None:
    Account.objects.filter(pk=acme.account.pk).update(time_zone="America/New_York")
    late = lead(acme.account, "late@example.com")
    # Half past ten in the evening of the 5th in New York.
    Lead.objects.filter(pk=late.pk).update(created_at="2026-03-06T03:30:00Z")

    assert listed(operator, created_at_from="2026-03-05", created_at_to="2026-03-05") == ["late@example.com"]
    assert listed(operator, created_at_from="2026-03-06") == []
    assert listed(operator, created_at_to="2026-03-04") == []
    assert listed(operator, created_at_from="nonsense", created_at_to="9999-12-31") == ["late@example.com"]
    assert "5 Mar 2026, 22:30" in text_of(operator.get(list_url(Lead)))


def test_the_views_are_one_click_away(acme: Company, operator: Client) -> None:
    RotationMember.objects.all().delete()
    first = lead(acme.account, "first@example.com")
    lead(acme.account, "first@example.com")
    Lead.objects.filter(pk=first.pk).update(archived_at=timezone.now())

    assert len(listed(operator, show="unassigned")) == 1
    assert len(listed(operator, show="duplicates")) == 1
    assert len(listed(operator, show="primaries")) == 1
    assert len(listed(operator, show="archived")) == 1
    assert "Archived</span>" in text_of(operator.get(list_url(Lead)))


def test_held_leads_say_where_they_wait_and_why(acme: Company, operator: Client) -> None:
    lead(acme.account, "given@example.com")
    RotationMember.objects.update(is_paused=True)
    held = lead(acme.account, "held@example.com")
    archived = lead(acme.account, "archived@example.com")
    Lead.objects.filter(pk=archived.pk).update(archived_at=timezone.now())

    page = text_of(operator.get(list_url(Lead), {"show": "held"}))

    assert listed(operator, show="held") == ["held@example.com"]
    assert '<span class="lh-badge lh-warning">Held</span>' in page
    assert "nobody eligible in default" in page
    standing = dict(operator.get(change_url(held)).context["standing"])
    assert standing["Rotation"] == (
        f'<a class="lh-link" href="{change_url(acme.account.rotations.get())}">default</a> '
        '<span class="lh-badge lh-warning">held: nobody eligible</span>'
    )


def test_deleted_leads_are_gone_from_list_and_page(acme: Company, operator: Client) -> None:
    gone = lead(acme.account, "gone@example.com")
    Lead.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())

    assert listed(operator) == []
    assert operator.get(change_url(gone)).status_code == 302


def test_a_duplicate_says_so_and_links_to_its_primary_and_back(acme: Company, operator: Client) -> None:
    primary = lead(acme.account, "jane@example.com", first_name="Jane")
    duplicate = lead(acme.account, "jane@example.com", first_name="Janet")

    link = f'href="{change_url(primary)}" title="Duplicate of Jane">Duplicate</a>'
    assert link in text_of(operator.get(list_url(Lead)))
    assert link in text_of(operator.get(change_url(duplicate)))
    assert f'href="{change_url(duplicate)}">Janet</a>' in text_of(operator.get(change_url(primary)))


def test_the_list_costs_the_same_for_one_lead_and_for_fifty(
    acme: Company, operator: Client, django_assert_max_num_queries: Any
) -> None:
    vendor, _ = source(acme.account, acme.owner)
    drafts = [LeadDraft(email=f"{n % 40}@example.com", lead_source_id=vendor.pk) for n in range(60)]
    arrive(acme.account, *drafts)
    operator.get(list_url(Lead))

    # Session, user, account, role; count and page of leads; accounts of the switcher; the bell; twice the library asks
    # is_staff.
    with django_assert_max_num_queries(10) as asked:
        operator.get(list_url(Lead))
    counting = 'SELECT COUNT(*) FROM (SELECT "leads_lead"."id" '
    assert len([each for each in asked.captured_queries if each["sql"].startswith(counting)]) == 1


def test_a_lead_s_page_costs_the_same_for_one_entry_and_for_many(
    acme: Company, operator: Client, django_assert_max_num_queries: Any
) -> None:
    here = lead(acme.account, "jane@example.com")
    for _ in range(30):
        lead(acme.account, "jane@example.com")
    operator.get(change_url(here))

    with django_assert_max_num_queries(15):
        operator.get(change_url(here))


def test_a_lead_s_page_says_all_it_has_and_leaves_out_the_rest(acme: Company, operator: Client) -> None:
    here = lead(
        acme.account,
        "jane@example.com",
        phone="+1 415 555 2671",
        linkedin_url="https://linkedin.com/in/jane",
        tags=["vip"],
        custom_fields={"budget": "10k", "house": {"rooms": 4, "new": True}},
        consent={"tcpa": True},
        interested_in_switching=False,
    )

    response = operator.get(change_url(here))

    groups = {title: {label for label, _ in rows} for title, rows in response.context["groups"]}
    assert groups["Contact"] == {"E-mail", "Phone", "LinkedIn", "Tags"}
    assert groups["Custom fields"] == {"budget", "house"}
    assert dict(dict(response.context["groups"])["Custom fields"])["house"] == "new: Yes\nrooms: 4"
    assert groups["Consent"] == {"tcpa"}
    assert groups["Business"] == {"Interested in switching"}
    assert "Product and price" not in groups
    for link in ("mailto:jane@example.com", "tel:+14155552671", "https://linkedin.com/in/jane"):
        assert f'href="{link}"' in text_of(response)


def test_no_column_of_a_lead_is_forgotten_on_its_page() -> None:
    told = {name for names in COLUMNS.values() for name in names.split()}
    told |= {"id", "account", "status", "owner", "team", "lead_source", "rotation", "duplicate_of"}
    # Said with another column, or by the timeline.
    told |= {"email_key", "email_verified", "phone_e164", "updated_at", "deleted_at", "search", "remind_at", "had_by"}

    assert {field.name for field in Lead._meta.concrete_fields} - told == set()
    assert told - {field.name for field in Lead._meta.concrete_fields} == set()


def test_the_timeline_says_who_when_by_what_door_and_why_this_rep(acme: Company, operator: Client) -> None:
    RotationMember.objects.filter(user=acme.reps[1]).update(is_paused=True)
    key = ApiKey.objects.get(account=acme.account)
    came = RequestInfo(id="req-1", method="POST", path="/v1/leads", address="203.0.113.9", headers={"Host": "hub.test"})
    by_key = Actor(acme.owner.pk, acme.owner.email, key.pk, key.public_id, "workspace", came)

    [outcome] = arrive(acme.account, LeadDraft(email="jane@example.com", city="Boston"), actor=by_key)
    assert outcome.lead is not None
    response = operator.get(change_url(outcome.lead))

    [moment] = response.context["timeline"]
    assert moment.sentence == "Came in, and went to rep1@acme.test."
    assert (moment.who, moment.key, moment.door) == ("owner@acme.test", str(key), "the workspace door")
    assert (moment.why.words, moment.why.rotation) == ("It was this rep's turn.", "default")
    assert [(c.email, c.turns, c.is_chosen, c.left_out) for c in moment.why.candidates] == [
        ("rep1@acme.test", "0.00", True, ""),
        ("rep2@acme.test", "0.00", False, "paused"),
        ("rep3@acme.test", "0.00", False, ""),
    ]
    assert ("City", "—", "Boston") in [(c.label, c.before, c.after) for c in moment.changes]
    assert moment.request == [
        ("POST", "/v1/leads"),
        ("From", "203.0.113.9"),
        ("Request id", "req-1"),
        ("Host", "hub.test"),
    ]
    for said in ("left out: paused", "203.0.113.9", str(key), "It was this rep&#x27;s turn."):
        assert said in text_of(response)


def test_the_timeline_tells_later_events_newest_first(acme: Company, operator: Client) -> None:
    here = lead(acme.account, "jane@example.com")
    vendor, _ = source(acme.account, acme.owner, "Vendor {feed}")
    lead(acme.account, "jane@example.com")
    lead(acme.account, "jane@example.com", lead_source_id=vendor.pk)
    ada = Actor(acme.owner.pk, acme.owner.email, door="console")
    changes = {"owner": ["rep1@acme.test", "rep2@acme.test"]}
    audit.record(here, Event.LEAD_ASSIGNED, actor=ada, changes=changes)
    audit.record(here, Event.LEAD_UPDATED, actor=ada, changes={"status": ["new", "lost"], "team_id": [None, 7]})

    timeline = operator.get(change_url(here)).context["timeline"]

    assert [moment.sentence for moment in timeline] == [
        "Lead changed.",
        "Given to rep2@acme.test; before, rep1@acme.test had it.",
        "The same person came again from Vendor {feed}; that lead is kept as a duplicate of this one.",
        "The same person came again; that lead is kept as a duplicate of this one.",
        "Came in, and went to rep1@acme.test.",
    ]
    assert [(c.label, c.before, c.after) for c in timeline[0].changes] == [
        ("Status", "new", "lost"),
        ("Team", "—", "#7"),
    ]


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        ("nobody", "Nobody in the rotation could take it, so it is held until somebody can."),
        ("none", "No rotation is active for it, so it waits without an owner."),
    ],
)
def test_a_lead_without_an_owner_says_why(prepare: str, words: str, acme: Company, operator: Client) -> None:
    RotationMember.objects.update(is_paused=True)
    if prepare == "none":
        acme.account.rotations.update(status="archived")

    here = lead(acme.account, "jane@example.com")

    [moment] = operator.get(change_url(here)).context["timeline"]
    assert (moment.sentence, moment.why.words) == ("Came in, and has no owner.", words)


def test_stored_attacks_stay_inert_on_every_page_that_shows_them(acme: Company, operator: Client) -> None:
    words = {
        name: SCRIPT + QUOTES
        for name in ("first_name", "last_name", "company", "title", "city", "source_text", "notes", "message", "phone")
    }
    team = Team.objects.create(account=acme.account, name=SCRIPT)
    rotation(acme.account, acme.reps, team=team)
    vendor, _ = source(acme.account, acme.owner, SCRIPT)
    nasty: dict[str, Any] = words | {
        "team_id": team.pk,
        "lead_source_id": vendor.pk,
        "linkedin_url": "javascript:alert(3)",
        "trusted_form_url": "JaVaScRiPt:alert(3)",
        "img_src": "https://evil.test/pixel.png",
        "tags": [SCRIPT],
        "custom_fields": {SCRIPT: SCRIPT, "nested": {"x": [QUOTES]}},
        "profile": {"p": SCRIPT},
    }
    here = lead(acme.account, "jane@example.com", **nasty)
    again = lead(acme.account, "jane@example.com", **(nasty | {"custom_fields": {}}))
    came = RequestInfo(id="r", method="POST", path="/" + SCRIPT, headers={"User-Agent": SCRIPT})
    audit.record(here, Event.LEAD_UPDATED, actor=Actor(door="api", request=came), changes={SCRIPT: [SCRIPT, QUOTES]})

    urls = [
        list_url(Lead),
        change_url(here),
        change_url(again),
        change_url(team),
        change_url(vendor),
        reverse("admin:index"),
    ]
    urls += [reverse("admin:accounts_auditentry_changelist"), list_url(Lead) + f"?team__id__exact={team.pk}"]
    for url in urls:
        page = text_of(operator.get(url))
        assert "alert(1)" in page or "Audit" in page, url
        assert "<script>alert" not in page, url
        assert "<img src=x" not in page, url
        assert 'href="javascript' not in page.lower(), url
        assert 'src="https://evil.test' not in page, url


def test_an_empty_account_is_told_how_to_begin(acme: Company, operator: Client) -> None:
    page = text_of(operator.get(list_url(Lead)))

    assert "No leads yet." in page
    assert "/api/docs" in page


def test_odd_input_is_no_error(acme: Company, operator: Client) -> None:
    lead(acme.account, "jane@example.com")

    for odd in (
        "q=%00",
        "q=%25",
        "p=0",
        "p=x",
        "o=9.9",
        "team__id__exact=x",
        "team__id__exact=99999999999999999999",
        "show=x",
    ):
        assert operator.get(f"{list_url(Lead)}?{odd}").status_code in (200, 302), odd
    for pk in ("x", "99999999999999999999", "0", "-1"):
        assert operator.get(f"/admin/leads/lead/{pk}/change/").status_code == 302, pk


@pytest.mark.usefixtures("today")
def test_the_overview_counts_and_lists(acme: Company, operator: Client) -> None:
    lead(acme.account, "jane@example.com")
    lead(acme.account, "jane@example.com")
    old = lead(acme.account, "old@example.com")
    Lead.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=3), owner=None)

    context = operator.get(reverse("admin:index")).context

    assert (context["today"], context["unassigned"], context["duplicates"]) == ("2", "1", "1")
    assert len(context["recent"]) == 3


def test_a_lead_s_channel_and_the_filters_are_in_the_console_s_words(acme: Company, operator: Client) -> None:
    jane = lead(acme.account)

    came = dict(operator.get(change_url(jane)).context["groups"])["How it came"]
    filters = [spec.title for spec in operator.get(list_url(Lead)).context["cl"].filter_specs]

    assert dict(came)["Channel"] == "API"
    assert filters == ["view", "status", "source", "team", "owner", "day"]

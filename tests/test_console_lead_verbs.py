"""What a person does with leads in the console: with chosen rows, and on a lead's own page."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, AuditEntry, Event, Membership
from accounts.roles import Role
from leadhub.lib.admin import LOST_RACE
from leads.admin import working
from leads.assigning import NoSuchMember
from leads.drafts import LeadDraft
from leads.models import Lead
from teams.models import RotationMember
from tests.consoles import change_url, console, list_url, member, text_of
from tests.people import Company, arrive, lead, platform_admin

MANAGERS = {Role.OWNER, Role.ADMIN, Role.MANAGER}
WORKERS = MANAGERS | {Role.AGENT}
VERBS = {
    "contact": ({}, WORKERS),
    "status": ({"status": "qualified"}, WORKERS),
    "assign": ({}, MANAGERS),
    "route": ({"note": ""}, MANAGERS),
    "archive": ({}, WORKERS),
    "unarchive": ({}, WORKERS),
}


@pytest.fixture
def operator(acme: Company) -> Client:
    return console(acme.owner)


def chosen(client: Client, verb: str, *leads: Any, url: str = "", **data: Any) -> Any:
    ids = [getattr(each, "pk", each) for each in leads]
    return client.post(url or list_url(Lead), {"action": verb, "index": "0", "_selected_action": ids} | data)


def confirmed(client: Client, verb: str, *leads: Any, **data: Any) -> Any:
    return chosen(client, verb, *leads, confirmed="1", **data)


def on_page(client: Client, verb: str, here: Any, **data: Any) -> Any:
    return client.post(reverse(f"admin:leads_lead_{verb}", args=[here.pk]), data)


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def three(acme: Company) -> list[Lead]:
    """A lead for each of the three reps."""
    outcomes = arrive(acme.account, *(LeadDraft(email=f"{name}@example.com") for name in ("a", "b", "c")))
    return [outcome.lead for outcome in outcomes if outcome.lead]


def states() -> list[tuple[Any, ...]]:
    return list(Lead.objects.order_by("pk").values_list("pk", "owner", "status", "archived_at", "first_contacted_at"))


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("verb", VERBS)
def test_each_role_does_what_it_may_and_a_refusal_changes_nothing(verb: str, role: Role, acme: Company) -> None:
    here = lead(acme.account)
    user = member(acme, role)
    archived_at = timezone.now() if verb == "unarchive" else None
    Lead.objects.filter(pk=here.pk).update(owner=user, archived_at=archived_at)
    data, allowed = VERBS[verb]
    given = data | ({"owner": acme.reps[1].pk, "note": ""} if verb == "assign" else {})
    before = states()

    from_list = confirmed(console(user), verb, here, **given)
    changed_by_list = states() != before
    Lead.objects.filter(pk=here.pk).update(**Lead.objects.values("status").get() | {"owner": user, "status": "new"})
    Lead.objects.filter(pk=here.pk).update(archived_at=archived_at, first_contacted_at=None)
    from_page = on_page(console(user), verb, here, **given)

    assert changed_by_list == (role in allowed)
    assert (states() != before) == (role in allowed)
    assert from_page.status_code == (302 if role in allowed else 403)
    assert from_list.status_code in (200, 302)


def test_what_a_role_may_not_do_is_not_offered(acme: Company) -> None:
    here = lead(acme.account)
    agent, viewer = member(acme, Role.AGENT), member(acme, Role.VIEWER)
    Lead.objects.update(owner=agent)

    def offered(client: Client) -> tuple[list[str], list[str]]:
        form = client.get(list_url(Lead)).context["action_form"]
        actions = [name for name, _ in form.fields["action"].choices if name] if form else []
        return actions, [offer["verb"].name for offer in client.get(change_url(here)).context["offers"]]

    assert offered(console(acme.owner)) == (list(VERBS), ["contact", "status", "assign", "route", "archive"])
    assert offered(console(agent)) == (
        ["contact", "status", "archive", "unarchive"],
        ["contact", "status", "archive"],
    )
    assert offered(console(viewer)) == ([], [])


def test_chosen_leads_are_assigned_after_a_page_that_asks_to_whom_and_why(acme: Company, operator: Client) -> None:
    leads = three(acme)
    url = f"{list_url(Lead)}?status__exact=new"

    asking = chosen(operator, "assign", *leads, url=url)
    answer = confirmed(operator, "assign", *leads, owner=acme.reps[1].pk, note="Knows the trade", url=url)

    assert asking.status_code == 200
    assert f'href="{url}">Back</a>' in text_of(asking)
    assert "Assign: 3 leads" in text_of(asking)
    assert (answer.status_code, answer.headers["Location"]) == (302, url)
    assert said(answer) == ["2 leads given to rep2@acme.test. 1 lead left as before: had this owner already."]
    assert {each.owner for each in Lead.objects.all()} == {acme.reps[1]}
    entries = AuditEntry.objects.filter(event=Event.LEAD_ASSIGNED)
    assert [entry.actor_email for entry in entries] == ["owner@acme.test"] * 2
    assert {entry.additional_data["note"] for entry in entries} == {"Knows the trade"}


def test_only_a_member_who_is_active_can_be_chosen(acme: Company, globex: Company, operator: Client) -> None:
    here = lead(acme.account)
    Membership.objects.filter(user=acme.reps[1]).update(is_active=False)

    for stranger in (globex.reps[0].pk, acme.reps[1].pk, 0, "x"):
        answer = confirmed(operator, "assign", here, owner=stranger, note="")
        assert "Select a valid choice" in text_of(answer)
        assert said(on_page(operator, "assign", here, owner=stranger))[-1].startswith("Member: Select a valid choice")

    here.refresh_from_db()
    assert here.owner == acme.reps[0]
    assert "globex" not in text_of(chosen(operator, "assign", here)).lower()


def test_an_agent_changes_his_own_leads_and_is_told_of_the_others(acme: Company) -> None:
    leads = three(acme)

    answer = chosen(console(acme.reps[0]), "archive", *leads)

    assert said(answer) == ["1 lead archived. 2 leads not found among those shown to you here."]
    assert [each.archived_at is not None for each in Lead.objects.order_by("pk")] == [True, False, False]
    assert on_page(console(acme.reps[0]), "archive", leads[1]).status_code == 404


def test_leads_of_another_account_are_out_of_reach(acme: Company, globex: Company) -> None:
    theirs = lead(acme.account)
    before = states()
    client = console(globex.owner)

    answer = chosen(client, "archive", theirs)
    confirmed(client, "assign", theirs, owner=globex.owner.pk, note="")

    assert said(answer) == ["No leads archived. 1 lead not found among those shown to you here."]
    assert on_page(client, "archive", theirs).status_code == 404
    assert states() == before


def test_a_lead_that_is_so_already_is_counted_apart(acme: Company, operator: Client) -> None:
    leads = three(acme)
    chosen(operator, "archive", leads[0])

    archived = chosen(operator, "archive", *leads)
    taken_out = chosen(operator, "unarchive", *leads[:2])
    moved = confirmed(operator, "status", *leads, status="lost")
    again = confirmed(operator, "status", *leads, status="lost")

    assert said(archived)[-1] == "2 leads archived. 1 lead left as before: archived already."
    assert said(taken_out)[-1] == "2 leads taken out of the archive."
    assert said(moved)[-1] == "3 leads set to Lost."
    assert said(again)[-1] == "No leads set to Lost. 3 leads left as before: had that status already."


def test_leads_routed_again_go_to_another_rep_or_wait(acme: Company, operator: Client) -> None:
    here = lead(acme.account)
    RotationMember.objects.filter(user=acme.reps[2]).update(is_paused=True)

    first = confirmed(operator, "route", here, note="On leave")
    RotationMember.objects.all().update(is_paused=True)
    second = confirmed(operator, "route", here, note="")

    assert said(first)[-1] == "1 lead routed again."
    assert said(second)[-1] == "1 lead routed again; 1 of them without an owner until somebody can take them."
    here.refresh_from_db()
    assert here.is_held
    assert 'lh-warning">Held</span>' in text_of(operator.get(list_url(Lead)))
    assert "nobody eligible in default" in text_of(operator.get(list_url(Lead), {"show": "held"}))


def test_an_archived_lead_that_is_routed_again_keeps_its_owner(acme: Company, operator: Client) -> None:
    here = lead(acme.account)
    chosen(operator, "archive", here)

    answer = confirmed(operator, "route", here, note="")

    here.refresh_from_db()
    assert here.owner == acme.reps[0]
    assert said(answer)[-1] == "No leads routed again. 1 lead left as before: archived, or nobody else could take them."


def test_all_rows_of_a_list_are_chosen_as_they_were_when_asked(acme: Company, operator: Client) -> None:
    leads = three(acme)

    asking = chosen(operator, "status", leads[0], select_across="1")
    lead(acme.account, "later@example.com")
    confirmed(operator, "status", *asking.context["ids"], status="lost")

    assert sorted(asking.context["ids"]) == sorted(each.pk for each in leads)
    assert list(Lead.objects.order_by("pk").values_list("status", flat=True)) == ["lost"] * 3 + ["new"]


def test_too_many_at_once_are_refused(acme: Company, operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "MOST", 2)
    leads = three(acme)

    answer = chosen(operator, "archive", *leads)

    assert said(answer) == ["At most 2 leads at a time; narrow the list, and repeat it."]
    assert not Lead.objects.filter(archived_at__isnull=False).exists()


@pytest.mark.parametrize("odd", [["x"], ["99999999999999999999"], ["-1"], ["0", "\0"], []])
def test_odd_choices_are_no_error(odd: list[str], acme: Company, operator: Client) -> None:
    here = lead(acme.account)

    for verb in (*VERBS, "nonsense", ""):
        assert chosen(operator, verb, *odd).status_code in (200, 302)
        assert confirmed(operator, verb, *odd, owner="x", status="x").status_code in (200, 302)
    for verb in VERBS:
        assert operator.get(reverse(f"admin:leads_lead_{verb}", args=[here.pk])).status_code == 302

    assert Lead.objects.filter(status="new", archived_at=None, owner=acme.reps[0]).count() == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoSuchMember(), "assigned user is not an active member of this account"),
        (OperationalError("lock timeout"), LOST_RACE),
    ],
)
def test_what_comes_between_is_said_and_nothing_changes(
    error: Exception, words: str, acme: Company, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = lead(acme.account)

    def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr("leads.admin.verbs.assign", fail)
    answer = on_page(operator, "assign", here, owner=acme.reps[1].pk, note="")

    assert (answer.status_code, said(answer)) == (302, [words])


def test_a_lead_is_worked_on_its_own_page(acme: Company, operator: Client) -> None:
    here = lead(acme.account)

    told = [
        said(on_page(operator, "contact", here))[-1],
        said(on_page(operator, "status", here, status="qualified"))[-1],
        said(on_page(operator, "assign", here, owner=acme.reps[2].pk, note="Asked for her"))[-1],
        said(on_page(operator, "archive", here))[-1],
    ]

    here.refresh_from_db()
    assert told == [
        "1 lead marked as contacted.",
        "1 lead set to Qualified.",
        "1 lead given to rep3@acme.test.",
        "1 lead archived.",
    ]
    assert (here.owner, here.status, here.archived_at is not None) == (acme.reps[2], "qualified", True)
    context = operator.get(change_url(here)).context
    assert [offer["verb"].name for offer in context["offers"]] == ["contact", "status", "assign", "unarchive"]
    assert [moment.sentence for moment in context["timeline"]] == [
        "Lead archived.",
        "By hand: it went to rep3@acme.test; before, rep1@acme.test had it.",
        "Lead changed.",
        "Contacted.",
        "Came in, and went to rep1@acme.test.",
    ]
    assert (context["why"].words, context["decision"].note) == ("A person chose this rep.", "Asked for her")


def test_a_platform_administrator_changes_leads_of_the_account_he_works_in(acme: Company, globex: Company) -> None:
    theirs = lead(globex.account)
    admin = console(platform_admin())
    everywhere = chosen(admin, "archive", theirs)
    admin.post(reverse("admin:switch_account"), {"account": Account.objects.get(name="Acme").pk})

    page = admin.get(change_url(theirs))
    refused = on_page(admin, "archive", theirs)
    admin.post(reverse("admin:switch_account"), {"account": globex.account.pk})
    done = on_page(admin, "archive", theirs)

    assert everywhere.status_code in (200, 302)
    assert "Work in Globex" in text_of(page)
    assert page.context["offers"] == []
    assert refused.status_code == 404
    assert said(done)[-1] == "1 lead archived."

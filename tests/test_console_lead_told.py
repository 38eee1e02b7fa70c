"""What a lead's page tells: the clock of the first contact, the latest decision, and the timeline in words."""

import pytest
import time_machine
from django.test import Client

from accounts.models import Account, AuditEntry, Event
from leads.models import Lead
from leads.timeline import tell, why
from teams.models import RotationMember, RoutingRule, Team
from tests.consoles import change_url, console, text_of
from tests.people import Company, lead


@pytest.fixture
def operator(acme: Company) -> Client:
    return console(acme.owner)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({}, None),
        (
            {"contact_due_at": "12:35", "remind_at": "12:20"},
            '<span class="lh-badge lh-info">due 12:35, in 35 min</span>',
        ),
        ({"contact_due_at": "14:05"}, '<span class="lh-badge lh-warning">due 14:05, in 2 h 5 min</span>'),
        ({"contact_due_at": "11:48"}, '<span class="lh-badge lh-danger">overdue since 11:48, for 12 min</span>'),
        ({"first_contacted_at": "11:42"}, "2 Mar 2026, 11:42, after 12 min"),
        # Given to another after that.
        ({"first_contacted_at": "09:30", "assigned_at": "11:00"}, "2 Mar 2026, 09:30, after 30 min"),
    ],
)
@time_machine.travel("2026-03-02T12:00:00Z", tick=False)
def test_the_clock_of_the_first_contact_is_told(
    columns: dict[str, str], said: str | None, acme: Company, operator: Client
) -> None:
    here = lead(acme.account)
    times = {"created_at": "09:00", "assigned_at": "11:30"} | columns
    Account.objects.update(time_zone="UTC")
    Lead.objects.filter(pk=here.pk).update(**{name: f"2026-03-02T{time}Z" for name, time in times.items()})

    assert dict(operator.get(change_url(here)).context["standing"]).get("First contact") == said


def test_a_lead_s_page_counts_how_often_it_was_passed_on(acme: Company, operator: Client) -> None:
    here = lead(acme.account)
    Lead.objects.filter(pk=here.pk).update(had_by=[acme.reps[0].pk, acme.reps[1].pk])

    assert dict(operator.get(change_url(here)).context["standing"])["Passed on"] == "2 times, for want of contact"


def test_the_latest_decision_says_which_rule_and_how_everybody_stood(acme: Company, operator: Client) -> None:
    gone = Team.objects.create(account=acme.account, name="Gone", is_active=False)
    conditions = [{"field": "country", "op": "equals", "value": "us"}]
    own = acme.account.rotations.get()
    RoutingRule.objects.create(account=acme.account, name="Old", conditions=conditions, team=gone, position=1)
    RoutingRule.objects.create(account=acme.account, name="States", conditions=conditions, rotation=own, position=2)
    RotationMember.objects.filter(user=acme.reps[0]).update(is_paused=True)
    lead(acme.account, "first@example.com", country="US")
    RotationMember.objects.filter(user=acme.reps[1]).update(daily_cap=1)

    here = lead(acme.account, "jane@example.com", country="US")
    response = operator.get(change_url(here))

    kept = response.context["why"]
    assert (kept.owner, kept.rule, kept.rotation) == ("rep3@acme.test", "States", "default")
    assert [(each.rule, each.reason) for each in kept.skipped] == [("Old", "its team is inactive")]
    assert [(each.email, each.is_chosen, each.left_out) for each in kept.candidates] == [
        ("rep1@acme.test", False, "paused"),
        ("rep2@acme.test", False, "cap 1/1 of the day reached"),
        ("rep3@acme.test", True, ""),
    ]
    for said in ("Why rep3@acme.test", "Rule matched", "left out: cap 1/1 of the day reached", "its team is inactive"):
        assert said in text_of(response)


@pytest.mark.parametrize(
    ("cause", "owners", "sentence"),
    [
        ("hand", ["a@x.test", "b@x.test"], "By hand: it went to b@x.test; before, a@x.test had it."),
        ("hand", ["a@x.test", None], "By hand: it went to nobody; before, a@x.test had it."),
        ("routed", [None, None], "Routed again, and still with nobody."),
        ("released", [None, "b@x.test"], "Held until somebody could take it: it went to b@x.test."),
        (
            "contact_overdue",
            ["a@x.test", "b@x.test"],
            "Not contacted in time: it went to b@x.test; before, a@x.test had it.",
        ),
        (
            "hand_over",
            ["a@x.test", "b@x.test"],
            "Handed over with all the open leads of this rep: it went to b@x.test; before, a@x.test had it.",
        ),
        ("", ["a@x.test", "b@x.test"], "Given to b@x.test; before, a@x.test had it."),
    ],
)
def test_the_timeline_says_what_moved_a_lead(cause: str, owners: list[str | None], sentence: str) -> None:
    entry = AuditEntry(
        event=Event.LEAD_ASSIGNED, changes={"owner_email": owners}, additional_data={"cause": cause, "note": "So it is"}
    )

    moment = tell(entry, {})

    assert (moment.sentence, moment.note) == (sentence, "So it is")


@pytest.mark.parametrize(
    ("reason", "owner", "words"),
    [
        ("hand", "a@x.test", "A person chose this rep."),
        ("hand", None, "A person took it from its owner."),
        ("rule", "a@x.test", "A rule names this rep, so no turn was spent."),
        ("fallback", "a@x.test", "Nobody in the rotation could take it, so it went to the rotation's fallback."),
        ("nobody_eligible", None, "Nobody in the rotation could take it, so it is held until somebody can."),
        ("no_rotation", None, "No rotation is active for it, so it waits without an owner."),
        ("something new", None, "something new"),
    ],
)
def test_every_reason_has_its_words(reason: str, owner: str | None, words: str) -> None:
    told = why({"reason": reason, "owner": owner, "candidates": [{"user": "b@x.test", "pass": 0, "reason": "day off"}]})

    assert told is not None
    assert (told.words, told.candidates[0].left_out) == (words, "has the day off")


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (Event.LEAD_CONTACTED, "Contacted."),
        (Event.LEAD_REMINDED, "The rep was reminded of the first contact."),
        (Event.LEAD_RESTORED, "Brought back after it was deleted."),
        (Event.LEAD_DELETED, "Lead deleted."),
    ],
)
def test_every_event_has_its_sentence(event: Event, sentence: str) -> None:
    assert tell(AuditEntry(event=event), {}).sentence == sentence

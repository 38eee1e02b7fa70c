"""The pages of routing: rules and their order, holidays, how a rotation stands, and the trying of leads."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, DayOff, Holiday, Membership
from accounts.roles import Role
from leadhub.lib.transactions import TryAgain
from leads.admin import tryout
from leads.models import Lead
from leads.simulating import simulate
from teams.admin.conditions import Row, condition_of, joined, parted, row_of
from teams.models import LeadSource, Rotation, RotationMember, RoutingRule, Team
from teams.ruling import save_rule
from teams.standing import standing_of
from tests.consoles import change_url, console, list_url, member, page_url, text_of
from tests.people import Company, lead, rotation

NY = {"field": "state", "op": "equals", "value": "NY"}
TRY = "admin:leads_try"
MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.fixture
def operator(acme: Company) -> Client:
    return console(acme.owner)


def rule(acme: Company, name: str, *conditions: dict[str, Any], **target: Any) -> RoutingRule:
    made = RoutingRule(account=acme.account, name=name, conditions=list(conditions), **target or {"user": acme.owner})
    return save_rule(made, by=acme.owner)


def row(number: int, field: str, op: str = "equals", value: str = "", source: object = ()) -> dict[str, Any]:
    prefix = f"conditions-{number}"
    return {f"{prefix}-field": field, f"{prefix}-op": op, f"{prefix}-value": value, f"{prefix}-source": source}


def names(acme: Company) -> list[str]:
    return list(RoutingRule.objects.for_account(acme.account).values_list("name", flat=True))


def test_a_rule_is_added_with_conditions_of_each_kind_as_the_last_in_order(acme: Company, operator: Client) -> None:
    vendor, partner = (LeadSource.objects.create(account=acme.account, name=name) for name in ("Vendor", "Partner"))
    west = Team.objects.create(account=acme.account, name="West")
    rule(acme, "First")
    rows = row(0, "state", "one_of", "NY, NJ") | row(1, "company_size", "at_least", "50") | row(2, "")
    rows |= row(7, "source", source=[vendor.pk, partner.pk]) | row(9, "tag", "contains", " vip ")

    answer = operator.post(
        page_url(RoutingRule, "add"), {"name": "Big", "is_active": "on", "target": f"team:{west.pk}"} | rows
    )

    assert answer.status_code == 302
    made = RoutingRule.objects.get(name="Big")
    assert made.conditions == [
        {"field": "state", "op": "one_of", "value": ["NY", "NJ"]},
        {"field": "company_size", "op": "at_least", "value": 50},
        {"field": "source", "op": "one_of", "value": [vendor.pk, partner.pk]},
        {"field": "tag", "op": "contains", "value": "vip"},
    ]
    assert (made.team, made.rotation, made.user, made.position) == (west, None, None, 1)
    assert (made.created_by, made.updated_by) == (acme.owner, acme.owner)


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        (
            row(0, "state", "at_least", "5"),
            "The first condition: the op for state is one of equals, one_of, contains.",
        ),
        (row(0, "state"), "The first condition, on state, needs a text of 1 to 200 characters."),
        (
            row(0, "company_size", "equals", "many"),
            "The first condition, on company_size, needs a whole number, 0 or more.",
        ),
        (row(0, "source"), "The first condition, on source, needs a list of 1 to 200 values."),
        (
            row(0, "state", "one_of", "x" * 200_000),
            "The first condition, on state, needs a text of 1 to 200 characters.",
        ),
        (row(0, "shoe"), "The first condition is on an unknown field"),
    ],
)
def test_conditions_that_do_not_fit_are_an_error_of_the_form_which_keeps_them(
    rows: dict[str, Any], error: str, acme: Company, operator: Client
) -> None:
    form = {"name": "x", "is_active": "on", "target": f"user:{acme.owner.pk}"}

    answer = operator.post(page_url(RoutingRule, "add"), form | rows)

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors["conditions"][0].startswith(error)
    assert f'value="{rows["conditions-0-value"]}"' in text_of(answer)
    assert names(acme) == []


def test_a_rule_has_at_most_twenty_conditions(acme: Company, operator: Client) -> None:
    rows: dict[str, Any] = {}
    for number in range(21):
        rows |= row(number, "state", value="NY")

    answer = operator.post(page_url(RoutingRule, "add"), {"name": "x", "target": f"user:{acme.owner.pk}"} | rows)

    assert answer.context["adminform"].form.errors["conditions"] == ["A rule has at most 20 conditions."]


@pytest.mark.parametrize(
    "condition",
    [
        NY,
        {"field": "state", "op": "one_of", "value": ["NY", "New York, NY", 'the "Empire"']},
        {"field": "company_size", "op": "one_of", "value": [10, 20]},
        {"field": "source", "op": "one_of", "value": [3, 4]},
        {"field": "source", "op": "equals", "value": 3},
    ],
)
def test_a_condition_comes_back_from_its_row_as_it_was(condition: dict[str, Any]) -> None:
    assert condition_of(row_of(condition)) == condition


def test_values_are_parted_by_commas_outside_of_quotes() -> None:
    assert parted('NY,  "Washington, DC", ,NJ') == ["NY", "Washington, DC", "NJ"]
    assert joined(["NY", "NJ"]) == "NY, NJ"
    assert condition_of(Row("company_size", "one_of", "10, 20")) == {
        "field": "company_size",
        "op": "one_of",
        "value": [10, 20],
    }


def test_a_rule_can_be_led_elsewhere_and_keeps_its_place(acme: Company, operator: Client) -> None:
    first, default = rule(acme, "First", NY), Rotation.objects.get(account=acme.account)
    rule(acme, "Second")

    operator.post(
        change_url(first), {"name": "First", "target": f"rotation:{default.pk}"} | row(0, "state", value="CA")
    )

    first.refresh_from_db()
    assert (first.rotation, first.user, first.position, first.is_active) == (default, None, 0, False)
    assert first.conditions == [{"field": "state", "op": "equals", "value": "CA"}]


def test_targets_of_another_account_are_not_to_be_chosen(acme: Company, globex: Company, operator: Client) -> None:
    theirs = Rotation.objects.get(account=globex.account)
    source = LeadSource.objects.create(account=globex.account, name="Theirs")
    add, whole = page_url(RoutingRule, "add"), {"name": "x", "target": f"user:{acme.owner.pk}"}

    targets = [f"rotation:{theirs.pk}", f"user:{globex.owner.pk}", "team:1", "user:x", ""]
    answers = [operator.post(add, {"name": "x", "target": target}) for target in targets]
    by_source = operator.post(add, whole | row(0, "source", source=[source.pk]), follow=True)

    assert [list(answer.context["adminform"].form.errors) for answer in answers] == [["target"]] * 5
    assert "lead source not found in this account" in text_of(by_source)
    assert names(acme) == []


def test_the_list_tells_each_rule_in_words_and_which_are_passed_over(acme: Company, operator: Client) -> None:
    west = Team.objects.create(account=acme.account, name="West", is_active=False)
    rule(acme, "West coast", NY, team=west)
    rule(acme, "All", rotation=Rotation.objects.get(account=acme.account))
    rule(acme, "Later", {"field": "tag", "op": "one_of", "value": ["vip", "gold"]})

    rows = operator.get(list_url(RoutingRule)).context["cl"].result_list

    assert [(each.words, each.remark) for each in rows] == [
        ("state is NY", "skipped: its team is inactive"),
        ("every lead", ""),
        ("tag is one of vip, gold", "never reached: a rule above takes every lead"),
    ]


@pytest.mark.parametrize(
    ("moved", "to", "order"),
    [
        ("C", "0", ["C", "A", "B"]),
        ("B", "0", ["B", "A", "C"]),
        ("A", "1", ["B", "A", "C"]),
        ("A", "99", ["B", "C", "A"]),
        ("A", "x", ["A", "B", "C"]),
        ("A", "9" * 50, ["A", "B", "C"]),
    ],
)
def test_a_rule_is_moved(moved: str, to: str, order: list[str], acme: Company, operator: Client) -> None:
    rules = {name: rule(acme, name) for name in "ABC"}

    answer = operator.post(reverse("admin:teams_routingrule_move", args=[rules[moved].pk]), {"to": to})

    assert answer.status_code == 302
    assert names(acme) == order


def test_only_managers_move_and_delete_rules(acme: Company) -> None:
    made = rule(acme, "A")
    rule(acme, "B")
    move, delete = reverse("admin:teams_routingrule_move", args=[made.pk]), page_url(RoutingRule, "delete", made.pk)

    viewer = console(member(acme, Role.VIEWER))
    refused = [viewer.post(url, {"post": "yes", "to": "1"}) for url in (move, delete)]
    manager = console(member(acme, Role.MANAGER))
    asked, deleted = manager.get(delete), manager.post(delete, {"post": "yes"})

    assert [answer.status_code for answer in refused] == [403, 403]
    assert "Delete “A”?" in text_of(asked)
    assert deleted.status_code == 302
    assert names(acme) == ["B"]
    entry = AuditEntry.objects.for_account(acme.account).filter(content_type__model="routingrule").latest("pk")
    assert (entry.actor_email, entry.door) == ("manager@acme.test", "console")


def test_who_may_only_look_reads_a_rule_in_words(acme: Company) -> None:
    made = rule(acme, "A", NY)

    page = text_of(console(acme.reps[0]).get(change_url(made)))

    assert "state is NY" in page
    assert "lh-conditions" not in page


def test_a_holiday_is_added_once_and_can_be_taken_back(acme: Company, operator: Client) -> None:
    given = {"date": "2026-12-25", "name": "Christmas"}

    added = operator.post(page_url(Holiday, "add"), given)
    again = operator.post(page_url(Holiday, "add"), given | {"name": "Again"})
    holiday = Holiday.objects.get(account=acme.account)
    deleted = operator.post(page_url(Holiday, "delete", holiday.pk), {"post": "yes"})

    assert (added.status_code, again.status_code, deleted.status_code) == (302, 200, 302)
    assert again.context["adminform"].form.errors == {"date": ["This day is a holiday already: Christmas."]}
    assert (holiday.date, holiday.name) == (date(2026, 12, 25), "Christmas")
    assert not Holiday.objects.exists()


@time_machine.travel(MONDAY, tick=False)
def test_a_rotation_tells_how_each_member_stands_and_who_is_next(acme: Company, operator: Client) -> None:
    made = Rotation.objects.get(account=acme.account)
    lead(acme.account, "one@example.com")
    places = RotationMember.objects.filter(rotation=made)
    places.filter(user=acme.reps[0]).update(daily_cap=1)
    off = Membership.objects.get(user=acme.reps[2])
    off.working_hours = {"tue": [["09:00", "17:00"]]}
    off.save()

    standing = standing_of(made)

    assert standing is not None
    assert standing.upcoming == ["rep2@acme.test"] * 5
    assert [(round(p.turns, 2), p.today, p.left_out, p.is_next) for p in standing.places] == [
        (1.0, 1, "cap 1/1", False),
        (0.0, 0, "", True),
        (0.0, 0, "off hours", False),
    ]
    assert standing.places[2].returns_at == datetime(2026, 3, 3, 9, tzinfo=UTC)
    page = text_of(operator.get(change_url(made)))
    assert "until Tue 3 Mar, 09:00" in page
    assert "1 / 1" in page


def test_looking_at_a_rotation_takes_no_turn(acme: Company, operator: Client) -> None:
    made = Rotation.objects.get(account=acme.account)
    before = made.state

    operator.get(change_url(made))

    made.refresh_from_db()
    assert made.state == before
    assert lead(acme.account, "one@example.com").owner_id == acme.reps[0].pk


def test_a_rotation_nobody_of_which_can_take_leads_counts_those_it_holds(acme: Company, operator: Client) -> None:
    made = Rotation.objects.get(account=acme.account)
    RotationMember.objects.filter(rotation=made).update(is_paused=True)
    lead(acme.account, "one@example.com")

    page = text_of(operator.get(change_url(made)))

    assert "nobody can take a lead now" in page
    assert "1 lead held" in page
    assert "show=held" in page
    assert "1 lead held" not in text_of(console(acme.reps[0]).get(change_url(made)))


def test_a_rotation_in_line_says_that_it_waits(acme: Company, operator: Client) -> None:
    queued = Rotation.objects.create(account=acme.account, name="next", status="queued")

    assert "It waits in line, and gives no leads yet" in text_of(operator.get(change_url(queued)))


def tried(client: Client, **given: Any) -> Any:
    return client.post(reverse(TRY), given)


def test_trying_a_lead_tells_whom_it_would_go_to_and_why_and_writes_nothing(acme: Company, operator: Client) -> None:
    west = Team.objects.create(account=acme.account, name="West", is_active=False)
    rule(acme, "Gone", NY, team=west)
    rule(acme, "New York", NY, {"field": "company_size", "op": "at_least", "value": 10}, user=acme.reps[2])
    kept = list(Rotation.objects.values("state")), AuditEntry.objects.count()

    answer = tried(operator, state="ny", number_of_employees="12", tags="a, b")

    assert (answer.context["owner"].email, answer.context["owner"].reason) == ("rep3@acme.test", "rule")
    assert [each.name for each in answer.context["owner"].match.skipped] == ["Gone"]
    page = text_of(answer)
    assert all(words in page for words in ("rep3@acme.test", "New York", "its team is inactive"))
    assert (list(Rotation.objects.values("state")), AuditEntry.objects.count()) == kept
    assert not Lead.objects.exists()


def test_what_is_tried_is_what_happens_next(acme: Company, operator: Client) -> None:
    lead(acme.account, "one@example.com")

    answer = tried(operator, email="two@example.com")

    assert answer.context["owner"].email == "rep2@acme.test"
    assert [candidate.email for candidate in answer.context["owner"].candidates][:1] == ["rep1@acme.test"]
    assert lead(acme.account, "two@example.com").owner_id == acme.reps[1].pk


def test_a_lead_is_tried_again_when_routing_changed_meanwhile(
    acme: Company, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([TryAgain(), simulate])

    def changing(*args: Any, **kwargs: Any) -> Any:
        answer = next(answers)
        if isinstance(answer, TryAgain):
            raise answer
        return answer(*args, **kwargs)

    monkeypatch.setattr(tryout, "simulate", changing)

    assert tried(operator, state="ny").context["owner"].email == "rep1@acme.test"


def test_a_known_person_is_tried_as_one(acme: Company, operator: Client) -> None:
    lead(acme.account, "one@example.com")

    assert tried(operator, email="ONE@example.com").context["owner"].reason == "known_person"


def test_a_lead_is_tried_as_of_another_time_by_the_account_s_clock(acme: Company, operator: Client) -> None:
    acme.account.time_zone = "America/New_York"
    acme.account.save()
    DayOff.objects.create(
        account=acme.account, user=acme.reps[0], first_date=date(2030, 1, 1), last_date=date(2030, 1, 1)
    )

    on, after = (tried(operator, at=at).context["owner"].email for at in ("2030-01-01T23:59", "2030-01-02T00:00"))

    assert (on, after) == ("rep2@acme.test", "rep1@acme.test")


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "9999-12-31T23:59", "yesterday"])
def test_a_time_out_of_reach_is_an_error_of_the_form(at: str, operator: Client) -> None:
    answer = tried(operator, at=at)

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["at"]


def test_a_lead_that_would_be_refused_says_why(acme: Company, operator: Client) -> None:
    source = LeadSource.objects.create(account=acme.account, name="Vendor")
    west, east = (Team.objects.create(account=acme.account, name=name) for name in ("West", "East"))
    source.for_teams.create(account=acme.account, team=west)
    rotation(acme.account, acme.reps[:1], team=east)

    answer = tried(operator, team=east.pk, lead_source=source.pk)

    assert answer.context["refused"] == "lead source is not available to this team"


def test_the_page_for_trying_takes_a_team_from_its_address_and_no_foreign_one(
    acme: Company, globex: Company, operator: Client
) -> None:
    theirs = Team.objects.create(account=globex.account, name="Globex team")

    opened = operator.get(reverse(TRY), {"team": theirs.pk})
    answer = tried(operator, team=theirs.pk)

    assert "Globex" not in text_of(opened)
    assert list(answer.context["form"].errors) == ["team"]


@pytest.mark.parametrize("role", list(Role))
def test_those_try_leads_who_see_all_leads(role: Role, acme: Company) -> None:
    client = console(member(acme, role))

    assert client.get(reverse(TRY)).status_code == (403 if role == Role.AGENT else 200)

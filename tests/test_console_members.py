"""A member's page: when he works, his days off, and what becomes of his leads when he leaves."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, DayOff, Job, Membership
from accounts.roles import Role
from leads.handover import KIND
from teams.admin.weeks import lines_of, week_from
from tests.consoles import change_url, console, inline_data, member, text_of
from tests.people import Company, lead

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@pytest.fixture
def operator(acme: Company) -> Client:
    return console(acme.owner)


@pytest.fixture
def rep(acme: Company) -> Membership:
    return Membership.objects.get(user=acme.reps[0])


def posted(days_off: list[dict[str, Any]] | None = None, *, initial: int = 0, **changed: Any) -> dict[str, Any]:
    """An active agent's form who works at all times, but for `changed`."""
    form = {"role": "agent", "is_active": "on", "working_hours_always": "on"}
    given = form | inline_data("days_off", days_off or [], initial=initial) | changed
    return {name: value for name, value in given.items() if value is not None}


def test_working_hours_are_written_a_line_for_each_day(operator: Client, rep: Membership) -> None:
    hours = {"working_hours_mon": "9-12, 13:00 \u2013 17:30", "working_hours_fri": "08.15 to 24"}

    answer = operator.post(change_url(rep), posted(working_hours_always=None, time_zone="Europe/Berlin", **hours))

    rep.refresh_from_db()
    assert answer.status_code == 302
    assert rep.working_hours == {"mon": [["09:00", "12:00"], ["13:00", "17:30"]], "fri": [["08:15", "24:00"]]}
    assert rep.time_zone == "Europe/Berlin"
    assert 'value="09:00-12:00, 13:00-17:30"' in text_of(operator.get(change_url(rep)))


def test_at_all_times_is_stored_as_nothing_whatever_stands_in_the_days(operator: Client, rep: Membership) -> None:
    rep.working_hours = {"mon": [["09:00", "12:00"]]}
    rep.save()

    operator.post(change_url(rep), posted(working_hours_mon="nonsense"))

    rep.refresh_from_db()
    assert rep.working_hours is None


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("17-9", "Monday: 17:00 to 09:00 does not end after it starts."),
        ("9-12, 11-13", "Monday: the hours must be in order and must not overlap."),
        ("nine to five", "Monday: 'nine' is no time; write hours and minutes, from 00:00 to 24:00."),
        ("9", "Monday: hours are a start and an end"),
        ("9-10-11", "Monday: hours are a start and an end"),
    ],
)
def test_hours_that_cannot_be_are_an_error_of_the_form_which_keeps_them(
    line: str, error: str, operator: Client, rep: Membership
) -> None:
    answer = operator.post(change_url(rep), posted(working_hours_always=None, working_hours_mon=line))

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors["working_hours"][0].startswith(error)
    assert f'value="{line}"' in text_of(answer)


def test_hours_are_read_back_as_they_are_told() -> None:
    week = {"mon": [["09:00", "12:00"], ["13:00", "17:00"]], "sun": [["00:00", "24:00"]]}

    assert {day: spans for day, spans in week_from(lines_of(week)).items() if spans} == week
    assert week_from(dict.fromkeys(DAYS, "")) == {day: [] for day in DAYS}


def test_an_unknown_time_zone_is_an_error_of_the_form(operator: Client, rep: Membership) -> None:
    answer = operator.post(change_url(rep), posted(time_zone="Mars/Olympus"))

    assert list(answer.context["adminform"].form.errors) == ["time_zone"]


def test_days_off_are_added_changed_and_taken_out(acme: Company, operator: Client, rep: Membership) -> None:
    added = [{"first_date": "2026-07-01", "last_date": "2026-07-14", "note": "Holidays"}]
    operator.post(change_url(rep), posted(added))
    [off] = DayOff.objects.for_account(acme.account)
    assert (off.user, off.first_date, off.last_date) == (acme.reps[0], date(2026, 7, 1), date(2026, 7, 14))

    changed = [{"id": off.pk, "first_date": "2026-07-02", "last_date": "2026-07-14", "note": "Holidays"}]
    operator.post(change_url(rep), posted(changed, initial=1))
    off.refresh_from_db()
    assert off.first_date == date(2026, 7, 2)

    operator.post(change_url(rep), posted([changed[0] | {"DELETE": "on"}], initial=1))
    assert not DayOff.objects.exists()
    assert AuditEntry.objects.for_account(acme.account).filter(content_type__model="dayoff").count() == 3


def test_days_off_must_be_in_order(operator: Client, rep: Membership) -> None:
    answer = operator.post(change_url(rep), posted([{"first_date": "2026-07-02", "last_date": "2026-07-01"}]))

    assert answer.status_code == 200
    assert "The last day comes before the first." in text_of(answer)
    assert not DayOff.objects.exists()


def test_days_off_of_somebody_else_cannot_be_slipped_in(acme: Company, operator: Client, rep: Membership) -> None:
    theirs = DayOff.objects.create(
        account=acme.account, user=acme.reps[1], first_date=date(2026, 7, 1), last_date=date(2026, 7, 1)
    )
    row = {"id": theirs.pk, "first_date": "2026-08-01", "last_date": "2026-08-01", "DELETE": "on"}

    operator.post(change_url(rep), posted([row], initial=1))

    theirs.refresh_from_db()
    assert (theirs.user, theirs.first_date) == (acme.reps[1], date(2026, 7, 1))


def test_before_somebody_leaves_it_is_asked_what_becomes_of_his_leads(
    acme: Company, operator: Client, rep: Membership
) -> None:
    lead(acme.account, "one@example.com")

    page = operator.post(change_url(rep), posted(is_active=None))

    rep.refresh_from_db()
    assert rep.is_active
    assert "1 open lead" in text_of(page)
    assert ("role", "agent") in page.context["posted"]
    assert not Job.objects.exists()


@pytest.mark.parametrize("handed", [True, False])
def test_somebody_leaves_and_his_leads_are_handed_over_or_stay(
    handed: bool, acme: Company, operator: Client, rep: Membership
) -> None:
    lead(acme.account, "one@example.com")
    answered = {"_asked": "1"} | ({"_hand_over": "on"} if handed else {})

    answer = operator.post(change_url(rep), posted(is_active=None, **answered), follow=True)

    rep.refresh_from_db()
    assert not rep.is_active
    jobs = [(job.kind, job.title, job.arguments, job.created_by) for job in Job.objects.for_account(acme.account)]
    expected = (KIND, "Hand over the open leads of rep1@acme.test", {"user_id": acme.reps[0].pk}, acme.owner)
    assert jobs == ([expected] if handed else [])
    if handed:
        assert reverse("admin:accounts_job_change", args=[Job.objects.get().pk]) in text_of(answer)


def test_an_owner_who_cannot_leave_leaves_no_job_behind(acme: Company, operator: Client) -> None:
    owner = Membership.objects.get(user=acme.owner)

    answer = operator.post(change_url(owner), posted(role="owner", is_active=None, _asked="1", _hand_over="on"))

    assert answer.status_code == 302
    assert not Job.objects.exists()


def test_leads_that_were_left_behind_can_be_handed_over_later(acme: Company, operator: Client, rep: Membership) -> None:
    lead(acme.account, "one@example.com")
    url = reverse("admin:accounts_membership_hand_over", args=[rep.pk])
    too_early = operator.post(url)
    Membership.objects.filter(pk=rep.pk).update(is_active=False)

    told, asked = text_of(operator.get(change_url(rep))), text_of(operator.get(url))
    begun = operator.post(url)

    assert too_early.status_code == 403
    assert "1 open lead left behind" in told
    assert "rep1@acme.test has 1 open lead." in asked
    assert begun.headers["Location"] == reverse("admin:accounts_job_change", args=[Job.objects.get().pk])


def test_a_manager_hands_nobody_s_leads_over_here(acme: Company, rep: Membership) -> None:
    Membership.objects.filter(pk=rep.pk).update(is_active=False)
    client = console(member(acme, Role.MANAGER))

    assert client.post(reverse("admin:accounts_membership_hand_over", args=[rep.pk])).status_code == 403
    assert not Job.objects.exists()


@pytest.mark.parametrize(("given", "stored"), [("de", "DE"), ("XK", "XK"), ("XX", None), ("ZZ", None), ("1A", None)])
def test_the_country_of_phone_numbers_is_one_that_has_any(
    given: str, stored: str | None, acme: Company, operator: Client
) -> None:
    form = {"name": "Acme", "duplicate_policy": "link", "time_zone": "UTC", "default_country": given}

    answer = operator.post(change_url(acme.account), form)

    acme.account.refresh_from_db()
    assert acme.account.default_country == (stored or "US")
    assert answer.status_code == (302 if stored else 200)

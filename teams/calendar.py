"""Days on which a member, or nobody at all, takes leads from rotations; each change holds the rotations it concerns."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, DayOff, Holiday, Membership
from leadhub.lib.errors import Conflict, Invalid, NotFound
from teams.bounds import refuse_more
from teams.eligibility import hold_rotations, hold_rotations_of

YEARS = range(2000, 2101)
# Of those to come, which are read with every lead.
MOST_DAYS_OFF, MOST_HOLIDAYS = 200, 500


class NoSuchDay(NotFound):
    code = "unknown_day"

    def __init__(self) -> None:
        super().__init__("there is no such day")


class HolidayAlready(Conflict):
    code = "holiday_already"

    def __init__(self, holiday: Holiday) -> None:
        super().__init__(f"This day is a holiday already: {holiday.name}.", field="date")


@transaction.atomic(savepoint=False)
def save_day_off(day: DayOff) -> DayOff:
    """Let a member take no leads on these days, both included. Raises Invalid, TooMany."""
    refuse_year(day.first_date, "first_date")
    refuse_year(day.last_date, "last_date")
    if day.last_date < day.first_date:
        raise Invalid("The last day comes before the first.", field="last_date")
    hold_rotations_of(day.user, accounts=[day.account_id])
    if day._state.adding:
        own = DayOff.objects.for_account(day.account_id).filter(user=day.user_id)
        refuse_more(own.filter(last_date__gte=yesterday()), MOST_DAYS_OFF, "days off to come")
    day.save()
    return day


@transaction.atomic(savepoint=False)
def remove_day_off(membership: Membership, day_id: int) -> None:
    """Raises NoSuchDay."""
    hold_rotations_of(membership.user, accounts=[membership.account_id])
    days = DayOff.objects.for_account(membership.account_id).filter(user=membership.user_id)
    day = days.filter(pk=day_id).first()
    if day is None:
        raise NoSuchDay
    day.delete()


@transaction.atomic(savepoint=False)
def save_holiday(holiday: Holiday) -> Holiday:
    """Let nobody of the account take leads on this day. Raises Invalid, HolidayAlready, TooMany."""
    refuse_year(holiday.date, "date")
    hold_rotations(holiday.account)
    holidays = Holiday.objects.for_account(holiday.account_id)
    if same := holidays.filter(date=holiday.date).exclude(pk=holiday.pk).first():
        raise HolidayAlready(same)
    if holiday._state.adding:
        refuse_more(holidays.filter(date__gte=yesterday()), MOST_HOLIDAYS, "holidays to come")
    holiday.save()
    return holiday


@transaction.atomic(savepoint=False)
def remove_holiday(account: Account, holiday_id: int) -> None:
    """Raises NoSuchDay."""
    hold_rotations(account)
    holiday = Holiday.objects.for_account(account).filter(pk=holiday_id).first()
    if holiday is None:
        raise NoSuchDay
    holiday.delete()


def yesterday() -> date:
    """In UTC; somewhere it is today still."""
    return timezone.now().date() - timedelta(days=1)


def refuse_year(day: date, field: str) -> None:
    if day.year not in YEARS:
        raise Invalid(f"A day is between the years {YEARS[0]} and {YEARS[-1]}.", field=field)

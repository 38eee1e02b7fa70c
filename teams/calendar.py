"""Days on which a member, or nobody at all, takes leads from rotations; each change holds the rotations it concerns."""

from datetime import date

from django.db import transaction

from accounts.models import Account, DayOff, Holiday, Membership
from leadhub.lib.errors import Conflict, Invalid, NotFound
from teams.eligibility import hold_rotations, hold_rotations_of

YEARS = range(2000, 2101)


class NoSuchDay(NotFound):
    code = "unknown_day"

    def __init__(self) -> None:
        super().__init__("there is no such day")


class HolidayAlready(Conflict):
    code = "holiday_already"

    def __init__(self, holiday: Holiday) -> None:
        super().__init__(f"This day is a holiday already: {holiday.name}.", field="date")


@transaction.atomic(savepoint=False)
def add_day_off(membership: Membership, *, first_date: date, last_date: date, note: str = "") -> DayOff:
    """Let a member take no leads on these days, both included. Raises Invalid."""
    for name, day in (("first_date", first_date), ("last_date", last_date)):
        refuse_year(day, name)
    if last_date < first_date:
        raise Invalid("The last day comes before the first.", field="last_date")
    hold_rotations_of(membership.user, accounts=[membership.account_id])
    days = {"first_date": first_date, "last_date": last_date, "note": note}
    return DayOff.objects.create(account_id=membership.account_id, user_id=membership.user_id, **days)


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
def add_holiday(account: Account, *, date: date, name: str) -> Holiday:
    """Let nobody of the account take leads on this day. Raises Invalid, HolidayAlready."""
    refuse_year(date, "date")
    hold_rotations(account)
    same = Holiday.objects.for_account(account).filter(date=date).first()
    if same:
        raise HolidayAlready(same)
    return Holiday.objects.create(account=account, date=date, name=name)


@transaction.atomic(savepoint=False)
def remove_holiday(account: Account, holiday_id: int) -> None:
    """Raises NoSuchDay."""
    hold_rotations(account)
    holiday = Holiday.objects.for_account(account).filter(pk=holiday_id).first()
    if holiday is None:
        raise NoSuchDay
    holiday.delete()


def refuse_year(day: date, field: str) -> None:
    if day.year not in YEARS:
        raise Invalid(f"A day is between the years {YEARS[0]} and {YEARS[-1]}.", field=field)

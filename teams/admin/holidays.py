"""The account's holidays: days on which its rotations give nobody a lead."""

from datetime import date
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from unfold.decorators import display

from accounts.models import Holiday
from accounts.roles import Right
from leadhub.lib.admin import TenantAdmin, TenantForm, badge
from teams.admin.deletable import Deletable
from teams.calendar import remove_holiday, save_holiday


class HolidayForm(TenantForm):
    def clean_date(self) -> date:
        day = cast("date", self.cleaned_data["date"])
        same = Holiday.objects.for_account(self.account).filter(date=day).exclude(pk=self.instance.pk).first()
        if same:
            raise forms.ValidationError(f"This day is a holiday already: {same.name}.")
        return day


@admin.register(Holiday)
class HolidayAdmin(Deletable, TenantAdmin):
    view_right, change_right = Right.VIEW_TEAMS, Right.MANAGE_TEAMS
    form = HolidayForm
    list_display = ["name", "day", "weekday", "state"]
    list_display_links = ["name"]
    search_fields = ["name"]
    ordering = ["-date"]
    fields = ["date", "name"]
    deletes = "On that day the reps get leads as on any other."
    empty_hint = (
        "No holidays. On a holiday no rep gets a lead by turn: leads go to the rotation's fallback, or are held "
        "until the day is over where the rep is."
    )

    def save_model(self, request: Any, obj: Holiday, form: Any, change: bool) -> None:
        save_holiday(obj)

    def delete_model(self, request: Any, obj: Holiday) -> None:
        remove_holiday(request.account, obj.pk)

    @display(description="date", ordering="date")
    def day(self, holiday: Holiday) -> str:
        return date_format(holiday.date, "j M Y")

    @display(description="weekday")
    def weekday(self, holiday: Holiday) -> str:
        return date_format(holiday.date, "l")

    @display(description="state")
    def state(self, holiday: Holiday) -> SafeString | str:
        today = timezone.localdate()
        if holiday.date == today:
            return badge("today", "warning")
        return badge("over") if holiday.date < today else badge("to come", "info")

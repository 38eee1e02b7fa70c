"""Filters of the console's lists: by a row of the account, and by days as the account counts them."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter

from leadhub.lib.admin import page_of


class ChosenFilter(AutocompleteSelectFilter):
    """A filter by a foreign key; the chosen one is named only where it is one of the account's rows."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The console has no other sources than those of leads.
        self.title = str(self.field.verbose_name).removeprefix("lead ")

    def choices(self, changelist: Any) -> Any:
        known = page_of(self.model_admin.admin_site, self.field).known(self.request)
        for choice in super().choices(changelist):
            choice["form"].fields[self.lookup_kwarg].queryset = known
            yield choice


class DaysFilter(RangeDateFilter):
    """From one day to another, both included, as days are counted in the account's time zone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "day"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = (self.day(f"{self.parameter_name}_{end}") for end in ("from", "to"))
        if first:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": midnight(first)})
        if last and last < date.max:
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": midnight(last + timedelta(days=1))})
        return queryset

    def day(self, name: str) -> date | None:
        try:
            return date.fromisoformat(str(self.used_parameters.get(name)))
        except ValueError:
            return None


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))

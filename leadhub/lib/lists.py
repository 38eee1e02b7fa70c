"""A list of the console: its search, its order and its pages."""

from typing import Any, cast

from django import forms
from django.contrib.admin.views.main import SEARCH_VAR, ChangeListSearchForm
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList

SEARCHED = 200
# From so many rows on, a page is far.
FAR = 1000
# Counting stops here: nobody turns pages beyond it, and a count of all rows grows with them.
COUNTED = 10_000


class SearchForm(ChangeListSearchForm):
    """A list's search, bounded: every word of it is looked for in every column."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[SEARCH_VAR] = forms.CharField(required=False, strip=False, max_length=SEARCHED)


class FarPaginator(Paginator):
    """A list's pages, of which a far one is found by its ids: nothing else is read of the rows that it comes after."""

    @cached_property
    def found(self) -> int:
        return cast("QuerySet[Any]", self.object_list).order_by().values("pk")[: COUNTED + 1].count()

    @property
    def count(self) -> int:
        return min(self.found, COUNTED)

    @property
    def has_more(self) -> bool:
        """Whether there are rows that were not counted, and have no page: they are filtered for."""
        return self.found > COUNTED

    def page(self, number: Any) -> Page[Any]:
        number = self.validate_number(number)
        before = (number - 1) * self.per_page
        rows = cast("QuerySet[Any]", self.object_list)
        if before < FAR:
            return super().page(number)
        ids = list(rows.values_list("pk", flat=True)[before : before + self.per_page])
        return Page(rows.filter(pk__in=ids), number, self)


class Listed(ChangeList):
    search_form_class = SearchForm

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        ordering: list[Any] = super().get_ordering(request, queryset)
        return self.model_admin.in_its_account(request, ordering)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.hint = self.model_admin.hint(request)
        # Django counts all rows a second time to say so; unfiltered, it is the count just made.
        if not self.has_active_filters and not self.query:
            self.full_result_count = self.result_count

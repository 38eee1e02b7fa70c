"""Public forms."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from intake.api.filters import Filters, FlagFilter, TextFilter
from intake.api.resources import Resource, documented
from intake.api.serializers.forms import ApiForm, FormChanges, NewForm
from intake.api.wire import forms as wire
from intake.models import Form
from intake.publicform.building import NoSuchForm, change_form, create_form
from intake.publicform.counts import FormCounts, counts_of
from intake.publicform.pages import link_to, snippet_of

EXAMPLE = {
    "name": "Website",
    "fields": [{"name": "email", "required": True}, {"name": "message", "label": "What can we do for you?"}],
    "allowed_origins": ["https://www.example.com"],
    "team": 7,
}
COLUMNS = {"team": "team_id", "source": "lead_source_id"}
# Empty by null, and stored as no text.
TEXTS = ("title", "intro", "thanks", "redirect_url")


class FormFilters(Filters):
    active = FlagFilter(field_name="is_active")
    name = TextFilter(lookup_expr="iexact")


@documented("forms", "form", answer=ApiForm, new=EXAMPLE, changes={"title": "Talk to us"})
class FormViewSet(Resource[Form]):
    """Forms by which anybody can send leads; one that is not active is as if it were not there."""

    missing, filters = NoSuchForm, FormFilters
    new, changes = NewForm(), FormChanges()
    counts: Mapping[int, FormCounts]

    def rows(self) -> QuerySet[Form]:
        return Form.objects.for_account(self.account).select_related("account")

    def beside(self, rows: Sequence[Form]) -> None:
        self.counts = counts_of(self.account, rows)

    def shown(self, row: Form) -> dict[str, Any]:
        return wire.form(row, self.counts[row.pk], url=link_to(row), snippet=snippet_of(row))

    def made(self, given: Mapping[str, Any]) -> Form:
        return create_form(self.account, columns(given), by=self.user)

    def changed(self, row: Form, given: Mapping[str, Any]) -> None:
        change_form(row, columns(given), by=self.user)


def columns(given: Mapping[str, Any]) -> dict[str, Any]:
    texts = {name: given[name] or "" for name in TEXTS if name in given}
    return {COLUMNS.get(name) or name: value for name, value in {**given, **texts}.items()}

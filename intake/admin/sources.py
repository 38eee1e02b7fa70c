"""The sources' pages with what came of what each sent, which only leads and the quarantine know."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from accounts.roles import Right
from intake.admin.counted import Counted
from intake.sourcecounts import SourceCounts, Tally, counts_of
from leadhub.lib.admin import link, moment
from leads.sourcing import change_rules
from teams.admin.sources import LeadSourceAdmin
from teams.models import LeadSource


@admin.register(LeadSource)
class SourcePage(LeadSourceAdmin):
    list_display = ["name", "is_active", "today", "month", "refused", "last_used", "created"]
    change_form_outer_before_template = "console/source_counts.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Counted]:
        return Counted

    def counts_of(self, account: Any, sources: Sequence[LeadSource]) -> Mapping[int, SourceCounts]:
        return counts_of(account, [source.pk for source in sources])

    def save_model(self, request: Any, obj: LeadSource, form: Any, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
        elif changed := {name: form.cleaned_data[name] for name in form.changed_data}:
            change_rules(obj, team_ids=None, by=request.user, **changed)

    def render_change_form(self, request: Any, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        source = context.get("original")
        if source is not None:
            counts = self.counts_of(request.account, [source])[source.pk]
            context["counts"] = counts
            context["tallies"] = [("Today (UTC)", counts.today), ("30 days", counts.month)]
            if request.desk.allows(Right.VIEW_ALL_LEADS):
                context["quarantine"] = quarantine_of(source)
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description="today (UTC)")
    def today(self, source: Any) -> str:
        return told(source.counts.today)

    @display(description="30 days")
    def month(self, source: Any) -> str:
        return told(source.counts.month)

    @display(description="refused")
    def refused(self, source: Any) -> SafeString | str:
        found = source.counts.month.refused
        number = f"{found:,}" if found else ""
        return link(quarantine_of(source), number) if found and source.desk.allows(Right.VIEW_ALL_LEADS) else number

    @display(description="last used")
    def last_used(self, source: Any) -> str | SafeString:
        return moment(source.counts.last_used_at) or format_html('<span class="lh-quiet">{}</span>', "never")


def told(tally: Tally) -> str:
    again = f", {tally.duplicate:,} known" if tally.duplicate else ""
    return f"{tally.accepted:,}{again}" if tally.accepted or again else ""


def quarantine_of(source: LeadSource) -> str:
    return f"{reverse('admin:intake_quarantinedlead_changelist')}?lead_source__id__exact={source.pk}&resolved=all"

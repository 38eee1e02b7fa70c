from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from accounts.roles import Right
from intake.models import QuarantinedLead
from leadhub.lib.admin import TenantAdmin, moment
from leadhub.lib.filters import ChosenFilter, DaysFilter

# A payload is shown to be read; whoever needs more of it than this, reads it elsewhere.
SHOWN = 100_000


@admin.register(QuarantinedLead)
class QuarantineAdmin(TenantAdmin):
    """What a source sent and we refused, with the reason."""

    view_right = Right.VIEW_ALL_LEADS
    list_display = ["when", "lead_source", "code", "why", "door"]
    list_display_links = ["when"]
    list_filter = [("lead_source", ChosenFilter), ("created_at", DaysFilter)]
    list_select_related = ["lead_source"]
    sortable_by = ["when"]
    ordering = ["-pk"]
    empty_hint = "Nothing was refused. When a source sends what cannot be taken, it is kept here as it came."
    fieldsets = [
        (None, {"fields": ["when", "lead_source", "door", "code", "reason", "lead"]}),
        ("As it came", {"fields": ["content_type", "body", "remote_addr", "request_id"]}),
    ]

    @display(description="when", ordering="pk")
    def when(self, refused: QuarantinedLead) -> str:
        return moment(refused.created_at)

    @display(description="reason")
    def why(self, refused: QuarantinedLead) -> str:
        return refused.reason if len(refused.reason) <= 120 else refused.reason[:120] + "…"

    @display(description="payload")
    def body(self, refused: QuarantinedLead) -> SafeString:
        text = bytes(refused.payload).decode("utf-8", "backslashreplace")
        more = f"\n… and {len(text) - SHOWN:,} characters more" if len(text) > SHOWN else ""
        return format_html('<pre class="lh-payload">{}{}</pre>', text[:SHOWN], more)

from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from accounts.models import AuditEntry
from accounts.roles import Right
from leadhub.lib.admin import TenantAdmin, link, moment
from leadhub.lib.filters import DaysFilter

# How auditlog and our own verbs write that there was nothing.
NONE = (None, "None", "")


class OfThePlatformFilter(SimpleListFilter):
    """Entries of no account: about people and the platform's keys. Offered to platform administrators alone."""

    title = "where"
    parameter_name = "of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("platform", "Of the platform, in no account")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return AuditEntry.objects.filter(account=None) if self.value() == "platform" else queryset


@admin.register(AuditEntry)
class AuditAdmin(TenantAdmin):
    view_right = Right.VIEW_AUDIT
    list_display = ["when", "who", "event", "about", "through", "remote_addr"]
    list_display_links = ["when"]
    list_filter = [("event", ChoicesDropdownFilter), ("timestamp", DaysFilter)]
    list_select_related = ["content_type", "api_key"]
    sortable_by = ["when"]
    ordering = ["-pk"]
    empty_hint = "Nothing has happened yet. Every change, by whatever door or person, is written here."

    def get_list_filter(self, request: Any) -> list[Any]:
        return [OfThePlatformFilter, *self.list_filter] if request.desk.is_platform_admin else self.list_filter

    def get_object(self, request: Any, object_id: str, from_field: str | None = None) -> AuditEntry | None:
        found: AuditEntry | None = super().get_object(request, object_id, from_field)
        if found is None and request.desk.is_platform_admin and object_id.isdecimal() and len(object_id) < 19:
            return AuditEntry.objects.filter(account=None, pk=int(object_id)).first()
        return found

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup in ("content_type__id__exact", "object_id__exact") or super().lookup_allowed(
            lookup, value, request
        )

    def get_fieldsets(self, request: Any, obj: AuditEntry | None = None) -> Any:
        """What the entry has to say, by groups; what it leaves open has no line."""
        what = {
            None: ["when", "who", "event", "about", "through", "api_key"],
            "What happened": ["changes", "additional_data"],
            "Request": ["cid", "remote_addr", "request_method", "request_path", "request_headers"],
        }
        told = {title: [name for name in names if getattr(obj, name, True)] for title, names in what.items()}
        shown = {"changes": "differences", "api_key": "key"}
        return [
            (title, {"fields": [shown.get(name, name) for name in names]}) for title, names in told.items() if names
        ]

    def render_change_form(self, request: Any, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        return super().render_change_form(request, context | {"show_history": False}, *args, **kwargs)

    @display(description="when", ordering="pk")
    def when(self, entry: AuditEntry) -> str:
        return moment(entry.timestamp)

    @display(description="who")
    def who(self, entry: AuditEntry) -> str:
        return entry.actor_email or (str(entry.api_key) if entry.api_key else "LeadHub")

    @display(description="key")
    def key(self, entry: AuditEntry) -> str:
        return str(entry.api_key) if entry.api_key else ""

    @display(description="changes")
    def differences(self, entry: AuditEntry) -> SafeString:
        pairs = (entry.changes or {}).items()
        rows = ((name.replace("_", " "), *pair) for name, pair in pairs if isinstance(pair, list) and len(pair) == 2)
        told = (
            (name, "—" if before in NONE else before, "—" if after in NONE else after) for name, before, after in rows
        )
        return format_html_join("", "<div><b>{}</b>: {} → {}</div>", told)

    @display(description="door")
    def through(self, entry: AuditEntry) -> str:
        return entry.door or "by itself"

    @display(description="about")
    def about(self, entry: AuditEntry) -> SafeString | str:
        kind = entry.content_type
        text = f"{kind.name} {entry.object_repr or entry.object_pk}"
        page = self.admin_site._registry.get(kind.model_class())
        if page is None:
            return text
        return link(reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[entry.object_pk]), text)

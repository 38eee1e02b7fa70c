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
from leadhub.lib.lists import Listed
from leadhub.lib.rowids import row_id

# How auditlog and our own verbs write that there was nothing.
NONE = (None, "None", "")
# So much of a difference is told in the list; the entry's own page tells it all.
FIELDS, LETTERS = 2, 40
NOTHING = "—"


class OfThePlatformFilter(SimpleListFilter):
    """Entries of no account: about people and the platform's keys. Offered to platform administrators alone."""

    title = "where"
    parameter_name = "of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("platform", "Of the platform, in no account")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return AuditEntry.objects.filter(account=None) if self.value() == "platform" else queryset


class Named(Listed):
    """The page of the list; what an entry itself does not name, such as a lead, is named by its row of today."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        entries: list[AuditEntry] = list(self.result_list)  # type: ignore[has-type]
        unnamed = [entry for entry in entries if not entry.object_repr and entry.content_type.model_class()]
        for kind in {entry.content_type for entry in unnamed}:
            of_kind = [entry for entry in unnamed if entry.content_type == kind]
            rows = kind.model_class()._default_manager.in_bulk([entry.object_id for entry in of_kind])
            for entry in of_kind:
                entry.object_repr = str(rows.get(entry.object_id, ""))
        self.result_list = entries


@admin.register(AuditEntry)
class AuditAdmin(TenantAdmin):
    titled = "Audit"
    is_long = True
    view_right = Right.VIEW_AUDIT
    list_display = ["when", "who", "event", "about", "what", "through"]
    list_display_links = ["when"]
    list_filter = [("event", ChoicesDropdownFilter), ("timestamp", DaysFilter)]
    list_select_related = ["content_type", "api_key"]
    sortable_by = ["when"]
    ordering = ["-pk"]
    empty_hint = "Nothing has happened yet. Every change, by whatever door or person, is written here."

    def get_list_filter(self, request: Any) -> list[Any]:
        return [OfThePlatformFilter, *self.list_filter] if request.desk.is_platform_admin else self.list_filter

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Named]:
        return Named

    def get_object(self, request: Any, object_id: str, from_field: str | None = None) -> AuditEntry | None:
        found: AuditEntry | None = super().get_object(request, object_id, from_field)
        if found is None and request.desk.is_platform_admin:
            return AuditEntry.objects.filter(account=None, pk=row_id(object_id) or 0).first()
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
        return format_html_join("", "<div><b>{}</b>: {} → {}</div>", changed(entry))

    @display(description="what changed")
    def what(self, entry: AuditEntry) -> str:
        """The first differences, in short; nothing of what was made, whose every field is one."""
        told = changed(entry)
        if entry.action == AuditEntry.Action.CREATE:
            return ""
        first = [f"{name}: {short(before)} → {short(after)}" for name, before, after in told[:FIELDS]]
        more = [f"{len(told) - FIELDS} more"] if len(told) > FIELDS else []
        return "; ".join(first + more)

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


def changed(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """Each field that changed, with what it was and what it is."""
    pairs = (entry.changes or {}).items()
    rows = ((name, *pair) for name, pair in pairs if isinstance(pair, list) and len(pair) == 2)
    return [(name.replace("_", " "), in_words(before), in_words(after)) for name, before, after in rows]


def in_words(value: Any) -> str:
    return NOTHING if value is None or value in NONE else str(value)


def short(text: str) -> str:
    return text if len(text) <= LETTERS else text[:LETTERS] + "…"

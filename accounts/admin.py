"""The console's pages of accounts, keys and the audit. Members and users are teams.admin's: they hold rotations."""

import zoneinfo
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, AuditEntry
from accounts.roles import Right
from leadhub.lib.admin import DaysFilter, TenantAdmin, badge, link, moment, page_with, shown_once

# How auditlog and our own verbs write that there was nothing.
NONE = (None, "None", "")


class AccountForm(forms.ModelForm):
    class Meta:
        model = Account
        fields = ["name", "duplicate_policy", "default_country", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zoneinfo.available_timezones() | {self.instance.time_zone})
        if "time_zone" in self.fields:
            self.fields["time_zone"].widget = UnfoldAdminSelectWidget(choices=[(zone, zone) for zone in zones])

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"])
        if zone not in zoneinfo.available_timezones():
            raise forms.ValidationError("There is no such time zone.")
        return zone


class AnyAccountForm(AccountForm):
    """As the platform's administrators see it."""

    is_suspended = forms.BooleanField(
        label="Suspended",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="Its keys and its people are refused until this is taken back.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["is_suspended"].initial = self.instance.suspended_at is not None


@admin.register(Account)
class AccountAdmin(TenantAdmin):
    view_right = change_right = Right.MANAGE_ACCOUNT
    list_display = ["name", "state", "duplicate_policy", "time_zone", "created", "work_here"]
    search_fields = ["name"]
    ordering = ["name", "pk"]

    def rows(self, request: Any) -> QuerySet[Account]:
        """All of them for a platform administrator, else the one worked in."""
        if request.desk.is_platform_admin:
            return Account.objects.all()
        return Account.objects.filter(pk=request.account.pk if request.account else None)

    def get_fieldsets(self, request: Any, obj: Account | None = None) -> Any:
        fields = ["name", "duplicate_policy", "default_country", "time_zone"]
        return [(None, {"fields": [*fields, "is_suspended"] if request.desk.is_platform_admin else fields})]

    def get_form(self, request: Any, obj: Account | None = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = AnyAccountForm if request.desk.is_platform_admin else AccountForm
        return super().get_form(request, obj, change=change, **kwargs)

    def has_add_permission(self, request: Any) -> bool:
        return bool(request.desk.is_platform_admin)

    def get_list_display(self, request: Any) -> list[str]:
        shown = list(super().get_list_display(request))
        return shown if request.desk.is_platform_admin else shown[:-1]

    def save_model(self, request: Any, obj: Account, form: Any, change: bool) -> None:
        suspended = form.cleaned_data.get("is_suspended", obj.suspended_at is not None)
        if suspended != (obj.suspended_at is not None):
            obj.suspended_at = timezone.now() if suspended else None
            form.changed_data.append("suspended_at")
        super().save_model(request, obj, form, change)

    def changelist_view(self, request: Any, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, for those who have more than one account to see."""
        if request.desk.is_platform_admin or not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        return HttpResponseRedirect(reverse("admin:accounts_account_change", args=[request.account.pk]))

    @display(description="state")
    def state(self, account: Account) -> SafeString:
        return badge("suspended", "danger") if account.suspended_at else badge("active", "success")

    @display(description="created", ordering="created_at")
    def created(self, account: Account) -> str:
        return moment(account.created_at)

    @display(description="")
    def work_here(self, account: Account) -> SafeString:
        # The list is inside a form already, whose token goes along.
        button = '<button class="lh-button" type="submit" formaction="{}" name="account" value="{}">Work here</button>'
        return format_html(button, reverse("admin:switch_account"), account.pk)


class KeyForm(forms.ModelForm):
    class Meta:
        model = ApiKey
        fields = ["kind", "name", "expires_at"]

    desk: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:
            choices = [
                (KeyKind.ACCOUNT.value, "Account: acts for this account"),
                (KeyKind.USER.value, "User: acts as you"),
            ]
            if self.desk.is_platform_admin:
                choices.append((KeyKind.PLATFORM.value, "Platform: acts as a platform administrator"))
            self.fields["kind"].widget = UnfoldAdminSelectWidget(choices=choices)
            self.fields["kind"].choices = choices  # type: ignore[attr-defined]

    def clean_expires_at(self) -> Any:
        expires_at = self.cleaned_data["expires_at"]
        if expires_at and expires_at <= timezone.now():
            raise forms.ValidationError("Choose a time that is still to come.")
        return expires_at

    def clean(self) -> dict[str, Any] | None:
        if self.cleaned_data.get("kind") == KeyKind.ACCOUNT and self.instance._state.adding:
            self.instance.account = self.desk.account
        return super().clean()


class KeyStateFilter(SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("usable", "Usable"), ("ended", "Revoked or expired")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
        usable = ApiKey.objects.usable().values("pk")
        if self.value() == "usable":
            return queryset.filter(pk__in=usable)
        return queryset.exclude(pk__in=usable) if self.value() == "ended" else queryset


@admin.register(ApiKey)
class KeyAdmin(TenantAdmin):
    view_right = change_right = Right.MANAGE_ACCOUNT
    form = KeyForm
    list_display = ["public", "kind", "name", "state", "made_by", "created", "last_used", "expires"]
    list_display_links = ["public"]
    list_filter = [KeyStateFilter, ("kind", ChoicesDropdownFilter)]
    list_select_related = ["user"]
    actions_detail = ["revoke"]
    answers_once = True
    ordering = ["-pk"]
    empty_hint = "No key yet. Issue one, and give it to the program that sends leads. Each source has keys of its own."

    def rows(self, request: Any) -> QuerySet[ApiKey]:
        """The account's keys and one's own; for a platform administrator also the platform's."""
        wanted = Q(user=request.user, kind=KeyKind.USER)
        if request.account:
            wanted |= Q(account=request.account)
        if request.desk.is_platform_admin:
            wanted |= Q(kind=KeyKind.PLATFORM)
        return ApiKey.objects.filter(wanted)

    def get_fieldsets(self, request: Any, obj: ApiKey | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["kind", "name", "expires_at"]})]
        return [(None, {"fields": ["public", "kind", "name", "state", "made_by", "created", "last_used", "expires"]})]

    def get_readonly_fields(self, request: Any, obj: ApiKey | None = None) -> list[str]:
        return ["public", "kind", "state", "made_by", "created", "last_used", "expires"] if obj else []

    def save_model(self, request: Any, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        key, request.issued = ApiKey.objects.issue(
            KeyKind(obj.kind), user=request.user, account=obj.account, name=obj.name, expires_at=obj.expires_at
        )
        obj.pk, obj.public_id = key.pk, key.public_id

    def response_add(self, request: Any, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        notes = ["Only a hash of it is kept. Whoever loses it needs a new one."]
        return shown_once(request, self, title=f"Key {obj}", secret=request.issued, notes=notes)

    @action(description="Revoke this key", url_path="revoke", permissions=["change"], icon="block")
    def revoke(self, request: Any, object_id: str) -> HttpResponse:
        key = self.get_object(request, object_id)
        if key is None:
            raise Http404
        page = reverse("admin:accounts_apikey_change", args=[key.pk])
        if request.method != "POST":
            question = "The next request with it is refused. This cannot be taken back."
            return page_with(
                request,
                self,
                "console/confirm.html",
                title=f"Revoke {key}?",
                question=question,
                verb="Revoke",
                back=page,
            )
        key.revoke()
        messages.success(request, f"The key {key} is revoked.")
        return HttpResponseRedirect(page)

    @display(description="key", ordering="public_id")
    def public(self, key: ApiKey) -> SafeString:
        return format_html("<code>{}</code>", str(key))

    @display(description="state")
    def state(self, key: ApiKey) -> SafeString:
        if key.revoked_at:
            return badge("revoked", "danger")
        return badge("usable", "success") if key.is_usable else badge("expired", "warning")

    @display(description="made by")
    def made_by(self, key: ApiKey) -> str:
        return key.user.email

    @display(description="created", ordering="pk")
    def created(self, key: ApiKey) -> str:
        return moment(key.created_at)

    @display(description="last used")
    def last_used(self, key: ApiKey) -> str:
        return moment(key.last_used_at) or "never"

    @display(description="expires")
    def expires(self, key: ApiKey) -> str:
        return moment(key.expires_at) or "never"


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
        if found is None and request.desk.is_platform_admin and object_id.isdecimal():
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
        page = self.admin_site._registry.get(kind.model_class())  # type: ignore[arg-type]
        if page is None:
            return text
        return link(reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[entry.object_pk]), text)

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.issuing import BadExpiry, refuse_expiry
from accounts.keyformat import KeyKind
from accounts.models import ApiKey, Membership
from accounts.roles import Right
from leadhub.lib.admin import SeenForm, TenantAdmin, badge, moment, page_with, shown_once


class KeyForm(SeenForm):
    class Meta:
        model = ApiKey
        fields = ["kind", "name", "expires_at"]

    desk: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "expires_at" in self.fields:
            zone = timezone.get_current_timezone_name()
            self.fields["expires_at"].help_text = f"In the account's time zone, {zone}. Empty: it does not expire."
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
        try:
            refuse_expiry(expires_at)
        except BadExpiry as error:
            raise forms.ValidationError(f"{capfirst(error.message)}.") from error
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
    called = ("key", "keys")
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
        """The account's keys and one's own; for a platform administrator also the platform's and those of members."""
        wanted = Q(user=request.user, kind=KeyKind.USER)
        if request.account:
            wanted |= Q(account=request.account)
        if request.desk.is_platform_admin:
            members = Membership.objects.for_account(request.account).values("user") if request.account else []
            wanted |= Q(kind=KeyKind.PLATFORM) | Q(kind=KeyKind.USER, user__in=members)
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

    def has_revoke_permission(self, request: Any, object_id: Any = None) -> bool:
        key = self.get_object(request, str(object_id)) if object_id else None
        return self.has_change_permission(request) and (key is None or key.is_usable or request.method == "POST")

    @action(description="Revoke this key", url_path="revoke", permissions=["revoke"], icon="block")
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
                harsh=True,
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

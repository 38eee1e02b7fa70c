from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from accounts.countries import checked_country
from accounts.models import ApiKey
from accounts.roles import Right
from leadhub.lib.admin import TenantAdmin, TenantForm, TenantInline, badge, link, moment, page_with, shown_once
from leadhub.lib.errors import DomainError
from leadhub.lib.rowids import row_id
from leadhub.lib.transactions import run
from teams.keyrotation import rotate_key
from teams.models import LeadSource, LeadSourceTeam, SourceKey

MOST, LONGEST = 50, 64


class SourceTeamInline(TenantInline):
    model = LeadSourceTeam
    view_right, change_right = Right.VIEW_TEAMS, Right.MANAGE_TEAMS
    fields = ["team"]
    autocomplete_fields = ["team"]
    verbose_name, verbose_name_plural = "team", "for these teams only (without any: for all)"


class SourceKeyInline(TenantInline):
    model = SourceKey
    view_right = Right.MANAGE_ACCOUNT
    fields = readonly_fields = ["public", "state", "created", "last_used", "ends"]
    verbose_name_plural = "keys"

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).select_related("key")

    @display(description="key")
    def public(self, source_key: SourceKey) -> SafeString:
        return link(reverse("admin:accounts_apikey_change", args=[source_key.key_id]), source_key.key)

    @display(description="state")
    def state(self, source_key: SourceKey) -> SafeString:
        return badge("usable", "success") if source_key.key.is_usable else badge("ended", "danger")

    @display(description="created")
    def created(self, source_key: SourceKey) -> str:
        return moment(source_key.key.created_at)

    @display(description="last used")
    def last_used(self, source_key: SourceKey) -> str:
        return moment(source_key.key.last_used_at) or "never"

    @display(description="ends")
    def ends(self, source_key: SourceKey) -> str:
        return moment(source_key.key.revoked_at or source_key.key.expires_at) or "never"


class NewKeyForm(forms.Form):
    name = forms.CharField(max_length=100, required=False, widget=UnfoldAdminTextInputWidget)


class RotationForm(forms.Form):
    hours = forms.IntegerField(
        label="Hours",
        min_value=0,
        max_value=24 * 90,
        initial=24,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="So long the present keys are still taken, for the sender to change over. 0: they end now.",
    )


class WordsField(forms.CharField):
    """Words between commas; an empty list allows everything, or adds nothing."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        found = list(dict.fromkeys(each.strip() for each in str(value or "").split(",") if each.strip()))
        if len(found) > MOST:
            raise forms.ValidationError(f"At most {MOST}.")
        if too_long := next((each for each in found if len(each) > LONGEST), None):
            raise forms.ValidationError(f"“{too_long[:20]}…” is longer than {LONGEST} characters.")
        if any(not each.isprintable() for each in found):
            raise forms.ValidationError("Only what can be printed.")
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != self.to_list(data)

    def to_list(self, data: Any) -> Any:
        try:
            return self.clean(data)
        except forms.ValidationError:
            return data


class SourceForm(TenantForm):
    """A source with what it may send, and what is added to that."""

    allowed_states = WordsField(
        label="States",
        required=False,
        help_text="Between commas, such as CA, NV; California is the same as CA. Leads of any other state, and those "
        "that name none, are refused. Empty: all are taken.",
    )
    allowed_products = WordsField(
        label="Products",
        required=False,
        help_text="Between commas, such as solar, roofing. Leads for any other product, and those that name none, are "
        "refused. Empty: all are taken.",
    )
    default_tags = WordsField(
        label="Tags", required=False, help_text="Between commas. Every lead that the source sends gets them."
    )
    # Without a length, at which a browser cuts Germany to Georgia.
    default_country = forms.CharField(
        label="Country",
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Two letters, such as US: phone numbers without a country code are read as of there. "
        "Empty: the account's.",
    )

    class Meta:
        model = LeadSource
        fields = [
            "name",
            "is_active",
            "allowed_states",
            "allowed_products",
            "requires_certificate",
            "daily_limit",
            "takes_get",
            "default_tags",
            "default_country",
            "cost_per_lead",
        ]

    def clean_default_country(self) -> str:
        country = str(self.cleaned_data["default_country"]).strip()
        try:
            return checked_country(country) if country else ""
        except DomainError as error:
            raise forms.ValidationError(error.message) from error


RULES = ["allowed_states", "allowed_products", "requires_certificate", "daily_limit"]
ADDED = ["default_tags", "default_country", "cost_per_lead"]


class LeadSourceAdmin(TenantAdmin):
    called = ("source", "sources")
    form = SourceForm
    view_right, change_right = Right.VIEW_TEAMS, Right.MANAGE_TEAMS
    list_display = ["name", "is_active", "source_id", "created"]
    list_filter = [("is_active", BooleanRadioFilter)]
    search_fields = ["name"]
    ordering = ["name", "pk"]
    inlines = [SourceTeamInline, SourceKeyInline]
    actions_detail = ["issue_key", "rotate"]
    readonly_fields = ["source_id"]
    empty_hint = "No source yet. Add one for each vendor, campaign or partner, and issue it a key of its own."

    def get_fieldsets(self, request: Any, obj: LeadSource | None = None) -> Any:
        first = ["name", "is_active", "source_id"] if obj else ["name", "is_active"]
        about = "These hold for what the source sends itself, by its own key."
        return [
            (None, {"fields": [*first, "takes_get"]}),
            ("What it may send", {"fields": RULES, "description": about}),
            ("What is added", {"fields": ADDED}),
        ]

    def has_issue_permission(self, request: Any, object_id: Any = None) -> bool:
        return bool(request.desk.allows(Right.MANAGE_ACCOUNT))

    @action(description="Issue a key", url_path="issue-key", permissions=["issue"], icon="key")
    def issue_key(self, request: Any, object_id: str) -> HttpResponse:
        source = self.found(request, object_id)
        form = NewKeyForm(request.POST if request.method == "POST" else None)
        if not form.is_valid():
            return self.asked(request, source, title=f"A key for {source}", form=form, verb="Issue")
        _, secret = source.issue_key(user=request.user, name=form.cleaned_data["name"])
        return self.told(request, source, secret)

    def has_rotate_permission(self, request: Any, object_id: Any = None) -> bool:
        """Whoever may issue a key, where there is one to follow."""
        if object_id is None or not request.account:
            return self.has_issue_permission(request)
        keys = SourceKey.objects.for_account(request.account).filter(source=row_id(object_id) or 0)
        return self.has_issue_permission(request) and keys.filter(key__in=ApiKey.objects.usable()).exists()

    @action(description="Rotate the key", url_path="rotate-key", permissions=["rotate"], icon="autorenew")
    def rotate(self, request: Any, object_id: str) -> HttpResponse:
        source = self.found(request, object_id)
        form = RotationForm(request.POST if request.method == "POST" else None)
        if not form.is_valid():
            about = "The new key is good at once; those that the source has end when the hours are over."
            return self.asked(
                request, source, title=f"Rotate the key of {source}", form=form, verb="Rotate", about=about
            )
        hours = form.cleaned_data["hours"]
        _, secret = run(lambda: rotate_key(source, user=request.user, hours=hours))
        return self.told(request, source, secret)

    def found(self, request: Any, object_id: str) -> LeadSource:
        source: LeadSource | None = self.get_object(request, object_id)
        if source is None:
            raise Http404
        return source

    def asked(self, request: Any, source: LeadSource, *, about: str = "", **context: Any) -> HttpResponse:
        back = reverse("admin:teams_leadsource_change", args=[source.pk])
        return page_with(request, self, "console/confirm.html", question=about, back=back, **context)

    def told(self, request: Any, source: LeadSource, secret: str) -> HttpResponse:
        notes = [f"The source's id, which some senders ask for: {source.uuid}", "Only a hash of the key is kept."]
        return shown_once(request, self, title=f"A key for {source}", secret=secret, notes=notes)

    @display(description="id at its door")
    def source_id(self, source: LeadSource) -> SafeString:
        return format_html("<code>{}</code>", str(source.uuid))

    @display(description="created", ordering="created_at")
    def created(self, source: LeadSource) -> str:
        return moment(source.created_at)

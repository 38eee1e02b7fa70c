import zoneinfo
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from accounts.models import Account
from accounts.roles import Right
from leadhub.lib.admin import TenantAdmin, badge, moment


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
        return Account.objects.filter(pk__in=[request.account.pk] if request.account else [])

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

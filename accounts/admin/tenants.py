from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelect2Widget

from accounts.countries import checked_country
from accounts.models import Account
from accounts.roles import Right
from accounts.suspension import suspend
from accounts.zones import checked_zone, zone_names
from leadhub.lib.admin import SeenForm, TenantAdmin, badge, moment, page_with
from leadhub.lib.errors import DomainError
from leadhub.lib.rowids import row_id
from leadhub.lib.transactions import run

type Step = Callable[..., Account]
DONE = {"Suspend": "suspended", "Resume": "in use again"}
SUSPEND = (
    "Every door refuses its keys from now on, its members are logged out, and its jobs wait. What its sources send "
    "meanwhile is kept in the quarantine. Nothing is deleted."
)
RESUME = (
    "Its keys work again, its members can log in, and its jobs go on. The time to first contact goes on from where it "
    "stood. What was refused meanwhile can be run again."
)


class AccountForm(SeenForm):
    class Meta:
        model = Account
        fields = ["name", "duplicate_policy", "default_country", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "time_zone" in self.fields:
            offered = [(zone, zone) for zone in sorted(zone_names() | {self.instance.time_zone})]
            self.fields["time_zone"].widget = UnfoldAdminSelect2Widget(choices=offered)
            self.fields[
                "time_zone"
            ].help_text = "Of all dates and times shown here, and of members without one of their own."
        if "duplicate_policy" in self.fields:
            about = "What becomes of a lead of a person who is known already, by e-mail or else by phone."
            self.fields["duplicate_policy"].help_text = about
        if "default_country" in self.fields:
            # Small letters are taken too; what is stored are capitals. At a length a browser cuts Germany to Georgia.
            widget = self.fields["default_country"].widget
            widget.attrs.pop("maxlength", None)
            self.fields["default_country"] = forms.CharField(
                label=self.fields["default_country"].label,
                help_text=self.fields["default_country"].help_text,
                widget=widget,
                initial=self.instance.default_country,
            )

    def clean_time_zone(self) -> str:
        try:
            return checked_zone(self.cleaned_data["time_zone"])
        except DomainError as error:
            raise forms.ValidationError(error.message) from error

    def clean_default_country(self) -> str:
        try:
            return checked_country(str(self.cleaned_data["default_country"]))
        except DomainError as error:
            raise forms.ValidationError(error.message) from error


class AccountAdmin(TenantAdmin):
    # What else goes on when an account is let in again is for higher rooms to say.
    resumes: Step
    view_right = change_right = Right.MANAGE_ACCOUNT
    list_display = ["name", "state", "duplicate_policy", "time_zone", "created", "work_here"]
    search_fields = ["name"]
    ordering = ["name", "pk"]
    actions_detail = ["suspend", "resume"]

    def rows(self, request: Any) -> QuerySet[Account]:
        """All of them for a platform administrator, else the one worked in."""
        if request.desk.is_platform_admin:
            return Account.objects.all()
        return Account.objects.filter(pk__in=[request.account.pk] if request.account else [])

    def get_fieldsets(self, request: Any, obj: Account | None = None) -> Any:
        state = ["state"] if obj and request.desk.is_platform_admin else []
        return [(None, {"fields": ["name", *state, "duplicate_policy", "default_country", "time_zone"]})]

    def get_readonly_fields(self, request: Any, obj: Account | None = None) -> list[str]:
        return ["state"] if obj and request.desk.is_platform_admin else []

    def get_form(self, request: Any, obj: Account | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change=change, form=AccountForm, **kwargs)

    def has_add_permission(self, request: Any) -> bool:
        return bool(request.desk.is_platform_admin)

    def get_list_display(self, request: Any) -> list[str]:
        shown = list(super().get_list_display(request))
        return shown if request.desk.is_platform_admin else shown[:-1]

    # --- suspension ---

    def has_suspend_permission(self, request: Any, object_id: Any = None) -> bool:
        return bool(request.desk.is_platform_admin) and not self.is_suspended(object_id)

    def has_resume_permission(self, request: Any, object_id: Any = None) -> bool:
        return bool(request.desk.is_platform_admin) and self.is_suspended(object_id) is not False

    def is_suspended(self, object_id: Any) -> bool | None:
        """None where no account is spoken of."""
        found = Account.objects.filter(pk=row_id(object_id) or 0).first()
        return found.suspended_at is not None if found else None

    @action(description="Suspend", url_path="suspend", permissions=["suspend"], icon="block")
    def suspend(self, request: Any, object_id: str) -> HttpResponse:
        return self.confirmed(request, object_id, suspend, verb="Suspend", question=SUSPEND)

    @action(description="Resume", url_path="resume", permissions=["resume"], icon="play_arrow")
    def resume(self, request: Any, object_id: str) -> HttpResponse:
        return self.confirmed(request, object_id, self.resumes, verb="Resume", question=RESUME)

    def confirmed(self, request: Any, object_id: str, step: Step, *, verb: str, question: str) -> HttpResponse:
        account = self.get_object(request, object_id)
        if account is None:
            raise Http404
        page = reverse("admin:accounts_account_change", args=[account.pk])
        if request.method != "POST":
            told = {"title": f"{verb} {account}", "question": question, "verb": verb, "harsh": step is suspend}
            return page_with(request, self, "console/confirm.html", **told, back=page)
        try:
            run(lambda: step(account, actor=request.actor))
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, f"{account} is {DONE[verb]}.")
        return HttpResponseRedirect(page)

    def changelist_view(self, request: Any, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, for those who have more than one account to see."""
        if request.desk.is_platform_admin or not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        return HttpResponseRedirect(reverse("admin:accounts_account_change", args=[request.account.pk]))

    def place(self, request: Any) -> str:
        return super().place(request) if request.desk.is_platform_admin else "Settings"

    def render_change_form(self, request: Any, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        # Whose account is the only one has no list of them to go back to.
        back = {"show_back_button": request.desk.is_platform_admin}
        return super().render_change_form(request, context | back, *args, **kwargs)

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

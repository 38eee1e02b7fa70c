"""The builder of public forms: what one asks for and says, where it may be, how it looks, and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_exempt
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.roles import Right
from intake.admin.asking import AskingField
from intake.admin.counted import Counted
from intake.models import Form
from intake.publicform.building import checked_hosts, checked_origins
from intake.publicform.counts import FormCounts, counts_of
from intake.publicform.origins import checked_url
from intake.publicform.pages import link_to, preview, snippet_of
from leadhub.lib.admin import TenantAdmin, TenantForm, link
from leadhub.lib.errors import Invalid

MOST = 50


class LinesField(forms.CharField):
    """A list, one a line."""

    def __init__(self, *, check: Callable[[list[str]], list[str]], **options: Any) -> None:
        super().__init__(widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}), required=False, **options)
        self.check = check

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        lines = [line.strip() for line in str(value or "").replace(",", "\n").splitlines() if line.strip()]
        if len(lines) > MOST:
            raise forms.ValidationError(f"At most {MOST}.")
        return explained(self.check, lines)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return (initial or []) != self.clean(data)
        except forms.ValidationError:
            return True


def explained(check: Callable[[Any], Any], value: Any) -> Any:
    try:
        return check(value)
    except Invalid as error:
        raise forms.ValidationError(error.message) from error


class BuilderForm(TenantForm):
    fields_asked = AskingField(label="Fields", required=False)
    allowed_origins = LinesField(
        check=checked_origins,
        label="Your sites",
        help_text="One a line, such as https://www.example.com: where the snippet, or a form of your own, may be. "
        "Browsers on other pages are refused. The form's own page needs none.",
    )
    allowed_redirect_hosts = LinesField(
        check=checked_hosts,
        label="Hosts to lead to",
        help_text="One a line, such as www.example.com: where a form of your own may send its visitor afterwards.",
    )
    redirect_url = forms.CharField(
        label="Thanks page",
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="A page of yours, such as https://www.example.com/thanks. Empty: the words above are shown.",
    )

    class Meta:
        model = Form
        fields = [
            "name",
            "is_active",
            "kind",
            "title",
            "intro",
            "button",
            "thanks",
            "redirect_url",
            "allowed_origins",
            "allowed_redirect_hosts",
            "per_minute",
            "team",
            "lead_source",
        ]
        widgets = {name: UnfoldAdminTextareaWidget(attrs={"rows": 3}) for name in ("intro", "thanks")}
        labels = {"per_minute": "Submissions a minute", "lead_source": "Source"}
        help_texts = {
            "kind": "Hosted: what does not begin at its page or snippet is taken for a program's, and kept in "
            "quarantine. Open: also a form on your own site, or a program of yours, may send.",
            "per_minute": "By everybody together; empty for the usual limit. One address has a limit of its own.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "fields_asked" in self.fields:
            self.initial["fields_asked"] = self.instance.fields

    def clean_redirect_url(self) -> str:
        return str(explained(checked_url, self.cleaned_data["redirect_url"]))

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if "fields_asked" in cleaned:
            self.instance.fields = cleaned["fields_asked"]
        return cleaned


@admin.register(Form)
class FormAdmin(TenantAdmin):
    form = BuilderForm
    view_right, change_right = Right.VIEW_TEAMS, Right.MANAGE_TEAMS
    list_display = ["name", "is_active", "kind", "today", "month", "kept", "page"]
    list_filter = [("is_active", BooleanRadioFilter)]
    search_fields = ["name"]
    ordering = ["name", "pk"]
    autocomplete_fields = ["team", "lead_source"]
    change_form_outer_before_template = "console/form_head.html"
    empty_hint = (
        "No form yet. A form takes leads from anybody: on a page of its own, or pasted into your site as a snippet."
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.preview)
        return [path("<path:object_id>/preview/", view, name="intake_form_preview"), *super().get_urls()]

    @method_decorator(csrf_exempt)
    def preview(self, request: Any, object_id: str) -> HttpResponse:
        """What a visitor sees, of a closed form too; it is sent as his is, without a token, and not kept."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = self.get_object(request, object_id)
        if form is None:
            raise Http404
        return preview(form, sent=request.method == "POST")

    def get_fieldsets(self, request: Any, obj: Form | None = None) -> Any:
        asked = "fields_asked" if self.has_change_permission(request, obj) else "asked"
        says = ["title", "intro", asked, "button", "thanks", "redirect_url"]
        return [
            (None, {"fields": ["name", "is_active", "kind"]}),
            ("What it asks for, and says", {"fields": says}),
            ("Where it may be", {"fields": ["allowed_origins", "allowed_redirect_hosts", "per_minute"]}),
            ("Where its leads go", {"fields": ["team", "lead_source"]}),
        ]

    def get_readonly_fields(self, request: Any, obj: Form | None = None) -> list[str]:
        return [] if self.has_change_permission(request, obj) else ["asked"]

    def changed_fields(self, form: Any) -> list[str]:
        asked = {"fields"} if "fields_asked" in form.changed_data else set()
        also = {"updated_by", "updated_at"} if asked else set()
        return sorted({*super().changed_fields(form), *asked, *also})

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Counted]:
        return Counted

    def counts_of(self, account: Any, forms: Sequence[Form]) -> Mapping[int, FormCounts]:
        return counts_of(account, forms)

    def render_change_form(self, request: Any, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        form = context.get("original")
        if form is not None:
            context |= {
                "public_form": form,
                "counts": self.counts_of(request.account, [form])[form.pk],
                "page": link_to(form),
                "snippet": snippet_of(form),
                "may_see_kept": request.desk.allows(Right.VIEW_ALL_LEADS),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description="fields")
    def asked(self, form: Form) -> str:
        return ", ".join(f"{each['label']}{' (required)' if each['required'] else ''}" for each in form.fields)

    @display(description="today")
    def today(self, form: Any) -> str:
        return told(form.counts.leads_today)

    @display(description="30 days")
    def month(self, form: Any) -> str:
        return told(form.counts.leads)

    @display(description="quarantined")
    def kept(self, form: Any) -> str:
        return told(form.counts.kept)

    @display(description="page")
    def page(self, form: Form) -> SafeString | str:
        return link(reverse("form-page", args=[form.public_id]), "Open") if form.is_active else ""


def told(number: int) -> str:
    return f"{number:,}" if number else ""

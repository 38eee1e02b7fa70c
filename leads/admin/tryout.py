"""The page "Try a lead": whom a lead would go to, and why, without one being made."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminTextInputWidget,
)

from accounts.models import Account
from accounts.roles import Right
from leadhub.lib.admin import TenantAdmin, page_with
from leadhub.lib.errors import DomainError
from leadhub.lib.transactions import run
from leads.drafts import EMAIL_LENGTH, PHONE_LENGTH, LeadDraft
from leads.models import Lead
from leads.outcomes import Context
from leads.simulating import simulate
from leads.timeline import why
from teams.models import LeadSource, Team
from teams.rules import BIGGEST_NUMBER

WIDE = {"class": "max-w-none"}
TITLE = "Try a lead"
# Holidays and hours are known for about now; the calendar's ends are nobody's working time.
YEARS = range(2000, 2101)


def text(label: str, *, length: int, example: str = "", help_text: str = "") -> forms.CharField:
    widget = UnfoldAdminTextInputWidget({"placeholder": example, **WIDE})
    return forms.CharField(label=label, max_length=length, required=False, widget=widget, help_text=help_text)


def length_of(name: str) -> int:
    return int(Lead._meta.get_field(name).max_length or 200)  # type: ignore[union-attr]


class TryForm(forms.Form):
    """What rules, rotations and the recognition of people look at; everything may be left empty."""

    email = forms.CharField(
        label="E-mail",
        max_length=EMAIL_LENGTH,
        required=False,
        widget=UnfoldAdminEmailInputWidget({"placeholder": "jane@example.com", **WIDE}),
        help_text="A known person goes to the rep who has them already.",
    )
    phone = text("Phone", length=PHONE_LENGTH, example="+1 212 555 0123")
    team = forms.ModelChoiceField(
        Team.objects.none(), empty_label="None", required=False, widget=UnfoldAdminSelect2Widget
    )
    lead_source = forms.ModelChoiceField(
        LeadSource.objects.none(), label="Source", empty_label="None", required=False, widget=UnfoldAdminSelect2Widget
    )
    product = text("Product", length=length_of("product"))
    industry = text("Industry", length=length_of("industry"))
    state = text("State", length=length_of("state"), example="NY")
    country = text("Country", length=length_of("country"), example="US")
    number_of_employees = forms.IntegerField(
        label="Company size",
        min_value=0,
        max_value=BIGGEST_NUMBER,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget(WIDE),
    )
    tags = text("Tags", length=1000, example="vip, webinar", help_text="Parted by commas.")
    utm_source = text("UTM source", length=length_of("utm_source"))
    utm_medium = text("UTM medium", length=length_of("utm_medium"))
    utm_campaign = text("UTM campaign", length=length_of("utm_campaign"))
    at = forms.DateTimeField(
        label="As of",
        required=False,
        widget=forms.DateTimeInput(
            {"type": "datetime-local", "class": UnfoldAdminTextInputWidget(WIDE).attrs["class"]},
            format="%Y-%m-%dT%H:%M",
        ),
    )

    def __init__(self, *args: Any, account: Account, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("team", Team.objects), ("lead_source", LeadSource.objects)):
            self.fields[name].queryset = rows.for_account(account).active()  # type: ignore[attr-defined]
        self.fields["at"].help_text = f"Empty: now. By the account's time zone, {zone}."

    def clean_tags(self) -> list[str]:
        return [tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()]

    def clean_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["at"]
        if at and at.year not in YEARS:
            raise forms.ValidationError(f"Choose a year from {YEARS[0]} to {YEARS[-1]}.")
        return at

    @property
    def draft(self) -> LeadDraft:
        given = {name: value for name, value in self.cleaned_data.items() if name not in ("team", "lead_source", "at")}
        team, source = self.cleaned_data["team"], self.cleaned_data["lead_source"]
        ids = {"team_id": team.pk if team else None, "lead_source_id": source.pk if source else None}
        return LeadDraft(**given | ids)


def may_try(request: Any) -> bool:
    """It tells who has a person already: so it is for those who see all leads."""
    allows = request.desk.allows
    return request.account is not None and allows(Right.VIEW_TEAMS) and allows(Right.VIEW_ALL_LEADS)


def try_page(request: Any, page: TenantAdmin) -> HttpResponse:
    """The form, and below it whom the lead would go to; nothing is written, whatever is asked."""
    if not may_try(request):
        raise PermissionDenied
    given, initial = (request.POST, None) if request.method == "POST" else (None, request.GET.dict())
    form = TryForm(given, initial=initial, account=request.account, zone=request.account.time_zone)
    answer = decided(request, form) if given is not None and form.is_valid() else {}
    titles = {"title": TITLE, "content_title": TITLE, "opts": None, "place": ""}
    return page_with(request, page, "console/try.html", form=form, **titles | answer)


def decided(request: Any, form: TryForm) -> dict[str, Any]:
    """What the page says of a decision, or of the refusal."""
    context = Context(door="console", actor=request.actor)
    try:
        # Looked at while somebody is being deactivated, it looks again.
        owner = run(lambda: simulate(request.account, form.draft, context=context, at=form.cleaned_data["at"]))
    except DomainError as error:
        return {"refused": error.message}
    return {"owner": owner, "why": why(owner.as_json()), "at": form.cleaned_data["at"]}

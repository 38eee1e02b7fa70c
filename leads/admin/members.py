"""The account's members: who they are, when they work, and what becomes of their leads when they leave.

The page is here, and not with the other people's, because only leads know what somebody leaves behind.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelect2Widget, UnfoldAdminTextInputWidget

from accounts.keyformat import KeyKind
from accounts.models import ApiKey, Job, Membership
from accounts.roles import Right, Role
from accounts.zones import zone_names
from leadhub.lib.admin import TenantAdmin, TenantForm, badge, link, moment, page_with, shown_once
from leads.admin.daysoff import DayOffInline
from leads.handover import open_leads_of, start_hand_over
from teams.admin.people import GIVEN_ONCE
from teams.admin.weeks import WeekField
from teams.members import invite, set_membership, set_working_time

ROLES = {
    Role.OWNER: "Owner: all, and who else is owner",
    Role.ADMIN: "Admin: all in this account",
    Role.MANAGER: "Manager: all leads, teams, sources, rotations and the audit",
    Role.AGENT: "Agent: their own leads",
    Role.VIEWER: "Viewer: looks at all leads, changes nothing",
}
# The question before a membership ends was asked, and what was answered to it.
ASKED, HAND_OVER = "_asked", "_hand_over"
KEYS_TOLD = 20
OF_OWN_KEYS = (
    "Each works in all accounts of its owner: only the owner or a platform administrator revokes it. "
    "Ending the membership shuts it out of this account at once."
)
OPEN_LEADS = "{} open lead{}"


def has_left(membership: Membership) -> bool:
    return not (membership.is_active and membership.user.is_active)


def leads_in_words(count: int) -> str:
    return OPEN_LEADS.format(f"{count:,}", "" if count == 1 else "s")


def posted_again(request: Any) -> list[tuple[str, str]]:
    """What the form held, to be sent once more with the answer."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in ("csrfmiddlewaretoken", HAND_OVER)
    ]


def changed(form: Any, *names: str) -> dict[str, Any]:
    """Of these fields the changed ones: the others may be older in the form than they are stored."""
    return {name: form.cleaned_data[name] for name in names if name in form.changed_data}


def may_name_owners(desk: Any) -> bool:
    return bool(desk.is_platform_admin or desk.role == Role.OWNER)


class RoleForm(TenantForm):
    desk: Any = None

    class Meta:
        model = Membership
        fields = ["role", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "role" in self.fields:
            offered = [(role.value, text) for role, text in ROLES.items()]
            self.fields["role"].choices = offered if may_name_owners(self.desk) else offered[1:]  # type: ignore[attr-defined]


class MembershipForm(RoleForm):
    """A member's role, whether he still is one, and when he works."""

    time_zone = forms.ChoiceField(required=False, widget=UnfoldAdminSelect2Widget)
    working_hours = WeekField(required=False)

    class Meta:
        model = Membership
        fields = ["role", "is_active", "time_zone", "working_hours"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "time_zone" in self.fields:
            whole = [("", f"The account's: {self.instance.account.time_zone}")]
            zones = sorted(zone_names() | ({self.instance.time_zone} - {""}))
            self.fields["time_zone"].choices = whole + [(zone, zone) for zone in zones]  # type: ignore[attr-defined]


class InvitationForm(RoleForm):
    """A new member, named by e-mail."""

    email = forms.EmailField(label="E-mail", max_length=254, widget=UnfoldAdminEmailInputWidget)
    name = forms.CharField(
        max_length=200, required=False, widget=UnfoldAdminTextInputWidget, help_text="For somebody who is new here."
    )

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).strip().lower()
        if Membership.objects.for_account(self.account).filter(user__email=email).exists():
            raise forms.ValidationError("This person is a member already; look among the members.")
        return email


@admin.register(Membership)
class MembershipAdmin(TenantAdmin):
    called = ("member", "members")
    empty_hint = (
        "Nobody works in this account yet. Whoever is added can log in, and take turns once a rotation has them."
    )
    view_right = change_right = Right.MANAGE_ACCOUNT
    list_display = ["email", "name", "role_badge", "state", "since"]
    list_filter = [("role", ChoicesDropdownFilter), ("is_active", BooleanRadioFilter)]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__name"]
    ordering = ["user__email"]
    answers_once = True
    inlines = [DayOffInline]
    actions_detail = ["hand_over"]

    def get_fieldsets(self, request: Any, obj: Membership | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["email", "name", "role"]})]
        place = ["person", "role", "is_active", "own_keys", *(["left_behind"] if has_left(obj) else [])]
        when = "Leads come by turn only then; those given by hand or by a rule come at any time."
        return [
            (None, {"fields": place}),
            ("Working time", {"fields": ["time_zone", "working_hours"], "description": when}),
        ]

    def get_inlines(self, request: Any, obj: Membership | None = None) -> Any:
        return self.inlines if obj else []

    def get_form(self, request: Any, obj: Membership | None = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = MembershipForm if obj else InvitationForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: Any, obj: Membership | None = None) -> list[str]:
        return ["person", "own_keys", "left_behind"] if obj else []

    def has_change_permission(self, request: Any, obj: Membership | None = None) -> bool:
        if obj is not None and obj.role == Role.OWNER and not may_name_owners(request.desk):
            return False
        return super().has_change_permission(request, obj)

    def has_view_permission(self, request: Any, obj: Membership | None = None) -> bool:
        return bool(request.desk.allows(Right.MANAGE_ACCOUNT))

    def save_model(self, request: Any, obj: Membership, form: Any, change: bool) -> None:
        if change:
            # Also when only days off change: this holds the rotations that he is in, and those are saved below.
            by_owner = may_name_owners(request.desk)
            set_membership(obj, **changed(form, "role", "is_active"), by_owner=by_owner)
            if hours := changed(form, "time_zone", "working_hours"):
                set_working_time(obj, **hours)
            if request.POST.get(HAND_OVER) and has_left(obj):
                self.start_hand_over(request, obj)
            return
        given = form.cleaned_data
        invitation = invite(
            request.account,
            email=given["email"],
            name=given["name"],
            role=given["role"],
            by_platform=request.desk.is_platform_admin,
            by_owner=may_name_owners(request.desk),
        )
        obj.pk, obj.user, request.password = invitation.membership.pk, invitation.membership.user, invitation.password

    def changeform_view(self, request: Any, object_id: str | None = None, *args: Any, **kwargs: Any) -> HttpResponse:
        leaving = self.leaving(request, object_id) if object_id and request.method == "POST" else None
        count = open_leads_of(request.account, leaving.user) if leaving else 0
        if leaving is None or not count:
            return super().changeform_view(request, object_id, *args, **kwargs)
        context = {"member": leaving, "leads": leads_in_words(count), "posted": posted_again(request)}
        title = f"End the membership of {leaving.user}"
        return page_with(request, self, "console/leaving.html", title=title, **context)

    def leaving(self, request: Any, object_id: str) -> Membership | None:
        """The member whose membership this form is to end, where that was not asked about yet."""
        if ASKED in request.POST or request.POST.get("is_active"):
            return None
        member: Membership | None = self.get_object(request, object_id)
        if member is None or not member.is_active or not self.has_change_permission(request, member):
            return None
        return member

    def has_handing_permission(self, request: Any, object_id: Any = None) -> bool:
        if object_id is None:
            return bool(request.desk.allows(Right.MANAGE_ACCOUNT))
        member = self.get_object(request, str(object_id))
        return member is not None and has_left(member) and self.has_change_permission(request, member)

    @action(description="Hand over the open leads", url_path="hand-over", permissions=["handing"], icon="move_group")
    def hand_over(self, request: Any, object_id: str) -> HttpResponse:
        member = self.get_object(request, object_id)
        if member is None:
            raise Http404
        page = reverse("admin:accounts_membership_change", args=[member.pk])
        if request.method == "POST":
            job = self.start_hand_over(request, member)
            return HttpResponseRedirect(reverse("admin:accounts_job_change", args=[job.pk]))
        count = leads_in_words(open_leads_of(request.account, member.user))
        question = f"{member.user} has {count}. The rules and rotations decide anew who gets each of them."
        title = f"Hand over the open leads of {member.user}"
        return page_with(
            request, self, "console/confirm.html", title=title, question=question, verb="Hand over", back=page
        )

    def start_hand_over(self, request: Any, member: Membership) -> Job:
        job = start_hand_over(request.account, member.user, actor=request.actor)
        page = link(reverse("admin:accounts_job_change", args=[job.pk]), "see how far it is")
        messages.info(request, format_html("The open leads of {} are being handed over: {}.", member.user, page))
        return job

    @display(description="own keys")
    def own_keys(self, membership: Membership) -> str:
        usable = ApiKey.objects.usable().filter(user=membership.user, kind=KeyKind.USER).order_by("pk")
        told = "; ".join(f"{key} (last used: {moment(key.last_used_at) or 'never'})" for key in usable[:KEYS_TOLD])
        return f"{told}. {OF_OWN_KEYS}" if told else "None"

    @display(description="leads")
    def left_behind(self, membership: Membership) -> str:
        return f"{leads_in_words(open_leads_of(membership.account, membership.user))} left behind"

    def response_add(self, request: Any, obj: Membership, post_url_continue: str | None = None) -> HttpResponse:
        if not request.password:
            messages.success(request, f"{obj.user} was here before, and is now a member of {request.account} too.")
            return self.response_post_save_add(request, obj)
        return shown_once(request, self, title=f"Password of {obj.user}", secret=request.password, notes=[GIVEN_ONCE])

    @display(description="e-mail", ordering="user__email")
    def email(self, membership: Membership) -> str:
        return membership.user.email

    @display(description="person")
    def person(self, membership: Membership) -> str:
        return f"{membership.user.name} <{membership.user.email}>"

    @display(description="name", ordering="user__name")
    def name(self, membership: Membership) -> str:
        return membership.user.name

    @display(description="role", ordering="role")
    def role_badge(self, membership: Membership) -> SafeString:
        return badge(membership.role, "info" if membership.role in (Role.OWNER, Role.ADMIN) else "plain")

    @display(description="state")
    def state(self, membership: Membership) -> SafeString:
        if not membership.user.is_active:
            return badge("shut out", "danger")
        return badge("active", "success") if membership.is_active else badge("ended", "danger")

    @display(description="since", ordering="created_at")
    def since(self, membership: Membership) -> str:
        return moment(membership.created_at)

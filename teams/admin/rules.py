"""The routing rules: the list in the order that they are asked in, and the editor of one."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelect2Widget

from accounts.models import Account, Membership
from accounts.roles import Right
from leadhub.lib.admin import TenantAdmin, TenantForm, badge
from leadhub.lib.lists import Listed
from teams.admin.conditions import ConditionsField
from teams.admin.deletable import Deletable
from teams.models import LeadSource, Rotation, RotationStatus, RoutingRule, Team
from teams.rulebook import rules_of
from teams.rules import told
from teams.ruling import delete_rule, move_rule, save_rule

TARGETS = ("rotation", "team", "user")
# Two arrows and a way to the top; the words are for who hears the page.
MOVE = (
    '<button class="lh-button lh-move" type="submit" formaction="{}" name="to" value="{}" title="{}" '
    'aria-label="{}: {}"{}>{}</button>'
)
DISABLED = mark_safe(" disabled")
NEVER_REACHED = "never reached: a rule above takes every lead"


class RuleForm(TenantForm):
    """A rule: its conditions, and one place where the leads go that meet them."""

    conditions = ConditionsField(label="Conditions", required=False)
    target = forms.ChoiceField(
        label="Goes to",
        widget=UnfoldAdminSelect2Widget,
        help_text="A rotation or a team's rotation gives it to whose turn it is; a person gets it whatever the hour.",
    )

    class Meta:
        model = RoutingRule
        fields = ["name", "conditions", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "conditions" in self.fields:
            self.fields["conditions"].widget.sources = sources_for(self.account, self.instance)
        if "target" in self.fields:
            self.fields["target"].choices = [("", "Choose one"), *targets(self.account, self.instance)]  # type: ignore[attr-defined]
            self.initial["target"] = target_of(self.instance)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("target"):
            kind, _, pk = cleaned["target"].partition(":")
            for name in TARGETS:
                setattr(self.instance, f"{name}_id", int(pk) if name == kind else None)
        return cleaned


def target_of(rule: RoutingRule) -> str:
    named = ((name, getattr(rule, f"{name}_id")) for name in TARGETS)
    return next((f"{name}:{pk}" for name, pk in named if pk), "")


def targets(account: Account, rule: RoutingRule) -> list[tuple[str, list[tuple[str, str]]]]:
    """All that a rule may lead to, and what this one leads to though it is no longer in use."""
    rotations = Rotation.objects.for_account(account).filter(
        ~Q(status=RotationStatus.ARCHIVED) | Q(pk=rule.rotation_id or 0)
    )
    teams = Team.objects.for_account(account).filter(Q(is_active=True) | Q(pk=rule.team_id or 0))
    in_use = Q(is_active=True, user__is_active=True)
    members = Membership.objects.for_account(account).filter(in_use | Q(user=rule.user_id or 0)).select_related("user")
    return [
        ("Rotations", [(f"rotation:{each.pk}", rotation_label(each)) for each in rotations.order_by("name", "pk")]),
        ("Teams", [(f"team:{each.pk}", labelled(each.name, each.is_active)) for each in teams.order_by("name", "pk")]),
        ("People", [(f"user:{each.user_id}", member_label(each)) for each in members.order_by("user__email")]),
    ]


def rotation_label(rotation: Rotation) -> str:
    return rotation.name if rotation.status == RotationStatus.ACTIVE else f"{rotation.name} ({rotation.status})"


def member_label(membership: Membership) -> str:
    return labelled(membership.user.email, membership.is_active and membership.user.is_active)


def labelled(name: str, is_active: bool) -> str:
    return name if is_active else f"{name} (inactive)"


def sources_for(account: Account, rule: RoutingRule) -> dict[int, str]:
    """The sources in use, and those that the rule names though they are not."""
    named = sources_in([rule.conditions])
    sources = LeadSource.objects.for_account(account).filter(Q(is_active=True) | Q(pk__in=named)).order_by("name", "pk")
    return {source.pk: labelled(source.name, source.is_active) for source in sources}


def sources_in(conditions: Iterable[Iterable[Mapping[str, Any]]]) -> set[int]:
    values = (each["value"] for rule in conditions for each in rule if each["field"] == "source")
    return {pk for value in values for pk in (value if isinstance(value, list) else [value])}


class ListedRules(Listed):
    """The rules with what each needs to be told: its place, its conditions in words, and why it is passed over."""

    def get_results(self, request: Any) -> None:
        super().get_results(request)
        rules: list[Any] = list(self.result_list)  # type: ignore[has-type]
        names = LeadSource.objects.for_account(request.account).filter(pk__in=sources_in(r.conditions for r in rules))
        sources, remarks = dict(names.values_list("pk", "name")), remarks_on(request.account)
        before = (self.page_num - 1) * self.list_per_page
        for place, rule in enumerate(rules, start=before):
            rule.place, rule.last_place = place, self.result_count - 1
            rule.words, rule.remark = told(rule.conditions, sources=sources), remarks.get(rule.pk, "")
        self.result_list = rules


def remarks_on(account: Account) -> dict[int, str]:
    """Why a rule is passed over, or never comes to its turn, by id."""
    remarks: dict[int, str] = {}
    takes_all = False
    for rule in rules_of(account):
        why = f"skipped: {rule.skipped}" if rule.skipped else ""
        remarks[rule.id] = NEVER_REACHED if takes_all else why
        takes_all = takes_all or not (rule.conditions or rule.skipped)
    return remarks


@admin.register(RoutingRule)
class RoutingRuleAdmin(Deletable, TenantAdmin):
    called = ("rule", "rules")
    view_right, change_right = Right.VIEW_TEAMS, Right.MANAGE_TEAMS
    form = RuleForm
    list_display = ["order", "rule_name", "condition", "goes_to", "state"]
    list_display_links = ["rule_name"]
    list_select_related = ["team", "rotation", "user"]
    list_per_page = 200
    list_before_template = "console/rules_head.html"
    sortable_by = ()
    deletes = (
        "Its leads go by the rules below it, else to their rotation; those that came keep their owner and their why."
    )
    ordering = ["position", "pk"]
    empty_hint = (
        "No rule yet: a lead goes to its team's rotation, else to the account's default one. A rule sends some leads "
        "elsewhere, such as those of one state or one source, to a rotation, a team or a person of your choice."
    )

    def get_fieldsets(self, request: Any, obj: RoutingRule | None = None) -> Any:
        if not self.has_change_permission(request, obj):
            return [(None, {"fields": ["name", "condition", "goes_to", "is_active"]})]
        return [(None, {"fields": ["name", "conditions", "target", "is_active"]})]

    def get_readonly_fields(self, request: Any, obj: RoutingRule | None = None) -> list[str]:
        return [] if self.has_change_permission(request, obj) else ["condition", "goes_to"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.move_view)
        return [path("<path:object_id>/move/", view, name="teams_routingrule_move"), *super().get_urls()]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*self.list_display, *(["moves"] if self.has_change_permission(request) else [])]

    def changelist_view(self, request: Any, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        # Whoever sees all leads may ask what would become of one.
        may_try = {"may_try": request.desk.allows(Right.VIEW_ALL_LEADS)}
        return super().changelist_view(request, may_try | (extra_context or {}))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Listed]:
        return ListedRules

    def save_model(self, request: Any, obj: RoutingRule, form: Any, change: bool) -> None:
        save_rule(obj, by=request.user)

    def delete_model(self, request: Any, obj: RoutingRule) -> None:
        delete_rule(obj)

    def move_view(self, request: Any, object_id: str) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        rule = self.get_object(request, object_id)
        if rule is None:
            raise Http404
        to = request.POST.get("to", "")
        back = reverse("admin:teams_routingrule_changelist")
        if request.method != "POST" or not to.isdecimal() or len(to) > 6:
            return HttpResponseRedirect(back)
        move_rule(rule, to=int(to))
        messages.success(request, f"{rule} is now no. {int(to) + 1} in the order.")
        # The row that was moved is where the keyboard goes on.
        return HttpResponseRedirect(f"{back}#rule-{rule.pk}")

    @display(description="no.")
    def order(self, rule: Any) -> SafeString:
        return format_html('<span id="rule-{}" tabindex="-1">{}</span>', rule.pk, rule.place + 1)

    @display(description="name")
    def rule_name(self, rule: RoutingRule) -> str:
        return rule.name

    @display(description="condition")
    def condition(self, rule: Any) -> str:
        words = getattr(rule, "words", None)
        return words if words is not None else told(rule.conditions, sources=sources_for(rule.account, rule))

    @display(description="goes to")
    def goes_to(self, rule: RoutingRule) -> str:
        if rule.rotation:
            return f"the rotation {rule.rotation}"
        return f"the team {rule.team}" if rule.team else str(rule.user)

    @display(description="state")
    def state(self, rule: Any) -> SafeString:
        if not rule.is_active:
            return badge("off")
        return badge(rule.remark, "warning") if rule.remark else badge("active", "success")

    @display(description="order")
    def moves(self, rule: Any) -> SafeString:
        first, last = rule.place == 0, rule.place == rule.last_place
        offered = [
            ("To the top", 0, first, "⤒"),
            ("Up", rule.place - 1, first, "↑"),
            ("Down", rule.place + 1, last, "↓"),
        ]
        url = reverse("admin:teams_routingrule_move", args=[rule.pk])
        buttons = [
            format_html(MOVE, url, max(to, 0), title, title, rule.name, DISABLED if off else "", sign)
            for title, to, off, sign in offered
        ]
        return format_html('<span class="lh-moves">{}{}{}</span>', *buttons)

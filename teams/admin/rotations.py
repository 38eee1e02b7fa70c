"""The rotations' pages: who takes turns, under which terms, and how it stands now.

They are registered by the app of leads, which adds what only leads can tell.
"""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from accounts.roles import Right
from leadhub.lib.admin import TenantAdmin, TenantForm, badge, moment
from leadhub.lib.filters import ChosenFilter
from teams.admin.teams import PlaceInline
from teams.models import Rotation, RotationMember, RotationStatus, Team
from teams.rotations import AnotherIsActive, create_rotation, save_rotation
from teams.standing import standing_of

TONES = {RotationStatus.ACTIVE: "success", RotationStatus.QUEUED: "info", RotationStatus.ARCHIVED: "plain"}


class RotationForm(TenantForm):
    def clean(self) -> dict[str, Any] | None:
        """At most one active rotation for each team, and one without a team."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("status", self.instance.status) == RotationStatus.ACTIVE and "team" in cleaned:
            others = Rotation.objects.for_account(self.account).active().filter(team=cleaned["team"])
            other = others.exclude(pk=self.instance.pk).first()
            if other:
                self.add_error("status", AnotherIsActive(cleaned["team"], other).message)
        return cleaned


class RotationMemberInline(PlaceInline):
    model = RotationMember
    view_right, change_right = Right.VIEW_TEAMS, Right.MANAGE_TEAMS
    fields = ["user", "weight", "daily_cap", "is_paused", "position"]
    autocomplete_fields = ["user"]
    ordering_field = "position"
    hide_ordering_field = True
    verbose_name, verbose_name_plural = "member", "members, in the order of their turns"


class RotationAdmin(TenantAdmin):
    view_right, change_right = Right.VIEW_TEAMS, Right.MANAGE_TEAMS
    form = RotationForm
    list_display = ["name", "whom", "state_badge", "size", "updated"]
    list_filter = [("status", ChoicesDropdownFilter), ("team", ChosenFilter)]
    list_select_related = ["team"]
    search_fields = ["name"]
    ordering = ["name", "pk"]
    autocomplete_fields = ["team", "fallback"]
    inlines = [RotationMemberInline]
    change_form_outer_before_template = "console/rotation.html"
    empty_hint = "No rotation yet: leads wait without an owner. Add one without a team, and put your reps in it."

    def get_fieldsets(self, request: Any, obj: Rotation | None = None) -> Any:
        fallback = "fallback" if self.has_change_permission(request, obj) else "fallback_person"
        terms = [fallback, "contact_minutes", "max_hops"]
        return [(None, {"fields": ["name", "team", "status"]}), ("Terms", {"fields": terms})]

    def get_readonly_fields(self, request: Any, obj: Rotation | None = None) -> list[str]:
        return [] if self.has_change_permission(request, obj) else ["fallback_person"]

    def get_queryset(self, request: Any) -> QuerySet[Rotation]:
        working = Q(members__is_paused=False)
        return super().get_queryset(request).annotate(size=Count("members"), turning=Count("members", filter=working))

    def render_change_form(self, request: Any, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        rotation = context.get("original")
        if rotation is not None:
            # As stored: a form with errors leaves its own values in the object.
            stored = Rotation.objects.for_account(request.account).select_related("account").get(pk=rotation.pk)
            context |= {"rotation": stored, "standing": standing_of(stored)}
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: Any, obj: Rotation, form: Any, change: bool) -> None:
        self.stamp(request, obj, change=change)
        if not change:
            terms = {name: getattr(obj, name) for name in ("status", "fallback", "contact_minutes", "max_hops")}
            made = create_rotation(request.account, name=obj.name, team=obj.team, user_ids=[], by=request.user, **terms)
            obj.pk, obj._state.adding = made.pk, False
            return
        was, of = form.initial["status"], form.initial["team"]
        # Even when only the members change: they are saved below, and the intake must not turn meanwhile.
        save_rotation(obj, fields=[*self.changed_fields(form), "updated_by", "updated_at"])
        if was == RotationStatus.ACTIVE and obj.status != RotationStatus.ACTIVE:
            messages.info(request, succession(obj, of))

    def save_formset(self, request: Any, form: Any, formset: Any, change: bool) -> None:
        """New members take their turns after those that are there."""
        taken = [member.instance.position for member in formset.initial_forms]
        for place, member in enumerate(formset.extra_forms, start=max(taken, default=-1) + 1):
            member.instance.position = place
        super().save_formset(request, form, formset, change)

    @display(description="fallback")
    def fallback_person(self, rotation: Rotation) -> str:
        return str(rotation.fallback or "")

    @display(description="for", ordering="team")
    def whom(self, rotation: Rotation) -> str:
        return rotation.team.name if rotation.team else "leads of no team, and of teams without one"

    @display(description="status", ordering="status")
    def state_badge(self, rotation: Rotation) -> SafeString:
        return badge(rotation.status, TONES[RotationStatus(rotation.status)])

    @display(description="members")
    def size(self, rotation: Any) -> str:
        return f"{rotation.turning} of {rotation.size} not paused"

    @display(description="changed", ordering="updated_at")
    def updated(self, rotation: Rotation) -> str:
        return moment(rotation.updated_at)


def succession(rotation: Rotation, team_id: int | None) -> str:
    """Who gives the leads now that this rotation does not."""
    rotations = Rotation.objects.for_account(rotation.account_id)
    heir = rotations.active().filter(team=team_id).first()
    team = Team.objects.for_account(rotation.account_id).filter(pk=team_id or 0).first()
    whose = f"the team {team}" if team else "the account"
    if heir:
        return f"{rotation} gives no leads any more: {heir}, which was the next in line, gives those of {whose} now."
    default = rotations.active().filter(team=None).first() if team_id else None
    if default:
        return f"{rotation} gives no leads any more: those of {whose} are given by the default rotation, {default}."
    return f"{rotation} gives no leads any more, and none is in line: those of {whose} wait without an owner."

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from accounts.roles import Right
from leadhub.lib.admin import TenantAdmin, TenantForm, TenantInline, badge, moment
from leadhub.lib.filters import ChosenFilter
from teams.admin.teams import PlaceForm
from teams.models import Rotation, RotationMember, RotationStatus
from teams.rotations import save_rotation

TONES = {RotationStatus.ACTIVE: "success", RotationStatus.QUEUED: "info", RotationStatus.ARCHIVED: "plain"}


class RotationForm(TenantForm):
    def clean(self) -> dict[str, Any] | None:
        """At most one active rotation for each team, and one without a team."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("status", self.instance.status) == RotationStatus.ACTIVE and "team" in cleaned:
            others = Rotation.objects.for_account(self.account).active().filter(team=cleaned["team"])
            other = others.exclude(pk=self.instance.pk).first()
            if other:
                whose = f"The team {cleaned['team']}" if cleaned["team"] else "The account"
                self.add_error(
                    "status", f"{whose} has an active rotation already: {other}. Archive that one first, or queue this."
                )
        return cleaned


class RotationMemberInline(TenantInline):
    model = RotationMember
    form = PlaceForm
    view_right, change_right = Right.VIEW_TEAMS, Right.MANAGE_TEAMS
    fields = ["user", "weight", "is_paused", "position"]
    autocomplete_fields = ["user"]
    ordering_field = "position"
    hide_ordering_field = True
    verbose_name, verbose_name_plural = "member", "members, in the order of their turns"


@admin.register(Rotation)
class RotationAdmin(TenantAdmin):
    view_right, change_right = Right.VIEW_TEAMS, Right.MANAGE_TEAMS
    form = RotationForm
    list_display = ["name", "whom", "state_badge", "size", "updated"]
    list_filter = [("status", ChoicesDropdownFilter), ("team", ChosenFilter)]
    list_select_related = ["team"]
    search_fields = ["name"]
    ordering = ["name", "pk"]
    fields = ["name", "team", "status"]
    autocomplete_fields = ["team"]
    inlines = [RotationMemberInline]
    empty_hint = "No rotation yet: leads wait without an owner. Add one without a team, and put your reps in it."

    def get_queryset(self, request: Any) -> QuerySet[Rotation]:
        working = Q(members__is_paused=False)
        return super().get_queryset(request).annotate(size=Count("members"), turning=Count("members", filter=working))

    def save_model(self, request: Any, obj: Rotation, form: Any, change: bool) -> None:
        self.stamp(request, obj, change=change)
        if change:
            # Even when only the members change: they are saved below, and the intake must not turn meanwhile.
            save_rotation(obj, fields=[*self.changed_fields(form), "updated_by", "updated_at"])
        else:
            obj.save()

    def save_formset(self, request: Any, form: Any, formset: Any, change: bool) -> None:
        """New members take their turns after those that are there."""
        taken = [member.instance.position for member in formset.initial_forms]
        for place, member in enumerate(formset.extra_forms, start=max(taken, default=-1) + 1):
            member.instance.position = place
        super().save_formset(request, form, formset, change)

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

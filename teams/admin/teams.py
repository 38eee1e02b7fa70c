from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display

from accounts.roles import Right
from leadhub.lib.admin import TenantAdmin, TenantForm, TenantInline, badge, moment
from teams.models import Team, TeamMember


class PlaceForm(TenantForm):
    """A member's place, in a team or a rotation."""

    def validate_constraints(self) -> None:
        try:
            self.instance.validate_constraints(exclude=self._get_validation_exclusions())
        except ValidationError:
            self.add_error(None, "Each member can have one place only.")


class PlaceInline(TenantInline):
    """Places; who may not change them reads the people's names, whose own pages are not open to him."""

    form = PlaceForm
    read_as: ClassVar[dict[str, str]] = {"user": "person", "is_paused": "pause"}

    def get_fields(self, request: Any, obj: Any = None) -> Any:
        fields = super().get_fields(request, obj)
        return fields if self.has_change_permission(request) else [self.read_as.get(name, name) for name in fields]

    def get_readonly_fields(self, request: Any, obj: Any = None) -> Any:
        return [] if self.has_change_permission(request) else list(self.read_as.values())

    @display(description="user")
    def person(self, place: Any) -> str:
        return f"{place.user.name} <{place.user}>" if place.user.name else str(place.user)

    @display(description="paused")
    def pause(self, place: Any) -> str:
        return badge("paused", "warning") if place.is_paused else "no"


class TeamMemberInline(PlaceInline):
    model = TeamMember
    view_right, change_right = Right.VIEW_TEAMS, Right.MANAGE_TEAMS
    fields = ["user"]
    autocomplete_fields = ["user"]
    verbose_name, verbose_name_plural = "member", "members"


@admin.register(Team)
class TeamAdmin(TenantAdmin):
    view_right, change_right = Right.VIEW_TEAMS, Right.MANAGE_TEAMS
    list_display = ["name", "is_active", "size", "created"]
    list_filter = [("is_active", BooleanRadioFilter)]
    search_fields = ["name"]
    ordering = ["name", "pk"]
    fields = ["name", "is_active"]
    inlines = [TeamMemberInline]
    empty_hint = (
        "No team yet. Leads of no team go to the account's default rotation; each team may have one of its own."
    )

    def get_queryset(self, request: Any) -> QuerySet[Team]:
        return super().get_queryset(request).annotate(size=Count("members"))

    @display(description="members", ordering="size")
    def size(self, team: Any) -> int:
        return int(team.size)

    @display(description="created", ordering="created_at")
    def created(self, team: Team) -> str:
        return moment(team.created_at)

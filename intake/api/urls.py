from collections.abc import Mapping
from typing import Any

from django.urls import URLPattern, re_path, register_converter
from rest_framework.viewsets import ViewSet

from intake.api.account import AccountViewSet, JobViewSet
from intake.api.accounts import AccountsViewSet
from intake.api.audit import AuditViewSet, TimelineViewSet
from intake.api.bulk import LeadsViewSet
from intake.api.forms import FormViewSet
from intake.api.keys import KeyViewSet, MyKeyViewSet, UserKeyViewSet
from intake.api.leads import LeadViewSet
from intake.api.me import MeViewSet, NoticeViewSet
from intake.api.members import DayOffViewSet, MemberViewSet
from intake.api.quarantine import QuarantineViewSet
from intake.api.rotations import RotationViewSet
from intake.api.routing import RoutingViewSet
from intake.api.rules import RuleViewSet
from intake.api.sources import SourceViewSet
from intake.api.teams import HolidayViewSet, TeamViewSet
from intake.api.users import UserViewSet
from intake.api.views import DOOR
from intake.paths import both
from intake.refusals import NothingHere
from leadhub.lib.rowids import WRITTEN

# Everything below /api, but the documentation's own paths.
REST = r"^api(?!/(?:docs|schema)(?:/|$))(?:/.*)?$"


class RowId:
    """The id of a row; what cannot be one is no path of ours."""

    regex = WRITTEN

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(RowId, "row")

ROW: dict[str, Any] = {"get": "retrieve", "patch": "update", "delete": "destroy"}
# What others refer to is deactivated, never deleted.
KEPT: dict[str, Any] = {"get": "retrieve", "patch": "update"}
# What is taken away and made anew, never changed.
GONE: dict[str, Any] = {"get": "retrieve", "delete": "destroy"}
LIST: dict[str, Any] = {"get": "list", "post": "create"}

# What is done to one lead, and to many; the words of the paths and of the views.
STEPS = {
    "restore": "restore",
    "archive": "archive",
    "unarchive": "unarchive",
    "contact": "contact",
    "convert": "convert",
    "assign": "assign",
    "route": "route",
    "status": "move",
}
PERSON = {"reset-password": "reset_password", "log-out": "log_out"}
BULK = {
    "assign": "assign",
    "route": "route",
    "status": "move",
    "archive": "archive",
    "unarchive": "unarchive",
    "delete": "remove",
    "restore": "restore",
}


def posted(below: str, view: type[ViewSet], words: Mapping[str, str], name: str) -> list[URLPattern]:
    """Paths that are posted to, one for each word."""
    paths = [both(f"{below}/{word}", view.as_view({"post": does}), f"{name}-{word}") for word, does in words.items()]
    return [pattern for pair in paths for pattern in pair]


urlpatterns = [
    *both("api/v1/me", MeViewSet.as_view(KEPT), "api-me"),
    *both("api/v1/me/keys", MyKeyViewSet.as_view(LIST), "api-own-keys"),
    *both("api/v1/me/keys/<row:id>", MyKeyViewSet.as_view(ROW), "api-own-key"),
    *both("api/v1/notices", NoticeViewSet.as_view({"get": "list"}), "api-notices"),
    *both("api/v1/notices/read", NoticeViewSet.as_view({"post": "read"}), "api-notices-read"),
    *both("api/v1/accounts", AccountsViewSet.as_view(LIST), "api-accounts"),
    *both("api/v1/accounts/<row:id>", AccountsViewSet.as_view(KEPT), "api-tenant"),
    *posted("api/v1/accounts/<row:id>", AccountsViewSet, {"suspend": "suspend", "resume": "resume"}, "api-tenant"),
    *both("api/v1/users", UserViewSet.as_view(LIST), "api-users"),
    *both("api/v1/users/<row:id>", UserViewSet.as_view(KEPT), "api-user"),
    *posted("api/v1/users/<row:id>", UserViewSet, PERSON, "api-user"),
    *both("api/v1/users/<row:id>/keys", UserKeyViewSet.as_view({"get": "list"}), "api-user-keys"),
    *both("api/v1/users/<row:id>/keys/<row:key>", UserKeyViewSet.as_view({"delete": "destroy"}), "api-user-key"),
    *both("api/v1/leads", LeadViewSet.as_view(LIST), "api-leads"),
    *posted("api/v1/leads", LeadsViewSet, BULK, "api-leads"),
    *both("api/v1/leads/<row:id>", LeadViewSet.as_view(ROW), "api-lead"),
    *posted("api/v1/leads/<row:id>", LeadViewSet, STEPS, "api-lead"),
    *both("api/v1/leads/<row:id>/timeline", TimelineViewSet.as_view({"get": "list"}), "api-lead-timeline"),
    *both("api/v1/leads/<row:id>/routing", RoutingViewSet.as_view({"get": "retrieve"}), "api-lead-routing"),
    *both("api/v1/routing/simulate", RoutingViewSet.as_view({"post": "simulate"}), "api-simulate"),
    *both("api/v1/rules", RuleViewSet.as_view(LIST), "api-rules"),
    *both("api/v1/rules/order", RuleViewSet.as_view({"post": "order"}), "api-rules-order"),
    *both("api/v1/rules/<row:id>", RuleViewSet.as_view(ROW), "api-rule"),
    *both("api/v1/teams", TeamViewSet.as_view(LIST), "api-teams"),
    *both("api/v1/teams/<row:id>", TeamViewSet.as_view(KEPT), "api-team"),
    *both("api/v1/members", MemberViewSet.as_view(LIST), "api-members"),
    *both("api/v1/members/<row:id>", MemberViewSet.as_view(KEPT), "api-member"),
    *both("api/v1/members/<row:id>/hand-over", MemberViewSet.as_view({"post": "hand_over"}), "api-hand-over"),
    *both("api/v1/members/<row:id>/days-off", DayOffViewSet.as_view(LIST), "api-days-off"),
    *both("api/v1/members/<row:id>/days-off/<row:day>", DayOffViewSet.as_view(GONE), "api-day-off"),
    *both("api/v1/sources", SourceViewSet.as_view(LIST), "api-sources"),
    *both("api/v1/sources/<row:id>", SourceViewSet.as_view(KEPT), "api-source"),
    *both("api/v1/sources/<row:id>/keys", SourceViewSet.as_view({"get": "keys"}), "api-source-keys"),
    *both("api/v1/sources/<row:id>/rotate-key", SourceViewSet.as_view({"post": "rotate_key"}), "api-rotate-key"),
    *both("api/v1/quarantine", QuarantineViewSet.as_view({"get": "list"}), "api-quarantine"),
    *both("api/v1/quarantine/run", QuarantineViewSet.as_view({"post": "run_many"}), "api-payloads-run"),
    *both("api/v1/quarantine/<row:id>", QuarantineViewSet.as_view({"get": "retrieve"}), "api-payload"),
    *posted("api/v1/quarantine/<row:id>", QuarantineViewSet, {"run": "run", "discard": "discard"}, "api-payload"),
    *both("api/v1/forms", FormViewSet.as_view(LIST), "api-forms"),
    *both("api/v1/forms/<row:id>", FormViewSet.as_view(KEPT), "api-form"),
    *both("api/v1/rotations", RotationViewSet.as_view(LIST), "api-rotations"),
    *both("api/v1/rotations/<row:id>", RotationViewSet.as_view(KEPT), "api-rotation"),
    *both("api/v1/rotations/<row:id>/standing", RotationViewSet.as_view({"get": "standing"}), "api-standing"),
    *both("api/v1/holidays", HolidayViewSet.as_view(LIST), "api-holidays"),
    *both("api/v1/holidays/<row:id>", HolidayViewSet.as_view(GONE), "api-holiday"),
    *both("api/v1/keys", KeyViewSet.as_view(LIST), "api-keys"),
    *both("api/v1/keys/<row:id>", KeyViewSet.as_view(ROW), "api-key"),
    *both("api/v1/jobs", JobViewSet.as_view({"get": "list"}), "api-jobs"),
    *both("api/v1/jobs/<row:id>", JobViewSet.as_view({"get": "retrieve"}), "api-job"),
    *both("api/v1/jobs/<row:id>/retry", JobViewSet.as_view({"post": "retry"}), "api-job-retry"),
    *both("api/v1/audit", AuditViewSet.as_view({"get": "list"}), "api-audit"),
    *both("api/v1/account", AccountViewSet.as_view(KEPT), "api-account"),
    re_path(REST, NothingHere.as_view(door=DOOR)),
]

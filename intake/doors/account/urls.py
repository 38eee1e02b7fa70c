from typing import Any

from intake.doors.account.auth import LoginViewSet, SessionViewSet
from intake.doors.account.keys import KeyViewSet
from intake.doors.account.leads import LeadViewSet
from intake.doors.account.rotations import RotationViewSet
from intake.doors.account.sources import SourceViewSet
from intake.doors.account.teams import TeamViewSet
from intake.doors.account.views import DOOR
from intake.paths import both, end

type Actions = dict[str, Any]

LIST: Actions = {"get": "list", "post": "create"}
LIST_AND_CHANGE: Actions = LIST | {"patch": "change_named"}
ONE: Actions = {"get": "retrieve", "patch": "partial_update"}
ARCHIVE: Actions = {"post": "archive", "delete": "unarchive"}
KEYS: Actions = LIST_AND_CHANGE | {"delete": "destroy_named"}
KEY: Actions = {"patch": "partial_update", "delete": "destroy"}

urlpatterns = [
    *both("leads", LeadViewSet.as_view(LIST), "account-leads"),
    *both("leads/<str:id>", LeadViewSet.as_view(ONE | {"delete": "destroy"}), "account-lead"),
    *both("leads/<str:id>/archive", LeadViewSet.as_view(ARCHIVE), "account-lead-archive"),
    *both("leads/<str:id>/convert", LeadViewSet.as_view({"post": "convert"}), "account-lead-convert"),
    *both("teams", TeamViewSet.as_view(LIST_AND_CHANGE), "account-teams"),
    *both("teams/<str:id>", TeamViewSet.as_view(ONE), "account-team"),
    *both("lead-sources", SourceViewSet.as_view(LIST_AND_CHANGE), "account-lead-sources"),
    *both("lead-sources/<str:id>", SourceViewSet.as_view(ONE), "account-lead-source"),
    *both("lead-rotations", RotationViewSet.as_view(LIST), "account-lead-rotations"),
    *both("lead-rotations/<str:id>", RotationViewSet.as_view(ONE), "account-lead-rotation"),
    *both(
        "lead-rotations/<str:id>/status", RotationViewSet.as_view({"patch": "set_status"}), "account-rotation-status"
    ),
    *both("apikeys", KeyViewSet.as_view(KEYS), "account-keys"),
    *both("apikeys/<str:id>", KeyViewSet.as_view(KEY), "account-key"),
    *both("auth/login", LoginViewSet.as_view({"post": "create"}), "account-login"),
    *both("auth/session", SessionViewSet.as_view({"get": "retrieve"}), "account-session"),
    *both("auth/logout", SessionViewSet.as_view({"post": "logout"}), "account-logout"),
    *end(DOOR),
]

from typing import Any

from intake.doors.workspace.leads import LeadViewSet
from intake.doors.workspace.views import DOOR
from intake.doors.workspace.workspaces import AccountViewSet, KeyViewSet, WorkspacesViewSet, WorkspaceViewSet
from intake.paths import both, end
from intake.refusals import NothingHere

type Actions = dict[str, Any]

LEADS: Actions = {"get": "list", "post": "create", "delete": "destroy"}
ONE: Actions = {"get": "retrieve", "patch": "partial_update"}
MANY: Actions = {"get": "list", "post": "create"}
KEY: Actions = {"get": "retrieve", "post": "create", "delete": "destroy"}

urlpatterns = [
    *both("v1/leads", LeadViewSet.as_view(LEADS), "workspace-leads"),
    # No id, and not served.
    *both("v1/leads/bulk", NothingHere.as_view(door=DOOR), "workspace-bulk"),
    *both("v1/leads/<str:id>", LeadViewSet.as_view(ONE), "workspace-lead"),
    *both("v1/account", AccountViewSet.as_view(ONE), "workspace-account"),
    *both("v1/workspaces", WorkspacesViewSet.as_view(MANY), "workspaces"),
    *both("v1/workspaces/<str:id>", WorkspaceViewSet.as_view(ONE), "workspace"),
    *both("v1/workspaces/<str:id>/api-key", KeyViewSet.as_view(KEY), "workspace-key"),
    *end(DOOR),
]

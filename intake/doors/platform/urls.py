from typing import Any

from intake.doors.platform.leads import LeadViewSet
from intake.doors.platform.views import DOOR
from intake.paths import both, end

LEADS: dict[str, Any] = {"get": "list", "post": "create"}
LEAD: dict[str, Any] = {"get": "retrieve", "patch": "partial_update"}

urlpatterns = [
    *both("v1/platform/leads", LeadViewSet.as_view(LEADS), "platform-leads"),
    *both("v1/platform/leads/export", LeadViewSet.as_view({"get": "export"}), "platform-export"),
    *both("v1/platform/leads/<str:id>", LeadViewSet.as_view(LEAD), "platform-lead"),
    *both("v1/platform/leads/<str:id>/convert", LeadViewSet.as_view({"post": "convert"}), "platform-convert"),
    *end(DOOR),
]

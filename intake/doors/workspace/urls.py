from intake.doors.workspace.views import DOOR, LeadViewSet
from intake.paths import both, end

urlpatterns = [
    *both("v1/leads", LeadViewSet.as_view({"post": "create"}), "workspace-leads"),
    *end(DOOR),
]

from intake.doors.platform.views import DOOR, LeadViewSet
from intake.paths import both, end

urlpatterns = [
    *both("v1/platform/leads", LeadViewSet.as_view({"post": "create"}), "platform-leads"),
    *end(DOOR),
]

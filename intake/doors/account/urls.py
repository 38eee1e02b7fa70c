from intake.doors.account.views import DOOR, LeadViewSet
from intake.paths import both, end

urlpatterns = [
    *both("leads", LeadViewSet.as_view({"post": "create"}), "account-leads"),
    *end(DOOR),
]

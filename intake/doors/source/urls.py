from intake.doors.source.views import DOOR, IntakeViewSet
from intake.paths import both, end

urlpatterns = [
    *both("leads/intake", IntakeViewSet.as_view({"post": "create", "get": "create_by_query"}), "source-intake"),
    *end(DOOR),
]

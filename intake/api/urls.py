from django.urls import re_path

from intake.api.views import MeViewSet, NothingInTheApi
from intake.paths import both

# Everything below /api, but the documentation's own paths.
REST = r"^api(?!/(?:docs|schema)(?:/|$))(?:/.*)?$"

urlpatterns = [
    *both("api/v1/me", MeViewSet.as_view({"get": "retrieve"}), "api-me"),
    re_path(REST, NothingInTheApi.as_view()),
]

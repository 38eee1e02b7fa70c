from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerSplitView

from intake.paths import both
from leadhub import health, reference

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("livez", health.livez),
    path("readyz", health.readyz),
    *both("api/schema", reference.schema, "schema"),
    *both("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), "docs"),
    path("", include("intake.urls")),
]

handler400 = "leadhub.handlers.bad_request"
handler403 = "leadhub.handlers.permission_denied"
handler404 = "leadhub.handlers.page_not_found"
handler500 = "leadhub.handlers.server_error"

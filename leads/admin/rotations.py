"""The rotations' pages with what leads say of them: how many are held, and whom the next would go to."""

from typing import Any

from django.contrib import admin
from django.http import HttpResponse
from django.urls import URLPattern, path

from accounts.roles import Right
from leads.admin.tryout import may_try, try_page
from leads.models import Lead
from teams.admin.rotations import RotationAdmin
from teams.models import Rotation


@admin.register(Rotation)
class RotationPage(RotationAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.try_view)
        return [path("try/", view, name="leads_try"), *super().get_urls()]

    def try_view(self, request: Any) -> HttpResponse:
        return try_page(request, self)

    def render_change_form(self, request: Any, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        rotation = context.get("original")
        context["may_try"] = may_try(request)
        if rotation is not None and request.desk.allows(Right.VIEW_ALL_LEADS):
            context["held"] = Lead.objects.for_account(request.account).held().filter(rotation=rotation).count()
        return super().render_change_form(request, context, *args, **kwargs)

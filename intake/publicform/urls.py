from intake.paths import both, end
from intake.publicform.pages import embed, page, thanks
from intake.publicform.views import DOOR, FormConfigViewSet, FormLeadViewSet

urlpatterns = [
    *both("v1/public/leads", FormLeadViewSet.as_view({"post": "create"}), "form-leads"),
    *both("v1/public/forms/<str:form>/leads", FormLeadViewSet.as_view({"post": "create_by_path"}), "form-own-leads"),
    *end(DOOR),
    *both("f/<str:form>", page, "form-page"),
    *both("f/<str:form>/thanks", thanks, "form-thanks"),
    *both("f/<str:form>/config", FormConfigViewSet.as_view({"get": "retrieve"}), "form-config"),
    *both("f/<str:form>/embed.js", embed, "form-embed"),
]

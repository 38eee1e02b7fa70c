"""The form as programs and the snippet know it: its fields and a token, and where its leads are sent."""

from collections.abc import Mapping
from typing import Any, ClassVar

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.encoding import iri_to_uri
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.roles import Right
from intake import idempotency
from intake.authentication import PUBLIC, Open
from intake.doors.platform import wire as platform
from intake.endpoint import Endpoint
from intake.idempotency import Answer
from intake.models import Form
from intake.problems import invalid, not_found
from intake.publicform import docs, tokens
from intake.publicform.asking import shown
from intake.publicform.entering import enter, is_welcome, require_origin
from intake.publicform.reading import LIMIT, REQUIRED, body_of, fields_of
from intake.publicform.taking import Submission, take
from intake.publicform.wire import TRAP
from intake.refusals import Door, info_of, notes_of

DOOR = Door(
    "form",
    prefixes=("/v1/public",),
    error=platform.error,
    rate="RATE_LIMIT_FORM",
    rate_headers=platform.rate_headers,
    always_tells_rate=True,
)
# The same bytes for everybody: nobody learns whether he is known, or taken for a program.
RECEIVED = orjson.dumps({"status": "received"})


class FormEndpoint(Endpoint):
    """A view that browsers call from the pages that its form may be on."""

    door = DOOR
    authentication_classes = ()
    form: Form | None = None

    def before_body(self, request: Request) -> None:
        named = self.kwargs.get("form")
        # Found first, so that also a refusal by count can be read by the page that it goes to.
        self.form = Form.objects.published(named) if named else None
        super().before_body(request)
        if named:
            self.come_to(self.form, request)

    def come_to(self, form: Form | None, request: Request) -> Form:
        """Raises Problem 404, 403 and 429."""
        if form is None:
            raise not_found()
        notes_of(request._request).account_id = form.account_id
        self.let_in(form, request._request)
        return form

    def let_in(self, form: Form, request: HttpRequest) -> None:
        raise NotImplementedError

    # --- browsers of other origins ---

    def options(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """Where the body names the form, any page may ask: the answer to the post itself is for those on its list."""
        answer = super().options(request)
        named, origin = self.kwargs.get("form"), request._request.META.get("HTTP_ORIGIN")
        self.form = Form.objects.published(named) if named else None
        if origin and (not named or self.welcomes(request._request, origin)):
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Access-Control-Allow-Methods"] = ", ".join(self.allowed_methods)
            answer.headers["Access-Control-Allow-Headers"] = "Content-Type, Idempotency-Key"
            answer.headers["Access-Control-Max-Age"] = "600"
        return answer

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        origin = request._request.META.get("HTTP_ORIGIN")
        patch_vary_headers(response, ["Origin"])
        if origin and self.welcomes(request._request, origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        return super().finalize_response(request, response, *args, **kwargs)

    def welcomes(self, request: HttpRequest, origin: str) -> bool:
        return self.form is not None and is_welcome(request, origin, self.form)


class FormLeadViewSet(FormEndpoint):
    rights: ClassVar[Mapping[str, Right | Open]] = {"create": PUBLIC, "create_by_path": PUBLIC}
    body_limits: ClassVar[Mapping[str, int]] = {"create": LIMIT, "create_by_path": LIMIT}

    def let_in(self, form: Form, request: HttpRequest) -> None:
        enter(request, form)

    @extend_schema(**docs.CREATE)
    def create(self, request: Request) -> HttpResponse:
        body = body_of(self.body, request.META.get("CONTENT_TYPE", ""))
        named = body.get("form")
        if not isinstance(named, str) or not named:
            raise invalid(f"form: {REQUIRED}", fields={"form": [REQUIRED]})
        self.form = Form.objects.published(named)
        return self.submitted(self.come_to(self.form, request), body, request)

    @extend_schema(**docs.CREATE_BY_PATH)
    def create_by_path(self, request: Request, form: str) -> HttpResponse:
        assert self.form
        return self.submitted(self.form, body_of(self.body, request.META.get("CONTENT_TYPE", "")), request)

    def submitted(self, form: Form, body: dict[str, Any], request: Request) -> HttpResponse:
        fields = fields_of(body, form)
        content_type, info = request.META.get("CONTENT_TYPE", ""), info_of(request._request)
        sent = Submission(form, fields, body, self.body, content_type, info)

        def work() -> Answer:
            take(sent)
            return Answer(202, RECEIVED)

        answer = self.once(request, work)
        return see_other(fields["redirect"]) if "redirect" in fields and answer.status_code == 202 else answer

    def claim(self, request: Request) -> idempotency.Claim | None:
        assert self.form
        return idempotency.claim(self.form.account, request._request, self.body)


class FormConfigViewSet(FormEndpoint):
    rights: ClassVar[Mapping[str, Right | Open]] = {"retrieve": PUBLIC}

    def let_in(self, form: Form, request: HttpRequest) -> None:
        require_origin(request, form)

    @extend_schema(**docs.CONFIG)
    def retrieve(self, request: Request, form: str) -> HttpResponse:
        assert self.form
        return self.ok(200, config_of(self.form))


def config_of(form: Form) -> dict[str, Any]:
    return {
        "title": form.title,
        "intro": form.intro,
        "button": form.button,
        "thanks": form.thanks,
        "redirect_url": form.redirect_url or None,
        "fields": shown(form.fields),
        "trap": TRAP,
        "token": tokens.issue(form),
        "submit_path": f"/v1/public/forms/{form.public_id}/leads",
    }


def see_other(url: str) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": iri_to_uri(url)})

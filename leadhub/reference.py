"""The schema of every path, at /api/schema: written once in a process's life, for that takes it a second."""

from functools import cache
from threading import Lock

from django.http import HttpRequest, HttpResponse
from django.utils.encoding import force_bytes
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer

from intake.api.views import DOOR
from intake.problems import Problem, method_not_allowed
from intake.queries import Query
from intake.refusals import refuse

FORMATS = {"yaml": OpenApiYamlRenderer, "json": OpenApiJsonRenderer}
METHODS = ("GET", "HEAD")
WRITING = Lock()


def schema(request: HttpRequest) -> HttpResponse:
    """As YAML, or as JSON for who asks for that."""
    try:
        if request.method not in METHODS:
            raise method_not_allowed(METHODS)
        wanted = format_of(request)
    except Problem as problem:
        return refuse(DOOR, problem, request)
    named = {"Content-Disposition": f'inline; filename="LeadHub.{wanted}"'}
    # The library makes itself ready with the first call, and a second at that moment would find it half ready.
    with WRITING:
        body = written(wanted)
    return HttpResponse(body, content_type=f"{FORMATS[wanted].media_type}; charset=utf-8", headers=named)


def format_of(request: HttpRequest) -> str:
    asked = Query(request.META.get("QUERY_STRING", ""), ["format"]).choice("format", FORMATS)
    return asked or ("json" if "json" in request.META.get("HTTP_ACCEPT", "") else "yaml")


@cache
def written(wanted: str) -> bytes:
    found = SchemaGenerator().get_schema(request=None, public=True)
    return force_bytes(FORMATS[wanted]().render(found, renderer_context={}))

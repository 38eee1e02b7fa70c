"""What the documentation of the doors and of the hub's own API shares."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.serializers import Serializer

from intake.problems import REASONS

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    "header",
    description="1 to 255 printable ASCII characters. The same request with the same key, sent again within 24 hours, "
    "is answered as the first was, with `Idempotency-Replayed: true`.",
)
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class ProblemDetails(serializers.Serializer):
    """The body that `intake.problems.problem_details` makes."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    # DRF's metaclass takes declared fields out of the class, where `errors` is another thing.
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField())
    )
    traceId = serializers.CharField()
    code = serializers.CharField()


def errors(
    body: type[Serializer[Any]], *statuses: int, media_type: str = "application/json"
) -> dict[tuple[int, str], OpenApiResponse]:
    """These refusals in this body; and 429, which whoever comes too often is answered anywhere."""
    every = sorted({*statuses, 429})
    return {(status, media_type): OpenApiResponse(body, description=REASONS[status]) for status in every}


def documented(endpoints: list[Any]) -> list[Any]:
    """The endpoints (path, regex, method, view) as the documentation has them: each once, its methods in one order.

    Every path is served with and without a trailing slash. The library takes its methods from a set, so their order
    would be another in every process, and two schemas could not be compared.
    """
    once = [endpoint for endpoint in endpoints if not endpoint[0].endswith("/")]
    places = {path: place for place, (path, *_) in reversed(list(enumerate(once)))}
    return sorted(once, key=lambda endpoint: (places[endpoint[0]], METHODS.index(endpoint[2])))

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


def without_slash_twins(endpoints: list[Any]) -> list[Any]:
    """Every path is served with and without a trailing slash; the documentation shows it once."""
    return [endpoint for endpoint in endpoints if not endpoint[0].endswith("/")]

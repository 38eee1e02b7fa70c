"""What the doors' documentation shares."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.serializers import Serializer

from intake.problems import REASONS

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    "header",
    description="1 to 255 printable ASCII characters. The same request with the same key, sent again within 24 hours, "
    "is answered as the first was, with `Idempotency-Replayed: true`.",
)


def errors(
    body: type[Serializer[Any]], *statuses: int, media_type: str = "application/json"
) -> dict[tuple[int, str], OpenApiResponse]:
    return {(status, media_type): OpenApiResponse(body, description=REASONS[status]) for status in statuses}


def without_slash_twins(endpoints: list[Any]) -> list[Any]:
    """Every path is served with and without a trailing slash; the documentation shows it once."""
    return [endpoint for endpoint in endpoints if not endpoint[0].endswith("/")]

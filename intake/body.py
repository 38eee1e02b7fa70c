"""The request's body, read by us: to a bound, and also when it is sent in chunks without a length."""

from typing import Any

from django.http import HttpRequest

from intake.problems import Problem, invalid
from leadhub.lib import jsonbody

LIMIT = 1024 * 1024
JSON = "application/json"
UTF8 = frozenset({"", "utf-8", "utf8"})


def read_body(request: HttpRequest, limit: int = LIMIT) -> bytes:
    """All of the body. Raises Problem 413 for more than `limit` bytes, 400 for one that ends too early.

    Django takes a body without Content-Length for an empty one, so this reads the server's stream itself.
    """
    declared = declared_length(request.META)
    if declared is not None and declared > limit:
        raise too_large(limit)
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise Problem(415, "unsupported_media_type", "Compressed bodies are not taken.")
    body = read_stream(request.META["wsgi.input"], limit + 1 if declared is None else declared)
    if len(body) > limit:
        raise too_large(limit)
    if declared is not None and len(body) < declared:
        raise invalid("The body ended before its Content-Length.", "incomplete_body")
    return body


def declared_length(meta: dict[str, Any]) -> int | None:
    """Content-Length; None where the end of the stream is the end of the body."""
    if meta.get("HTTP_TRANSFER_ENCODING"):
        return None
    text = meta.get("CONTENT_LENGTH") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise invalid("Content-Length is not a number.", "bad_length")
    return int(text)


def read_stream(stream: Any, wanted: int) -> bytes:
    parts = []
    while wanted > 0 and (part := stream.read(min(wanted, 65536))):
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)


def too_large(limit: int) -> Problem:
    return Problem(413, "payload_too_large", f"The body is larger than {limit} bytes.")


def media_type(content_type: str) -> str:
    """The kind of body, such as `application/json`; "" for one that is not in UTF-8. Other parameters say nothing."""
    media, *parameters = (part.strip() for part in content_type.lower().split(";"))
    named = (each.partition("=") for each in parameters)
    charsets = {value.strip(' "') for name, _, value in named if name.strip() == "charset"}
    return media if charsets <= UTF8 else ""


def require_json(content_type: str) -> None:
    if media_type(content_type) != JSON:
        raise Problem(415, "unsupported_media_type", "The body must be application/json in UTF-8.")


def parse_json(body: bytes) -> dict[str, Any]:
    try:
        return jsonbody.parse_object(body)
    except jsonbody.BadJson as error:
        raise invalid(str(error), "invalid_request") from error

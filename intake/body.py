"""The request's body, read by us: to a bound, and also when it is sent in chunks without a length."""

import time
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest

from intake.problems import Problem, invalid
from leadhub.lib import jsonbody

LIMIT = 1024 * 1024
PART = 65536
# What is too large is read on to these bounds: who is still sending when the line is closed hears no answer.
READ_ON, READ_ON_SECONDS = 16 * LIMIT, 2
JSON = "application/json"
UTF8 = frozenset({"", "utf-8", "utf8"})


def read_body(request: HttpRequest, limit: int = LIMIT) -> bytes:
    """All of the body. Raises Problem 413 for more than `limit` bytes, 400 for one that ends too early.

    Django takes a body without Content-Length for an empty one, so this reads the server's stream itself.
    """
    declared, stream = declared_length(request.META), request.META["wsgi.input"]
    if declared is not None and declared > limit:
        # Who asks whether to go on, as curl does, has sent nothing yet.
        read_on(stream, 0 if "HTTP_EXPECT" in request.META else declared)
        raise too_large(limit)
    body = b"".join(parts(stream, limit + 1 if declared is None else declared))
    if len(body) > limit:
        read_on(stream, READ_ON)
        raise too_large(limit)
    if declared is not None and len(body) < declared:
        raise invalid("The body ended before its Content-Length.", "incomplete_body")
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise Problem(415, "unsupported_media_type", "Compressed bodies are not taken.")
    return body


def declared_length(meta: dict[str, Any]) -> int | None:
    """Content-Length; None where the end of the stream is the end of the body."""
    if meta.get("HTTP_TRANSFER_ENCODING"):
        return None
    text = meta.get("CONTENT_LENGTH") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise invalid("Content-Length is not a number.", "bad_length")
    return int(text)


def parts(stream: Any, wanted: int) -> Iterator[bytes]:
    """At most `wanted` bytes of it, in pieces."""
    while wanted > 0 and (part := stream.read(min(wanted, PART))):
        yield part
        wanted -= len(part)


def read_on(stream: Any, left: int) -> None:
    """Past the limit, to a bound in bytes, and in time while they come.

    Of more than the bound nothing is read: it would not help. Who falls silent is waited for, as within the limit.
    """
    end = time.monotonic() + READ_ON_SECONDS
    for _ in parts(stream, left if left <= READ_ON else 0):
        if time.monotonic() > end:
            return


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

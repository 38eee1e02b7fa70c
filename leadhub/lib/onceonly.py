"""A new secret on its way to the page that shows it: for one look, within minutes, and never readable where it waits.

The session holds it enciphered by a pad of its own length, used this once, which the visitor's cookie alone has.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponseRedirect
from django.urls import reverse

KEPT_SECONDS = 300
WAITING = "waiting_secret"
COOKIE = "secret_pad"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows, and whither it leads."""

    title: str
    secret: str
    notes: Sequence[str]
    back: str


def on_its_page(request: Any, shown: Shown) -> HttpResponseRedirect:
    """The way to the page that shows this: a reload there repeats nothing."""
    secret = shown.secret.encode()
    pad = secrets.token_bytes(len(secret))
    request.session[WAITING] = {
        "title": shown.title,
        "secret": combined(secret, pad).hex(),
        "notes": list(shown.notes),
        "back": shown.back,
        "until": time.time() + KEPT_SECONDS,
    }
    response = HttpResponseRedirect(reverse("admin:secret"))
    response.set_cookie(
        COOKIE,
        pad.hex(),
        max_age=KEPT_SECONDS,
        path=reverse("admin:secret"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


def taken(request: Any) -> Shown | None:
    """What waits to be shown to this visitor, who will not find it again; None where nothing does any more."""
    waiting = request.session.pop(WAITING, None)
    try:
        pad = bytes.fromhex(request.COOKIES.get(COOKIE, ""))
    except ValueError:
        pad = b""
    if waiting is None or waiting["until"] < time.time() or len(pad) * 2 != len(waiting["secret"]):
        return None
    secret = combined(bytes.fromhex(waiting["secret"]), pad).decode("utf-8", "replace")
    return Shown(waiting["title"], secret, waiting["notes"], waiting["back"])


def combined(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))

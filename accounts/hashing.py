"""Passwords hashed, a few at a time: each hash takes 100 MB, and whoever wants may have one made at every log-in."""

import threading
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher

AT_ONCE = 2


class BoundedArgon2PasswordHasher(Argon2PasswordHasher):
    """Django's Argon2; of many log-ins at one moment the others wait, or a web process would outgrow its memory."""

    places = threading.BoundedSemaphore(AT_ONCE)

    def encode(self, *args: Any, **kwargs: Any) -> str:
        with self.places:
            return super().encode(*args, **kwargs)

    def verify(self, *args: Any, **kwargs: Any) -> bool:
        with self.places:
            return super().verify(*args, **kwargs)

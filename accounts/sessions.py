"""Console sessions whose stored key is a hash: a dump of the database opens none of them."""

import hashlib
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone


class SessionStore(db.SessionStore):
    """Django's own, in the database, but for the key, which is in the cookie alone."""

    def _get_session_from_db(self) -> Session | None:
        found = Session.objects.filter(session_key=stored(self.session_key), expire_date__gt=timezone.now()).first()
        if found is None:
            self._session_key = None
        return found

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        session = super().create_model_instance(data)
        session.session_key = stored(session.session_key)
        return session

    def exists(self, session_key: str | None = None) -> bool:
        return bool(super().exists(stored(session_key)))

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            super().delete(stored(key))


def stored(session_key: str | None) -> str:
    """What stands in the database for the key in a cookie; its column holds 40 characters."""
    return hashlib.sha256((session_key or "").encode()).hexdigest()[:40]

"""Console sessions whose stored key is a hash: a dump of the database opens none of them."""

import hashlib
from collections.abc import Collection
from typing import Any

from django.contrib.auth import SESSION_KEY
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


def end_sessions(user_ids: Collection[int]) -> int:
    """End the console sessions of these people; answers how many.

    Whose a session is, its data alone says, so that all are read: this is for what happens rarely.
    """
    store, wanted = SessionStore(), {str(user_id) for user_id in user_ids}
    alive = Session.objects.filter(expire_date__gt=timezone.now()) if wanted else Session.objects.none()
    theirs = [each.pk for each in alive.iterator() if str(store.decode(each.session_data).get(SESSION_KEY)) in wanted]
    ended, _ = Session.objects.filter(pk__in=theirs).delete()
    return ended


def forget_expired() -> int:
    """Delete the console sessions that are over; answers how many."""
    gone, _ = Session.objects.filter(expire_date__lte=timezone.now()).delete()
    return gone

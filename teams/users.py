"""People, who are the same in all their accounts: platform administrators add and change them."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.models import Event, User
from accounts.sessions import end_sessions
from leadhub.lib.errors import Conflict, NotFound
from teams.members import reset_password, set_user_active


class NoSuchUser(NotFound):
    code = "unknown_user"

    def __init__(self) -> None:
        super().__init__("user not found")


class EmailTaken(Conflict):
    code = "email_taken"

    def __init__(self) -> None:
        super().__init__("Somebody else has this e-mail address.", field="email")


class Yourself(Conflict):
    """Or nobody might be left who could take it back."""

    code = "yourself"

    def __init__(self, field: str) -> None:
        super().__init__("Another administrator has to take this from you.", field=field)


@transaction.atomic(savepoint=False)
def add_user(*, email: str, name: str = "", is_platform_admin: bool = False, actor: Actor) -> tuple[User, str]:
    """Somebody new, in no account yet, and a password that cannot be had a second time. Raises EmailTaken."""
    refuse_taken(email)
    user = User.objects.create_user(email, name=name, is_platform_admin=is_platform_admin)
    return user, reset_password(user, actor=actor)


@transaction.atomic(savepoint=False)
def change_user(user: User, given: Mapping[str, Any], *, actor: Actor) -> User:
    """Set the e-mail, name, `is_active` and `is_platform_admin` that are given. Raises EmailTaken and Yourself."""
    fields = dict(given)
    stored = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    refuse_yourself(stored, fields, actor=actor)
    is_active = fields.pop("is_active", stored.is_active)
    if "email" in fields:
        refuse_taken(fields["email"], but=stored)
        fields["email"] = fields["email"].strip().lower()
    for name, value in fields.items():
        setattr(stored, name, value)
    stored.save(update_fields=[*fields])
    if is_active != stored.is_active:
        set_user_active(stored, is_active)
    return stored


@transaction.atomic(savepoint=False)
def end_log_ins(user: User, *, actor: Actor) -> None:
    """End a person's log-ins at the door and in the console; keys of his own stay good."""
    user.login_sessions.usable().update(revoked_at=timezone.now())
    end_sessions([user.pk])
    audit.record(user, Event.UPDATED, actor=actor, data={"log_ins": "ended"})


def refuse_taken(email: str, *, but: User | None = None) -> None:
    others = User.objects.filter(email=email.strip().lower())
    if (others.exclude(pk=but.pk) if but else others).exists():
        raise EmailTaken


def refuse_yourself(user: User, given: Mapping[str, Any], *, actor: Actor) -> None:
    for name in ("is_active", "is_platform_admin"):
        if user.pk == actor.user_id and given.get(name) is False:
            raise Yourself(name)

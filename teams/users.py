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


class LastAdministrator(Conflict):
    code = "last_administrator"

    def __init__(self, field: str) -> None:
        super().__init__("Nobody would be left to administer the platform.", field=field)


@transaction.atomic(savepoint=False)
def add_user(*, email: str, name: str = "", is_platform_admin: bool = False, actor: Actor) -> tuple[User, str]:
    """Somebody new, in no account yet, and a password that cannot be had a second time. Raises EmailTaken."""
    refuse_taken(email)
    user = User.objects.create_user(email, name=name, is_platform_admin=is_platform_admin)
    return user, reset_password(user, actor=actor)


@transaction.atomic(savepoint=False)
def change_user(user: User, given: Mapping[str, Any], *, actor: Actor) -> User:
    """Set the e-mail, name, `is_active` and `is_platform_admin` that are given.

    Raises EmailTaken, Yourself and LastAdministrator.
    """
    fields = dict(given)
    refuse_yourself(user, fields, actor=actor)
    refuse_last(user, fields)
    stored = User.objects.select_for_update(no_key=True).get(pk=user.pk)
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


def refuse_last(user: User, given: Mapping[str, Any]) -> None:
    taken = next((name for name in ("is_active", "is_platform_admin") if given.get(name) is False), None)
    if taken is None:
        return
    # Held, in their order: two who take it from each other would each find the other still there.
    administrators = User.objects.filter(is_platform_admin=True, is_active=True).order_by("pk")
    held = set(administrators.select_for_update(no_key=True).values_list("pk", flat=True))
    if held == {user.pk}:
        raise LastAdministrator(taken)


def refuse_yourself(user: User, given: Mapping[str, Any], *, actor: Actor) -> None:
    for name in ("is_active", "is_platform_admin"):
        if user.pk == actor.user_id and given.get(name) is False:
            raise Yourself(name)

"""Members taken in and changed. What changes who takes leads holds the rotations: a lead comes before or after it."""

import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.models import Account, Event, Membership, User
from accounts.roles import Role
from accounts.zones import checked_zone
from leadhub.lib.columns import set_given
from leadhub.lib.errors import Conflict, Forbidden, NotFound
from teams.eligibility import hold_rotations_of
from teams.hours import parse_week, week_as_json


class LastOwner(Conflict):
    """An account without an owner could be handed to nobody."""

    code = "last_owner"

    def __init__(self) -> None:
        super().__init__("An account keeps at least one active owner. Make somebody else owner first.", field="role")


class AlreadyMember(Conflict):
    code = "already_member"

    def __init__(self) -> None:
        super().__init__("This person is a member already; look among the members.", field="email")


@dataclass(frozen=True, slots=True)
class Invitation:
    """`password` is that of a person who is new here, and cannot be had a second time."""

    membership: Membership
    password: str = ""


class NotYours(Forbidden):
    """Whoever made a log-in knows its password: an account may not take in one that another account made."""

    code = "ask_the_platform"

    def __init__(self) -> None:
        super().__init__("Only a platform administrator can add this e-mail address.", field="email")


class OwnersOnly(Forbidden):
    """Who is not above the account may not raise himself, or anybody, above its owners."""

    code = "owners_only"

    def __init__(self) -> None:
        super().__init__("Only an owner can make somebody owner, or change one.", field="role")


class NoSuchMembership(NotFound):
    code = "unknown_member"

    def __init__(self) -> None:
        super().__init__("member not found")


def invite(
    account: Account, *, email: str, role: str, name: str = "", by_platform: bool = False, by_owner: bool = True
) -> Invitation:
    """Make the person with this e-mail a member of the account; one who is new gets a password.

    Somebody who has a log-in already is added by a platform administrator alone. Raises OwnersOnly where the new one
    is to be owner, and whoever invites is none.
    """
    if role == Role.OWNER and not by_owner:
        raise OwnersOnly
    email = email.strip().lower()
    with transaction.atomic():
        user = User.objects.filter(email=email).first()
        if user and not by_platform:
            raise NotYours
        if user and Membership.objects.for_account(account).filter(user=user).exists():
            raise AlreadyMember
        password = "" if user else new_password()
        user = user or User.objects.create_user(email, password, name=name)
        return Invitation(Membership.objects.create(account=account, user=user, role=role), password)


def set_membership(
    membership: Membership, *, role: str | None = None, is_active: bool | None = None, by_owner: bool = True
) -> None:
    """Change a member's role, end his membership or bring it back; what is None stays as it is stored.

    Raises LastOwner, and OwnersOnly as `invite`.
    """
    with transaction.atomic():
        if not by_owner:
            refuse_owners(membership, role)
        was_owner = Membership.objects.for_account(membership.account_id).filter(pk=membership.pk, role=Role.OWNER)
        if (is_active is False or role not in (None, Role.OWNER)) and was_owner.exists():
            refuse_last_owner(membership)
        set_given(membership, role=role, is_active=is_active)
        hold_rotations_of(membership.user, accounts=[membership.account_id])


def set_user_active(user: User, is_active: bool) -> None:
    """Let a person in, or shut him out, in all his accounts."""
    with transaction.atomic():
        user.is_active = is_active
        user.save(update_fields=["is_active"])
        hold_rotations_of(user, accounts=user.memberships.values_list("account_id", flat=True))


@transaction.atomic(savepoint=False)
def set_working_time(membership: Membership, **given: Any) -> None:
    """When a member takes leads from rotations: `working_hours` of a week, None for always, in his `time_zone`, empty
    for the account's; what is not given stays as it is stored. Raises Invalid naming the field.
    """
    if "time_zone" in given:
        membership.time_zone = checked_zone(given["time_zone"]) if given["time_zone"] else ""
    if "working_hours" in given:
        membership.working_hours = week_as_json(parse_week(given["working_hours"]))
    membership.save(update_fields=[*given])
    hold_rotations_of(membership.user, accounts=[membership.account_id])


def refuse_owners(membership: Membership, role: str | None) -> None:
    stored = Membership.objects.for_account(membership.account_id).select_for_update(of=("self",), no_key=True)
    if Role.OWNER in (role, stored.get(pk=membership.pk).role):
        raise OwnersOnly


def refuse_last_owner(membership: Membership) -> None:
    owners = Membership.objects.for_account(membership.account_id).active().filter(role=Role.OWNER)
    # NO KEY: a lead being given to an owner holds the key of his row, and this waits for nobody's lead.
    # By user, as the intake holds the members to whom it gives leads.
    held = owners.order_by("user_id").select_for_update(of=("self",), no_key=True)
    stored = set(held.values_list("pk", flat=True))
    if stored == {membership.pk}:
        raise LastOwner


def reset_password(user: User, *, actor: Actor, password: str = "") -> str:
    """Give the person this password, or a new one that cannot be had a second time, and end his log-ins."""
    password = password or new_password()
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(password=make_password(password))
        user.login_sessions.usable().update(revoked_at=timezone.now())
        audit.record(user, Event.UPDATED, actor=actor, changes={"password": ["***", "***"]})
    return password


def new_password() -> str:
    return secrets.token_urlsafe(15)

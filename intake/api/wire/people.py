"""People and accounts as those above them are answered, keys of one's own, and notices. Pure."""

from typing import TYPE_CHECKING, Any

from intake.api.wire.settings import account
from intake.words import or_none
from leadhub.lib.times import milliseconds, milliseconds_or_none

if TYPE_CHECKING:
    from accounts.callers import Caller
    from accounts.models import Account, Membership, User
    from leads.models import Notice


def me(caller: "Caller") -> dict[str, Any]:
    """Who calls, and in which account; an account's own key is nobody's, and has no role."""
    assert caller.account
    return {
        "account": {"id": caller.account.pk, "name": caller.account.name},
        "user": myself(caller.user) if caller.is_personal else None,
        "key": caller.key.public_id if caller.key else None,
        "role": caller.role,
    }


def myself(row: "User") -> dict[str, Any]:
    return {
        "id": row.pk,
        "email": row.email,
        "name": or_none(row.name),
        "is_platform_admin": row.is_platform_admin,
        "wants_bell": row.wants_bell,
        "wants_mail": row.wants_mail,
    }


def tenant(row: "Account", *, role: str | None) -> dict[str, Any]:
    """An account with what its own settings do not tell; `role` is the caller's in it."""
    about = {"is_platform": row.is_platform, "suspended_at": milliseconds_or_none(row.suspended_at), "role": role}
    return account(row) | about


def user(row: "User") -> dict[str, Any]:
    return {
        "id": row.pk,
        "email": row.email,
        "name": or_none(row.name),
        "is_active": row.is_active,
        "is_platform_admin": row.is_platform_admin,
        "memberships": [membership(each) for each in row.memberships.all()],
        "last_login_at": milliseconds_or_none(row.last_login),
        "created_at": milliseconds(row.created_at),
    }


def membership(row: "Membership") -> dict[str, Any]:
    within = {"id": row.account_id, "name": row.account.name}
    return {"id": row.pk, "account": within, "role": row.role, "is_active": row.is_active}


def notice(row: "Notice") -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "lead": row.lead_id,
        "created_at": milliseconds(row.created_at),
        "read_at": milliseconds_or_none(row.read_at),
    }

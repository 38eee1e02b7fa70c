"""Reading credentials out of a request, and the refusals that all doors share."""

from collections.abc import Collection

from django.http import HttpRequest

from accounts.callers import Caller, enter, identify
from accounts.keyformat import PREFIXES, KeyKind
from accounts.roles import Right
from intake.problems import forbidden, invalid, unauthorized
from leadhub.lib.rowids import row_id

KEY_HEADERS = {"HTTP_X_API_KEY": "X-Api-Key", "HTTP_X_LEADPING_SOURCE_KEY": "X-Leadping-Source-Key"}


def bearer(request: HttpRequest) -> str | None:
    """The token of `Authorization: Bearer <token>`, or None without one."""
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def credential(request: HttpRequest, *, header: str | None = None) -> str:
    """The request's one credential: a bearer token, or the door's own header; the same one given twice is one.

    Raises 401 for none, and for two different ones, whichever headers they are in.
    """
    token, keys = bearer(request), {name: request.META.get(name) for name in KEY_HEADERS}
    if len({token, *keys.values()} - {None, ""}) > 1:
        raise unauthorized("Two different credentials were sent.")
    found = token or (keys[header] if header else None)
    if not found:
        ways = " or ".join(["Authorization: Bearer", *([KEY_HEADERS[header]] if header else [])])
        raise unauthorized(f"A credential is required, as {ways}.")
    return found


def caller_of(request: HttpRequest, *, header: str | None = None) -> Caller:
    """The caller whose credential the request shows, in no account that it chose yet; noted as `request.shown`.

    Raises 401. What refuses him after that is counted for him.
    """
    caller = identify(credential(request, header=header))
    if caller is None:
        raise unauthorized("The credential is not valid.")
    request.shown = caller  # type: ignore[attr-defined]
    return caller


def require_kind(caller: Caller, kinds: Collection[KeyKind]) -> None:
    if caller.kind not in kinds:
        *others, last = sorted(PREFIXES[kind] for kind in kinds)
        taken = f"{', '.join(others)} or {last}" if others else last
        message = f"This kind of credential is not taken here: one that begins with {taken} is."
        raise forbidden(message, "wrong_credential_kind")


def chosen_account(request: HttpRequest) -> int:
    """The account that `x-account-id` names. Raises 400 without one."""
    account_id = row_id(request.META.get("HTTP_X_ACCOUNT_ID", "").strip())
    if account_id is None:
        raise invalid("x-account-id is required: the number of one account", "account_required")
    return account_id


def enter_account(caller: Caller, account_id: int | None) -> Caller:
    inside = enter(caller, account_id) if account_id else None
    if inside is None:
        raise forbidden("You do not have access to this account.")
    return inside


def require_active(caller: Caller) -> None:
    if caller.account is not None and caller.account.suspended_at is not None:
        raise forbidden("The account is suspended.", "account_suspended")


def require(caller: Caller, right: Right) -> None:
    """The last of the checks: the account is not suspended, and the role allows this."""
    require_active(caller)
    if not caller.may(right):
        raise forbidden("You do not have permission to do this.")

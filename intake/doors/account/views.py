from django.http import HttpRequest

from accounts.callers import Caller
from accounts.keyformat import KeyKind
from intake.authentication import DoorAuthentication
from intake.credentials import caller_of, chosen_account, enter_account, require_kind
from intake.doors.account import wire
from intake.refusals import Door

DOOR = Door(
    "account",
    prefixes=("/leads", "/teams", "/lead-sources", "/lead-rotations", "/apikeys", "/auth"),
    error=wire.error,
    names=wire.NAMES,
)


class AccountAuthentication(DoorAuthentication):
    """A session token or a user's key as a bearer token, and the account in `x-account-id`."""

    def caller(self, request: HttpRequest) -> Caller:
        caller = caller_of(request)
        account_id = chosen_account(request)
        require_kind(caller, {KeyKind.SESSION, KeyKind.USER})
        return enter_account(caller, account_id)

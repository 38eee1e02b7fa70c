"""The platform door itself: who may come in, and in whose words it speaks."""

from django.http import HttpRequest

from accounts.callers import Caller
from accounts.keyformat import KeyKind
from accounts.models import Account
from intake.authentication import DoorAuthentication
from intake.credentials import caller_of, require_kind
from intake.doors.platform import wire
from intake.problems import forbidden
from intake.refusals import Door

DOOR = Door(
    "platform",
    prefixes=("/v1/platform",),
    error=wire.error,
    names=wire.NAMES,
    rate="RATE_LIMIT_PLATFORM",
    rate_headers=wire.rate_headers,
    always_tells_rate=True,
)


class PlatformAuthentication(DoorAuthentication):
    """A platform administrator's key as a bearer token; the tenant is the platform's own account."""

    def caller(self, request: HttpRequest) -> Caller:
        caller = caller_of(request)
        require_kind(caller, {KeyKind.PLATFORM})
        if not caller.user.is_superuser:
            raise forbidden("The key's user is no platform administrator.")
        return caller.within(Account.objects.platform(), None)

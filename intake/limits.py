"""How often a key, an account, an address and a form may come. Fixed minutes, counted before any work is done."""

import time

from django.conf import settings
from django.http import HttpRequest

from accounts.callers import Caller
from accounts.counting import count
from accounts.keyformat import parse
from accounts.logins import network_of
from intake.budgets import WINDOW, Budget, Standing
from intake.credentials import KEY_HEADERS, bearer
from intake.problems import rate_limited
from intake.refusals import Door, info_of


class Suspects:
    """The addresses that this process saw guess at keys too often in the running minute. A hint: the count decides."""

    def __init__(self) -> None:
        self.minute, self.networks = 0, set[str]()

    def add(self, network: str) -> None:
        if self.minute != this_minute():
            self.minute, self.networks = this_minute(), set()
        self.networks.add(network)

    def __contains__(self, network: str) -> bool:
        return network in self.networks and self.minute == this_minute()


def this_minute() -> int:
    return int(time.time()) // WINDOW


suspects = Suspects()


def by_address(request: HttpRequest) -> None:
    """Count who comes without a credential. Raises Problem 429."""
    spend(request, Budget("address", f"address:{network(request)}", settings.RATE_LIMIT_ADDRESS))


def is_suspect(request: HttpRequest) -> bool:
    """Whether this address guesses at keys: it is to show a right one before its body is read."""
    return network(request) in suspects


def by_guess(request: HttpRequest) -> None:
    """Count a well-formed credential that was wrong; one that cannot be a key costs nothing. Raises Problem 429.

    Only the wrong ones of an address are refused: a right key is never locked out by them.
    """
    if not settings.RATE_LIMITS or not shows_a_key(request):
        return
    guesses = Budget("address", f"guesses:{network(request)}", settings.RATE_LIMIT_GUESSES)
    standing = stand(guesses)[0]
    if standing.is_spent:
        suspects.add(network(request))
        refuse_for(request, standing)


def by_caller(request: HttpRequest, caller: Caller, *, door: Door) -> None:
    """Count a known caller, by its key or session, and its account. Raises Problem 429."""
    own = Budget("default", subject_of(caller), getattr(settings, door.rate))
    shared = None
    if caller.account is not None:
        shared = Budget("account", f"account:{caller.account.pk}", settings.RATE_LIMIT_ACCOUNT)
    spend(request, own, within=shared)


def form(request: HttpRequest, form_id: int | str, *, limit: int | None = None) -> None:
    """Count a visitor of a public form by its address, and the form by itself, which may have a limit of its own.

    Raises Problem 429.
    """
    own = Budget("form", f"form:{form_id}:{network(request)}", settings.RATE_LIMIT_FORM)
    total = Budget("form-total", f"form:{form_id}", limit or settings.RATE_LIMIT_FORM_TOTAL)
    spend(request, own, within=total)


def spend(request: HttpRequest, budget: Budget, *, within: Budget | None = None) -> None:
    """Count a request against its budget, and against one that it shares; the answer will tell the closer of the two.

    Raises Problem 429 where one is spent. Not inside a transaction, which would hold up all who share the budget.
    """
    if not settings.RATE_LIMITS:
        return
    closest = min(stand(budget, within), key=lambda standing: standing.limit - standing.used)
    if closest.is_spent:
        refuse_for(request, closest)
    request.standing = closest  # type: ignore[attr-defined]


def stand(budget: Budget, within: Budget | None = None) -> list[Standing]:
    """Count one more, and say how the budgets stand."""
    counted = count(budget.subject, limit=budget.limit, within=within.subject if within else None)
    standings = [Standing(budget.name, budget.limit, counted.own, counted.at)]
    if within and counted.within is not None:
        standings.append(Standing(within.name, within.limit, counted.within, counted.at))
    return standings


def refuse_for(request: HttpRequest, standing: Standing) -> None:
    request.standing = standing  # type: ignore[attr-defined]
    raise rate_limited(standing)


def subject_of(caller: Caller) -> str:
    if caller.key is not None:
        return f"key:{caller.key.pk}"
    return f"session:{caller.session.pk}" if caller.session else f"user:{caller.user.pk}"


def shows_a_key(request: HttpRequest) -> bool:
    """Whether a credential was sent that could be right; asks no database."""
    sent = [bearer(request), *(request.META.get(header) for header in KEY_HEADERS)]
    return any(text and parse(text) for text in sent)


def network(request: HttpRequest) -> str:
    return network_of(info_of(request).address)

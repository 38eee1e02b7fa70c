"""Many leads deleted by one call, a few hundred in a transaction: nobody else's work waits for all of them."""

from collections.abc import Collection
from functools import partial
from itertools import batched

from accounts.actors import Actor
from accounts.models import Account
from leadhub.lib.errors import Invalid
from leadhub.lib.transactions import run
from leadhub.lib.wireids import pk_from_hex
from leads.lifecycle import delete
from leads.models import LeadQuerySet

CHUNK, MOST = 500, 50_000


class TooManyLeads(Invalid):
    code = "too_many_leads"

    def __init__(self) -> None:
        super().__init__(f"More than {MOST} leads would be deleted. Narrow the filters.", field="filters")


def delete_named(account: Account, leads: LeadQuerySet, ids: Collection[str], *, actor: Actor) -> int:
    """Delete those of these leads that the wire's ids name; how many that were."""
    return delete_in_chunks(account, named(leads, ids), actor=actor)


def delete_all(account: Account, leads: LeadQuerySet, *, but: Collection[str], actor: Actor) -> int:
    """Delete all of these leads except those that the wire's ids name. Raises TooManyLeads, and then deletes none."""
    kept = set(named(leads, but))
    found = list(leads.order_by("pk").values_list("pk", flat=True)[: MOST + len(kept) + 1])
    doomed = [pk for pk in found if pk not in kept]
    if len(doomed) > MOST:
        raise TooManyLeads
    return delete_in_chunks(account, doomed, actor=actor)


def named(leads: LeadQuerySet, ids: Collection[str]) -> list[int]:
    """The leads of these ids, in order; an id that is none, or another's, names nothing."""
    asked = {id.lower() for id in ids}
    pks = [pk for id in asked if (pk := pk_from_hex(id)) is not None]
    found = leads.filter(pk__in=pks).order_by("pk").only("pk", "created_at")
    return [lead.pk for lead in found if lead.hex_id in asked]


def delete_in_chunks(account: Account, pks: Collection[int], *, actor: Actor) -> int:
    return sum(len(run(partial(delete, account, chunk, actor=actor))) for chunk in batched(pks, CHUNK))

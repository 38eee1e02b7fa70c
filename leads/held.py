"""Leads that nobody could take: given to the first who can, the oldest first."""

from functools import partial

from accounts.actors import Actor
from accounts.models import Account
from leadhub.lib.sql import fetch
from leadhub.lib.transactions import run
from leads.assigning import link_persons
from leads.choosing import choose_owners
from leads.giving import give, owner_of
from leads.locking import lock
from leads.models import Lead
from leads.models.lead import OPEN
from leads.seekers import Seeker
from leads.sweeping import each_apart

# So many leads in one transaction: the rotation is locked for as long.
BATCH = 200
CAUSE = "released"
HOLDING = """
SELECT lead.account_id, lead.rotation_id, rotation.status = 'active'
FROM leads_lead lead JOIN teams_rotation rotation
ON (rotation.account_id, rotation.id) = (lead.account_id, lead.rotation_id)
JOIN accounts_account account ON account.id = lead.account_id
WHERE lead.owner_id IS NULL AND lead.rotation_id IS NOT NULL AND lead.archived_at IS NULL AND lead.deleted_at IS NULL
AND lead.status = ANY(%(open)s::text[]) AND account.suspended_at IS NULL
AND (%(account)s::bigint IS NULL OR lead.account_id = %(account)s::bigint)
GROUP BY 1, 2, 3 ORDER BY 1, 2
"""
NOBODY = Actor(door="sweep")


def release_held(account: Account | None = None, *, actor: Actor = NOBODY) -> int:
    """Give held leads, of one account or of all, to those who can take them now; answers how many moved on.

    Safe to run several times at once: each lead is locked, and given only while it is held.
    """
    holding = fetch(HOLDING, account=account.pk if account else None, open=[str(each) for each in OPEN])
    accounts = Account.objects.in_bulk({account_id for account_id, _, _ in holding})
    return each_apart(
        partial(release_all, accounts[account_id], rotation_id, is_active=is_active, actor=actor)
        for account_id, rotation_id, is_active in holding
    )


def release_all(account: Account, rotation_id: int, *, is_active: bool, actor: Actor) -> int:
    """What one rotation holds, batch by batch. What one that is not active holds goes to whatever took its place."""
    moved, last = 0, 0
    while ids := held_by(account, rotation_id, after=last):
        given = run(lambda: release(account, ids, via=rotation_id if is_active else None, actor=actor))
        moved, last = moved + given, ids[-1]
        if is_active and not given:
            # The others wait for the same reps. Of an inactive one's leads, each may go another way.
            break
    return moved


def held_by(account: Account, rotation_id: int, *, after: int) -> list[int]:
    held = Lead.objects.for_account(account).held().filter(rotation_id=rotation_id, pk__gt=after)
    return list(held.order_by("pk").values_list("pk", flat=True)[:BATCH])


def release(account: Account, ids: list[int], *, via: int | None, actor: Actor) -> int:
    """Give those of these leads that are still held and find somebody: by this rotation, or as if they came now."""
    leads = lock(Lead.objects.for_account(account).held().filter(pk__in=ids))
    seekers = link_persons(account, [Seeker(lead, rotation_id=via, lead=lead) for lead in leads])
    rotations = choose_owners(account, seekers)
    # Where no rotation is left, now or since we looked, it stays held: the next one to be active takes it.
    found = [seeker for seeker in seekers if owner_of(seeker).reason != "no_rotation"]
    return len(give(account, found, rotations, actor=actor, data={"cause": CAUSE}))

"""Leads that nobody could take: given to the first who can, the oldest first."""

from accounts.actors import Actor
from accounts.models import Account
from leadhub.lib.sql import fetch
from leadhub.lib.transactions import run
from leads.assigning import link_persons, route
from leads.choosing import choose_owners
from leads.giving import give
from leads.locking import lock
from leads.models import Lead
from leads.seekers import Seeker

# So many leads in one transaction: the rotation is locked for as long.
BATCH = 200
CAUSE = "released"
HOLDING = """
SELECT lead.account_id, lead.rotation_id, rotation.status = 'active'
FROM leads_lead lead JOIN teams_rotation rotation
ON (rotation.account_id, rotation.id) = (lead.account_id, lead.rotation_id)
JOIN accounts_account account ON account.id = lead.account_id
WHERE lead.owner_id IS NULL AND lead.rotation_id IS NOT NULL AND lead.archived_at IS NULL AND lead.deleted_at IS NULL
AND account.suspended_at IS NULL AND (%(account)s::bigint IS NULL OR lead.account_id = %(account)s::bigint)
GROUP BY 1, 2, 3 ORDER BY 1, 2
"""
NOBODY = Actor(door="sweep")


def release_held(account: Account | None = None, *, actor: Actor = NOBODY) -> int:
    """Give held leads, of one account or of all, to those who can take them now; answers how many were given.

    Safe to run several times at once: each lead is locked, and given only while it is held.
    """
    given = 0
    for account_id, rotation_id, is_active in fetch(HOLDING, account=account.pk if account else None):
        of = account or Account.objects.get(pk=account_id)
        while batch := run(lambda: release(of, rotation_id, is_active, actor)):  # noqa: B023 - called at once
            given += batch
    return given


def release(account: Account, rotation_id: int, is_active: bool, actor: Actor) -> int:
    """One batch of the leads a rotation holds. One that is no longer active hands them to whatever took its place."""
    held = Lead.objects.for_account(account).held().filter(rotation_id=rotation_id)
    leads = lock(held.filter(pk__in=list(held.order_by("pk").values_list("pk", flat=True)[:BATCH])))
    if not is_active:
        return len([lead for lead in route(account, [lead.pk for lead in leads], actor=actor, cause=CAUSE)])
    seekers = [Seeker(lead, rotation_id=rotation_id, lead=lead) for lead in leads]
    link_persons(account, seekers)
    rotations = choose_owners(account, seekers)
    # Who still finds nobody stays where it is, and moves nothing.
    return len(give(account, seekers, rotations, actor=actor, data={"cause": CAUSE}))

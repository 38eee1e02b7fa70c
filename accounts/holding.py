"""Members held active while a lead is given to them."""

from collections.abc import Collection

from accounts.models import Account
from leadhub.lib.sql import fetch

LOOK = """
SELECT person.id, person.email
FROM accounts_membership membership JOIN accounts_user person ON person.id = membership.user_id
WHERE membership.account_id = %(account)s::bigint AND membership.is_active AND person.is_active
AND person.id = ANY(%(users)s::bigint[])
ORDER BY person.id"""
# SHARE: leads given to one rep do not wait for one another, but his deactivation waits for them.
HOLD = LOOK + " FOR SHARE OF membership, person"


def hold_members(account: Account, user_ids: Collection[int], *, hold: bool = True) -> dict[int, str]:
    """E-mail by user id of the active members among these; they stay active until this transaction ends.

    With `hold` false it only looks.
    """
    return dict(fetch(HOLD if hold else LOOK, account=account.pk, users=list(user_ids))) if user_ids else {}

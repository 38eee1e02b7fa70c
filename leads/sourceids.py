"""The ids that a source and its seller gave a lead: at its source, each names one live lead."""

from collections.abc import Sequence

from accounts.models import Account
from leadhub.lib.errors import Conflict
from leadhub.lib.sql import fetch
from leads.drafts import LeadDraft
from leads.models import Lead

# A source, which of the two ids, and the id.
type SourceId = tuple[int, str, str]

# id + 0: ordered by the bare id, the planner would walk the whole account in that order to find one lead.
HOLDERS = """
SELECT lead_source_id, external_id, seller_lead_id, id FROM leads_lead
WHERE account_id = %(account)s::bigint AND lead_source_id = ANY(%(sources)s::bigint[]) AND deleted_at IS NULL
AND (external_id = ANY(%(externals)s::text[]) OR seller_lead_id = ANY(%(sellers)s::text[])) ORDER BY id + 0"""


class IdTaken(Conflict):
    """Another live lead of the same source has this id."""

    code = "id_taken"

    def __init__(self, field: str) -> None:
        super().__init__(f"another lead of this source has the same {field.replace('_', ' ')}", field=field)


def source_ids(about: Lead | LeadDraft) -> list[SourceId]:
    """What names this lead at its source; the external id before the seller's."""
    given = (("external_id", about.external_id), ("seller_lead_id", about.seller_lead_id))
    return [(about.lead_source_id, name, value) for name, value in given if value and about.lead_source_id]


def holders_of(account: Account, ids: Sequence[SourceId], *, lock: str = "") -> dict[SourceId, int]:
    """The live leads that have these ids, and others of theirs; locked by a word of leads.recognising."""
    if not ids:
        return {}
    rows = fetch(
        HOLDERS + lock,
        account=account.pk,
        sources=list({source_id for source_id, _, _ in ids}),
        externals=[value for _, name, value in ids if name == "external_id"],
        sellers=[value for _, name, value in ids if name == "seller_lead_id"],
    )
    held = [((row[0], "external_id", row[1]), row[3]) for row in rows]
    return dict(held + [((row[0], "seller_lead_id", row[2]), row[3]) for row in rows])


def refuse_taken_ids(account: Account, leads: Sequence[Lead]) -> None:
    """Raises IdTaken where one of these leads, all of them live, would have another lead's id."""
    wanted = [(each, lead.pk) for lead in leads for each in source_ids(lead)]
    holders = holders_of(account, [each for each, _ in wanted])
    for each, lead_id in wanted:
        if holders.setdefault(each, lead_id) != lead_id:
            raise IdTaken(each[1])

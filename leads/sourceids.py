"""The ids that a source and its seller gave a lead: at its source, each names one live lead."""

from collections.abc import Sequence

from accounts.models import Account
from leadhub.lib.errors import Conflict
from leadhub.lib.sql import fetch_together
from leads.drafts import LeadDraft
from leads.models import Lead

# A source, which of the two ids, and the id.
type SourceId = tuple[int, str, str]

# Each by its own index; the account and the sources by a SELECT, for the reason that leads.recognising has.
BY_ID = {
    name: f"""
SELECT lead_source_id, '{name}', {name}, id FROM leads_lead
WHERE account_id = (SELECT %(account)s::bigint) AND lead_source_id = ANY((SELECT %(sources)s::bigint[])::bigint[])
AND {name} = ANY(%({name})s::text[]) AND deleted_at IS NULL ORDER BY id + 0"""  # noqa: S608 - the names are these two
    for name in ("external_id", "seller_lead_id")
}


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
    """The live leads that have these ids; locked by a word of leads.recognising. Asked in one round trip."""
    named = {name: [value for _, its_name, value in ids if its_name == name] for name in BY_ID}
    statements = [BY_ID[name] + lock for name in BY_ID if named[name]]
    if not statements:
        return {}
    rows = fetch_together(statements, account=account.pk, sources=list({each[0] for each in ids}), **named)
    return {(source_id, name, value): pk for found in rows for source_id, name, value, pk in found}


def refuse_taken_ids(account: Account, leads: Sequence[Lead]) -> None:
    """Raises IdTaken where one of these leads, all of them live, would have another lead's id."""
    wanted = [(each, lead.pk) for lead in leads for each in source_ids(lead)]
    holders = holders_of(account, [each for each, _ in wanted])
    for each, lead_id in wanted:
        if holders.setdefault(each, lead_id) != lead_id:
            raise IdTaken(each[1])

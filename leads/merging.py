"""What a known lead learns from one that comes again of the same person: its blanks are filled, its lists joined."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from accounts import audit
from accounts.models import Account, AuditEntry, Event
from leads.arrivals import Arrival
from leads.drafts import TAGS, LeadDraft, unique
from leads.lifecycle import CONTACTED
from leads.models import Lead
from leads.outcomes import Context
from leads.storing import BLANK, DRAFTED, as_json

# Where it came from and whose it is stays as it was the first time; by what it is recognised, too.
KEPT = frozenset(
    {"team_id", "lead_source_id", "channel", "source_text", "claimed_creator", "external_id", "seller_lead_id"}
    | {"email", "email_key", "extra"}
)
OBJECTS = frozenset({"profile", "attribution", "consent", "custom_fields"})
FILLED = [name for name in DRAFTED if name not in KEPT]
# One number in three columns: what is said of another number is no blank's to fill.
PHONE = frozenset({"phone", "phone_e164", "phone_type"})
KEYS = 100
# What a row does not say, its lead's own columns do; read inside SET, for a join would read each for every other.
TEACH = f"""
UPDATE leads_lead SET ({", ".join(FILLED)}, updated_at) = (
    SELECT {", ".join(FILLED)}, statement_timestamp() FROM json_populate_record(leads_lead, taught.row))
FROM (SELECT (row ->> 'id')::bigint AS id, row FROM json_array_elements(%(leads)s::json) AS told (row)) AS taught
WHERE leads_lead.account_id = %(account)s::bigint AND leads_lead.id = taught.id
"""  # noqa: S608 - the names are those of the model's own columns


def learned(known: Lead | LeadDraft, draft: LeadDraft) -> dict[str, Any]:
    """The columns that `known` would have other than it has, after learning from `draft`."""
    found = {}
    names = [name for name in FILLED if name not in PHONE] if has_another_phone(known, draft) else FILLED
    for name in names:
        before, given = getattr(known, name), getattr(draft, name)
        after = joined(name, before, given)
        if given != getattr(BLANK, name) and after != before:
            found[name] = after
    return found


def has_another_phone(known: Lead | LeadDraft, draft: LeadDraft) -> bool:
    if not known.phone:
        return False
    return known.phone_e164 != draft.phone_e164 if known.phone_e164 else known.phone != draft.phone


def joined(name: str, before: Any, given: Any) -> Any:
    if name == "tags":
        return unique([*before, *given])[:TAGS]
    if name in OBJECTS:
        new = [name for name in given if name not in before][: max(KEYS - len(before), 0)]
        return {**before, **{name: given[name] for name in new}}
    return before if before not in (None, "") else given


def teach(account: Account, arrivals: Sequence[Arrival], *, context: Context) -> None:
    """Let the stored primaries learn from what came again of their persons, and record what that changed.

    They are locked to be changed since they were recognised.
    """
    by_primary: dict[int, list[LeadDraft]] = {}
    for arrival in arrivals:
        if arrival.known and arrival.known.lead_id:
            by_primary.setdefault(arrival.known.lead_id, []).append(arrival.draft)
    if not by_primary:
        # The usual case. Composing a query that finds nothing would cost a third of all that a lead costs.
        return
    known = Lead.objects.for_account(account).filter(pk__in=by_primary)
    taught = {lead: changes for lead in known if (changes := learn(lead, by_primary[lead.pk]))}
    if taught:
        rows = [{"id": lead.pk} | {name: after for name, (_, after) in taught[lead].items()} for lead in taught]
        with connection.cursor() as cursor:
            cursor.execute(TEACH, {"account": account.pk, "leads": as_json(rows)})
        AuditEntry.objects.bulk_create(learning(lead, taught[lead], context) for lead in taught)
    if spoken_to := [lead.pk for lead, changes in taught.items() if "last_contacted_at" in changes]:
        Lead.objects.for_account(account).filter(pk__in=spoken_to).update(**CONTACTED)


def learn(lead: Lead, drafts: Sequence[LeadDraft]) -> dict[str, list[Any]]:
    """What the lead has other after these drafts, each field before and after; nothing is stored yet."""
    changes: dict[str, list[Any]] = {}
    for draft in drafts:
        for name, after in learned(lead, draft).items():
            changes[name] = [changes.get(name, [getattr(lead, name)])[0], after]
            setattr(lead, name, after)
    return changes


def learning(lead: Lead, changes: Mapping[str, Any], context: Context) -> AuditEntry:
    told = {name: change for name, change in changes.items() if name != "phone_e164"}
    return audit.entry(lead, Event.LEAD_UPDATED, actor=context.actor, changes=told)


def teach_twin(arrival: Arrival) -> None:
    """The same for a lead whose primary comes earlier in the batch, and is not stored yet."""
    assert arrival.known and isinstance(arrival.known.earlier, Arrival)
    earlier = arrival.known.earlier.draft
    for name, after in learned(earlier, arrival.draft).items():
        setattr(earlier, name, after)

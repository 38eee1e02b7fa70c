"""A lead's audit entries as people read them. It makes no query: the names behind ids are given."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import AuditEntry, Event
from teams.routing import STRIDE

type Names = Mapping[str, Mapping[int, str]]

DOORS = {
    "platform": "the platform door",
    "account": "the account door",
    "workspace": "the workspace door",
    "source": "the source door",
    "form": "a public form",
    "import": "an import",
    "console": "the console",
    "api": "the API",
    "job": "a job",
    "sweep": "the background work",
}
REASONS = {
    "assignee": "The sender named this rep.",
    "hand": "A person chose this rep.",
    "known_person": "This rep already has the person, so no turn was spent.",
    "rule": "A rule names this rep, so no turn was spent.",
    "rotation": "It was this rep's turn.",
    "fallback": "Nobody in the rotation could take it, so it went to the rotation's fallback.",
    "nobody_eligible": "Nobody in the rotation could take it, so it is held until somebody can.",
    "no_rotation": "No rotation is active for it, so it waits without an owner.",
    "archived": "It is archived, so it took no turn.",
    "not_stored": "The person is known, and by the account's policy nothing new is stored.",
}
# How the sentence of a lead that moved begins, by what moved it.
CAUSES = {
    "hand": "By hand",
    "routed": "Routed again",
    "released": "Held until somebody could take it",
    "contact_overdue": "Not contacted in time",
    "hand_over": "Handed over with all the open leads of this rep",
}
SENTENCES: dict[str, str] = {
    Event.LEAD_CONTACTED: "Contacted.",
    Event.LEAD_REMINDED: "The rep was reminded of the first contact.",
    Event.LEAD_RESTORED: "Brought back after it was deleted.",
}
SEEN_AGAIN = {
    "linked": "The same person came again{whence}; that lead is kept as a duplicate of this one.",
    "refused": "The same person came again{whence}, and that lead was refused.",
    "replayed": "The same lead was sent again{whence}; nothing new was stored.",
    "updated": "The same person came again{whence}; what was blank here was filled in.",
    "skipped": "The same person came again{whence}; nothing new was stored.",
}
LEFT_OUT = {"inactive": "no longer active", "day off": "has the day off"}
CAP = re.compile("cap ([0-9]+/[0-9]+)")
LABELS = {
    "email": "E-mail",
    "title": "Job title",
    "linkedin_url": "LinkedIn",
    "utm_source": "UTM source",
    "utm_medium": "UTM medium",
    "utm_campaign": "UTM campaign",
    "owner_email": "Owner",
    "owner_id": "Owner",
    "lead_source_id": "Source",
}
LONGEST = 300
NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Change:
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """How a rep stood: `turns` is the pass in turns of weight one; `left_out` why he took none, empty when he could."""

    email: str
    turns: str
    is_chosen: bool
    left_out: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A rule that the lead meets, and that could not be followed."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why this rep, or why nobody: `owner` is empty then."""

    words: str
    owner: str = ""
    rule: str = ""
    rotation: str = ""
    candidates: list[Candidate] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened; `note` is the reason that the person who did it gave."""

    event: str
    sentence: str
    note: str
    who: str
    key: str
    at: datetime
    door: str
    why: Why | None
    changes: list[Change]
    request: list[tuple[str, str]]


def tell(entry: AuditEntry, names: Names) -> Moment:
    data = entry.additional_data or {}
    return Moment(
        event=entry.event,
        sentence=sentence(entry, names),
        note=str(data.get("note") or ""),
        who=entry.actor_email or "LeadHub",
        key=str(entry.api_key) if entry.api_key else "",
        at=entry.timestamp,
        door=DOORS.get(entry.door, entry.door),
        why=why(data.get("routing")),
        changes=changes(entry.changes, names),
        request=request_lines(entry),
    )


def sentence(entry: AuditEntry, names: Names) -> str:
    data, event = entry.additional_data or {}, entry.event
    if event == Event.LEAD_CREATED:
        owner = (data.get("routing") or {}).get("owner")
        return f"Came in, and went to {owner}." if owner else "Came in, and has no owner."
    if event == Event.LEAD_SEEN_AGAIN:
        template = SEEN_AGAIN.get(str(data.get("outcome")), "The same person came again{whence}.")
        return template.format(whence=whence(data, names))
    if event == Event.LEAD_ASSIGNED:
        return assigned(changes(entry.changes, names), str(data.get("cause") or ""))
    return SENTENCES.get(event) or f"{entry.get_event_display()}."


def whence(data: Mapping[str, Any], names: Names) -> str:
    source = data.get("lead_source_id")
    return f" from {words('lead_source_id', source, names)}" if source else ""


def assigned(differences: Iterable[Change], cause: str) -> str:
    """Who has it now, why it moved, and who had it before."""
    owner = next((change for change in differences if change.label == "Owner"), None)
    began = CAUSES.get(cause, "")
    if owner is None:
        return f"{began}, and still with nobody." if began else "Given to another owner."
    after = "nobody" if owner.after == NOTHING else owner.after
    before = "" if owner.before == NOTHING else f"; before, {owner.before} had it"
    return f"{began}: it went to {after}{before}." if began else f"Given to {after}{before}."


def why(routing: Any) -> Why | None:
    """The kept reason of a decision (`Owner.as_json`) in words."""
    if not isinstance(routing, Mapping) or not routing.get("reason"):
        return None
    reason, owner = str(routing["reason"]), str(routing.get("owner") or "")
    return Why(
        words=reason_words(reason, owner),
        owner=owner,
        rule=name_of(routing.get("rule")),
        rotation=name_of(routing.get("rotation")),
        candidates=[candidate(given, owner) for given in routing.get("candidates") or []],
        skipped=[Skipped(name_of(rule), str(rule.get("reason", ""))) for rule in routing.get("skipped_rules") or []],
    )


def reason_words(reason: str, owner: str) -> str:
    if reason == "hand" and not owner:
        return "A person took it from its owner."
    return REASONS.get(reason, reason)


def name_of(named: Any) -> str:
    return str((named or {}).get("name", ""))


def candidate(given: Mapping[str, Any], owner: str) -> Candidate:
    email = str(given.get("user"))
    turns = f"{(given.get('pass') or 0) / STRIDE:.2f}"
    left_out = left_out_words(str(given.get("reason") or ""))
    return Candidate(email, turns, is_chosen=email == owner and not left_out, left_out=left_out)


def left_out_words(reason: str) -> str:
    """Why a rep took no turn, such as paused, off hours, holiday, or his cap of the day."""
    cap = CAP.fullmatch(reason)
    return f"cap {cap[1]} of the day reached" if cap else LEFT_OUT.get(reason, reason)


def changes(given: Any, names: Names) -> list[Change]:
    """`{field: [before, after]}` in words; a field whose two sides read alike is left out."""
    pairs = [(name, pair) for name, pair in (given or {}).items() if isinstance(pair, list) and len(pair) == 2]
    told = [Change(label(name), *(words(name, side, names) for side in pair)) for name, pair in pairs]
    return sorted((change for change in told if change.before != change.after), key=lambda change: change.label)


def label(name: str) -> str:
    return LABELS.get(name) or name.removesuffix("_id").removesuffix("_at").replace("_", " ").capitalize()


def words(name: str, value: Any, names: Names) -> str:
    if value in (None, "", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and name.removesuffix("_id") in names:
        return names[name.removesuffix("_id")].get(value, f"#{value}")
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = ", ".join(value)
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    text = str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def request_lines(entry: AuditEntry) -> list[tuple[str, str]]:
    """The request behind an entry; empty when there was none."""
    if not entry.request_method:
        return []
    lines = [(f"{entry.request_method}", entry.request_path), ("From", entry.remote_addr or "")]
    lines += [("Request id", entry.cid or ""), *sorted((entry.request_headers or {}).items())]
    return [(name, str(value)) for name, value in lines if value]


def named_ids(entries: Iterable[AuditEntry]) -> dict[str, set[int]]:
    """Which rows these entries name, by field without its `_id`."""
    found: dict[str, set[int]] = {}
    for entry in entries:
        for name, pair in (entry.changes or {}).items():
            if name.endswith("_id") and isinstance(pair, list):
                found.setdefault(name.removesuffix("_id"), set()).update(i for i in pair if isinstance(i, int))
        source = (entry.additional_data or {}).get("lead_source_id")
        if isinstance(source, int):
            found.setdefault("lead_source", set()).add(source)
    return found

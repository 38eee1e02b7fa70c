"""The account's routing rules, in order, and which of them a lead meets."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import orjson

from accounts.models import Account
from leadhub.lib.sql import fetch
from teams.rules import Condition, matches, ready

RULES = """
SELECT rule.id, rule.name, rule.conditions, rule.team_id, rule.rotation_id, rule.user_id, person.email,
    CASE WHEN rule.team_id IS NOT NULL AND NOT team.is_active THEN 'its team is inactive'
         WHEN rule.rotation_id IS NOT NULL AND rotation.status <> 'active' THEN 'its rotation is not active'
         WHEN rule.user_id IS NOT NULL AND NOT (membership.is_active AND person.is_active) THEN 'its user is inactive'
         ELSE '' END
FROM teams_routingrule rule
LEFT JOIN teams_team team ON (team.account_id, team.id) = (rule.account_id, rule.team_id)
LEFT JOIN teams_rotation rotation ON (rotation.account_id, rotation.id) = (rule.account_id, rule.rotation_id)
LEFT JOIN accounts_membership membership
ON (membership.account_id, membership.user_id) = (rule.account_id, rule.user_id)
LEFT JOIN accounts_user person ON person.id = rule.user_id
WHERE rule.account_id = %(account)s::bigint AND rule.is_active
ORDER BY rule.position, rule.id
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and where it sends a lead; `skipped` says why it cannot, and is empty when it can."""

    id: int
    name: str
    conditions: Sequence[Condition]
    team_id: int | None = None
    rotation_id: int | None = None
    user_id: int | None = None
    email: str | None = None
    skipped: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name}


@dataclass(frozen=True, slots=True)
class Match:
    """The first rule that a lead meets and that can be followed, or None; and those passed over, each with why."""

    rule: Rule | None = None
    skipped: Sequence[Rule] = ()

    def skipped_as_json(self) -> list[dict[str, Any]]:
        return [rule.as_json() | {"reason": rule.skipped} for rule in self.skipped]


NO_RULE = Match()


def rules_of(account: Account) -> list[Rule]:
    return [
        Rule(pk, name, conditions_of(conditions), *targets)
        for pk, name, conditions, *targets in fetch(RULES, account=account.pk)
    ]


@lru_cache(maxsize=4096)
def conditions_of(text: str) -> Sequence[Condition]:
    """Stored conditions; made ready once, for they are asked with every lead."""
    return ready(orjson.loads(text))


def first_match(rules: Sequence[Rule], lead: Any, *, excluded: Collection[int] = ()) -> Match:
    """Which rule a lead (or a draft of one) follows; `excluded` are user ids that it does not go to."""
    skipped: list[Rule] = []
    for rule in rules:
        if not matches(rule.conditions, lead):
            continue
        why = rule.skipped or ("its user had it already" if rule.user_id in excluded else "")
        if not why:
            return Match(rule, skipped)
        skipped.append(replace(rule, skipped=why))
    return Match(None, skipped) if skipped else NO_RULE

"""Routing rules made, changed and put in order."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet

from accounts.models import Account, Membership, User
from leadhub.lib.errors import Invalid, NotFound
from teams.bounds import refuse_more
from teams.models import LeadSource, Rotation, RoutingRule, Team
from teams.rules import checked

MOST_RULES = 200


class NoSuchRule(NotFound):
    code = "unknown_rule"

    def __init__(self) -> None:
        super().__init__("rule not found")


@transaction.atomic(savepoint=False)
def save_rule(rule: RoutingRule, *, by: User | None) -> RoutingRule:
    """Check and store a rule, a new one as the last in order. Raises Invalid naming the field, and TooMany."""
    rule.conditions = checked(rule.conditions)
    refuse_unknown_sources(rule)
    refuse_targets(rule)
    rule.updated_by = by
    if rule._state.adding:
        refuse_more(RoutingRule.objects.for_account(rule.account_id), MOST_RULES, "rules")
        rule.created_by = by
        last = RoutingRule.objects.for_account(rule.account_id).aggregate(last=Max("position"))["last"]
        rule.position = 0 if last is None else last + 1
    rule.save()
    return rule


def refuse_unknown_sources(rule: RoutingRule) -> None:
    named: set[int] = set()
    for condition in rule.conditions:
        if condition["field"] == "source":
            value = condition["value"]
            named |= set(value) if isinstance(value, list) else {value}
    known = set(LeadSource.objects.for_account(rule.account_id).filter(pk__in=named).values_list("pk", flat=True))
    if strangers := named - known:
        numbers = ", ".join(str(pk) for pk in sorted(strangers))
        raise Invalid(f"lead source not found in this account: {numbers}", code="unknown_source", field="conditions")


def refuse_targets(rule: RoutingRule) -> None:
    """One target, and of this account; the database would refuse another one's too, but not in words."""
    own: dict[str, tuple[int | None, QuerySet[Any]]] = {
        "team": (rule.team_id, Team.objects.for_account(rule.account_id).filter(pk=rule.team_id or 0)),
        "rotation": (rule.rotation_id, Rotation.objects.for_account(rule.account_id).filter(pk=rule.rotation_id or 0)),
        "user": (rule.user_id, Membership.objects.for_account(rule.account_id).filter(user=rule.user_id or 0)),
    }
    named = [(name, rows) for name, (pk, rows) in own.items() if pk]
    if len(named) != 1:
        raise Invalid("Choose one: a team, a rotation or a user.", code="one_target", field="team")
    [(name, rows)] = named
    if not rows.exists():
        raise Invalid(f"{name} not found in this account", code=f"unknown_{name}", field=name)


def member_named(account: Account, email: str) -> User:
    """The person with this e-mail, if he is or was a member. Raises Invalid."""
    members = Membership.objects.for_account(account).filter(user__email=email.strip().lower())
    found = members.select_related("user").first()
    if found is None:
        raise Invalid("user not found in this account", code="unknown_user", field="user")
    return found.user


def lock_rule(account: Account, rule_id: int) -> RoutingRule:
    """The rule, locked until the transaction ends. Raises NoSuchRule."""
    rules = RoutingRule.objects.for_account(account).select_for_update(of=("self",), no_key=True)
    rule = rules.filter(pk=rule_id).first()
    if rule is None:
        raise NoSuchRule
    return rule


@transaction.atomic(savepoint=False)
def order_rules(account: Account, ids: Sequence[int]) -> None:
    """Put the rules in this order; those not named follow, in the order they had. Raises NoSuchRule."""
    rules = list(RoutingRule.objects.for_account(account).order_by("position", "pk").select_for_update(no_key=True))
    by_id = {rule.pk: rule for rule in rules}
    if set(ids) - by_id.keys():
        raise NoSuchRule
    named = [by_id[pk] for pk in dict.fromkeys(ids)]
    for position, rule in enumerate([*named, *(rule for rule in rules if rule not in named)]):
        if rule.position != position:
            rule.position = position
            rule.save(update_fields=["position"])


@transaction.atomic(savepoint=False)
def move_rule(rule: RoutingRule, *, to: int) -> None:
    """Put a rule in this place of the order, the first being 0; beyond an end it comes to that end."""
    rules = RoutingRule.objects.for_account(rule.account_id).order_by("position", "pk")
    others = list(rules.select_for_update(no_key=True).values_list("pk", flat=True))
    others.remove(rule.pk)
    place = max(to, 0)
    order_rules(rule.account, [*others[:place], rule.pk, *others[place:]])


@transaction.atomic(savepoint=False)
def delete_rule(rule: RoutingRule) -> None:
    """Take a rule out for good; what it decided stays told with each lead."""
    rule.delete()

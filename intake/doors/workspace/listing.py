"""Which of the workspace's leads are asked for, in the wire's words: by a list's query, or what is to be deleted."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from intake.problems import invalid
from intake.queries import Query
from leads.drafts import TAGS
from leads.models import LeadQuerySet

FLAGS = {"emailVerified": Q(email_verified=True), "hasCompany": ~Q(company=""), "hasPhone": ~Q(phone="")}
FILTERS = ("search", "tags", *FLAGS)
# Ids are given in the order that leads arrive in; see TenantQuerySet.listed_for.
NEWEST = ("-account_id", "-id")
ROWS, MOST_ROWS = 25, 100


def asked(query: Query) -> dict[str, Any]:
    """The filters of the query; an empty one is as good as none. Raises Problem 400 for one that cannot be used."""
    query.drop_empty()
    found = {"search": query.text("search"), "tags": tags_of(query), **{name: query.flag(name) for name in FLAGS}}
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def tags_of(query: Query) -> list[str]:
    tags = [tag.strip() for tag in (query.text("tags", longest=4000) or "").split(",") if tag.strip()]
    if len(tags) > TAGS:
        raise invalid(f"tags: At most {TAGS} tags.", fields={"tags": [f"At most {TAGS} tags."]})
    return tags


def filtered(leads: LeadQuerySet, asked_for: Mapping[str, Any]) -> LeadQuerySet:
    for name, condition in FLAGS.items():
        if name in asked_for:
            leads = leads.filter(condition if asked_for[name] else ~condition)
    if "tags" in asked_for:
        leads = leads.filter(tags__overlap=asked_for["tags"])
    return leads.search(asked_for.get("search", ""))

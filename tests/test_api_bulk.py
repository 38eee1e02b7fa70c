"""Many leads at once, by the API."""

from typing import Any

import pytest

from accounts.actors import Actor
from leads.lifecycle import archive, delete, set_status
from leads.models import Lead
from tests.apis import Api, api_as
from tests.people import Company, company, lead
from tests.settling import hub, standing_acme

pytestmark = pytest.mark.django_db
__all__ = ["hub", "standing_acme"]
NOBODY = Actor()


def so_already(acme: Company, word: str, pk: int) -> None:
    """Bring a lead where the bulk call would."""
    if word == "assign":
        Lead.objects.filter(pk=pk).update(owner=acme.reps[1])
    if word == "status":
        set_status(acme.account, [pk], "lost", actor=NOBODY)
    if word == "archive":
        archive(acme.account, [pk], actor=NOBODY)


@pytest.mark.parametrize(("word", "more", "column", "value"), [
    ("assign", {"owner": "rep2@acme.test", "note": "all hers"}, "owner__email", "rep2@acme.test"),
    ("status", {"status": "lost"}, "status", "lost"),
    ("archive", {}, "archived_at__isnull", False),
    ("unarchive", {}, "archived_at__isnull", True),
    ("delete", {}, "deleted_at__isnull", False),
    ("restore", {}, "deleted_at__isnull", True),
])  # fmt: skip
def test_each_lead_has_its_own_result(
    acme: Company, hub: Api, word: str, more: dict[str, Any], column: str, value: Any
) -> None:
    one, two, same = (lead(acme.account, f"{number}@example.com").pk for number in range(3))
    theirs = lead(company("Globex", reps=1).account).pk
    if word == "unarchive":
        archive(acme.account, [one, two], actor=NOBODY)
    if word == "restore":
        delete(acme.account, [one, two], actor=NOBODY)
    so_already(acme, word, same)
    Lead.objects.filter(pk__in=[one, two]).update(owner=acme.reps[0])

    answer = hub.post(f"leads/{word}", {"ids": [two, one, one, same, theirs, 10**17], **more})

    of_same = {"delete": "changed", "restore": "not_found"}.get(word, "unchanged")
    results = {each["id"]: each["result"] for each in answer["results"]}
    assert list(results.items()) == [
        (two, "changed"), (one, "changed"), (same, of_same), (theirs, "not_found"), (10**17, "not_found"),
    ]  # fmt: skip
    assert Lead.objects.filter(pk__in=[one, two], **{column: value}).count() == 2
    assert Lead.objects.filter(pk=theirs, deleted_at=None, archived_at=None, status="new").exists()


def test_leads_are_routed_anew(acme: Company, hub: Api) -> None:
    pks = [lead(acme.account, f"{number}@example.com", assignee_email="owner@acme.test").pk for number in range(4)]

    hub.post("leads/route", {"ids": pks, "note": "fair again"})

    owners = Lead.objects.filter(pk__in=pks).order_by("pk").values_list("owner__email", flat=True)
    assert list(owners) == ["rep1@acme.test", "rep2@acme.test"] * 2


def test_an_agents_bulk_call_reaches_his_own(acme: Company) -> None:
    his, hers = lead(acme.account, "1@example.com").pk, lead(acme.account, "2@example.com").pk
    agent = api_as(acme.reps[0], acme.account)

    answer = agent.post("leads/status", {"ids": [his, hers], "status": "lost"})

    assert [each["result"] for each in answer["results"]] == ["changed", "not_found"]
    assert Lead.objects.get(pk=hers).status == "new"


def test_the_same_key_moves_them_once(acme: Company, hub: Api) -> None:
    body = {"ids": [lead(acme.account).pk], "status": "lost"}

    first, again = (hub.post("leads/status", body, Idempotency_Key="k1") for _ in range(2))

    assert first == again
    assert hub.answer.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(("word", "body", "field"), [
    ("archive", {}, "ids"), ("archive", {"ids": []}, "ids"), ("archive", {"ids": list(range(1, 502))}, "ids"),
    ("archive", {"ids": ["1"]}, "ids.0"), ("archive", {"ids": [0]}, "ids.0"), ("status", {"ids": [1]}, "status"),
    ("assign", {"ids": [1]}, "owner"), ("assign", {"ids": [1], "owner": "owner@globex.test"}, "owner"),
    ("delete", {"ids": [1], "all": True}, "all"),
])  # fmt: skip
def test_a_bulk_call_that_cannot_be_is_refused(hub: Api, word: str, body: Any, field: str) -> None:
    problem = hub.post(f"leads/{word}", body)

    assert (hub.status, list(problem["errors"])) == (400, [field])

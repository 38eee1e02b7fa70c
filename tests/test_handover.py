"""A rep's open leads handed to the rules and rotations: a job with progress that goes on where it was killed."""

from typing import Any

import pytest

from accounts.actors import NOBODY, Actor
from accounts.jobs import perform
from accounts.models import Job, JobState, Membership, Superseded
from leads import handover
from leads.drafts import LeadDraft
from leads.handover import KIND, open_leads_of
from leads.jobs import handover as declared
from leads.lifecycle import archive, delete, set_status
from leads.models import Lead
from leads.outcomes import Context
from leads.receive import receive
from teams.members import set_membership
from teams.models import Rotation, RoutingRule
from teams.ruling import save_rule
from tests.people import Company, lead
from tests.routings import fresh, given, told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    assert declared is handover
    monkeypatch.setattr(handover, "BATCH", 2)


def his(acme: Company, count: int) -> list[Lead]:
    """So many leads of the first rep."""
    return [lead(acme.account, f"p{n}@example.com", assignee_email="rep1@acme.test") for n in range(count)]


def leave(acme: Company) -> Job:
    """The first rep leaves, and the owner has his leads handed over."""
    set_membership(acme.reps[0].memberships.get(account=acme.account), role="agent", is_active=False)
    return start(acme)


def start(acme: Company) -> Job:
    actor = Actor(user_id=acme.owner.pk, email=acme.owner.email)
    return Job.objects.start(
        KIND, account=acme.account, actor=actor, title="Hand over", arguments={"user_id": acme.reps[0].pk}
    )


def owners(leads: list[Lead]) -> list[str | None]:
    found = [fresh(each).owner for each in leads]
    return [owner.email.partition("@")[0] if owner else None for owner in found]


def test_every_open_lead_goes_on_in_turn_and_says_why(acme: Company) -> None:
    leads = his(acme, 5)
    job = leave(acme)

    perform(job.pk)

    job.refresh_from_db()
    assert (job.state, job.progress) == (JobState.DONE, "5 of 5")
    assert owners(leads) == ["rep2", "rep3", "rep2", "rep3", "rep2"]
    [entry] = given(leads[0])
    assert (entry.actor, entry.door) == (acme.owner, "job")
    assert entry.additional_data["cause"] == "hand_over"
    assert told(acme.reps[1]) == [(leads[number].pk, "new_lead") for number in (0, 2, 4)]


def test_what_is_over_stays_with_him(acme: Company, globex: Company) -> None:
    lost, archived, deleted, other = his(acme, 4)
    set_status(acme.account, [lost.pk], "lost", actor=NOBODY)
    archive(acme.account, [archived.pk], actor=NOBODY)
    delete(acme.account, [deleted.pk], actor=NOBODY)
    theirs = lead(globex.account)
    assert open_leads_of(acme.account, acme.reps[0]) == 1

    job = leave(acme)
    perform(job.pk)

    job.refresh_from_db()
    assert job.progress == "1 of 1"
    assert owners([lost, archived, deleted, other]) == ["rep1", "rep1", "rep1", "rep2"]
    assert owners([theirs]) == ["rep1"]


def test_his_leads_in_another_account_stay_with_him(acme: Company, globex: Company) -> None:
    Membership.objects.create(account=globex.account, user=acme.reps[0], role="agent")
    theirs = lead(globex.account, assignee_email="rep1@acme.test")
    leads = his(acme, 1)

    perform(leave(acme).pk)

    assert fresh(theirs).owner == acme.reps[0]
    assert owners(leads) == ["rep2"]


def test_where_nobody_can_take_them_they_are_held(acme: Company) -> None:
    leads = his(acme, 3)
    Rotation.objects.get().members.exclude(user=acme.reps[0]).delete()

    job = leave(acme)
    perform(job.pk)

    job.refresh_from_db()
    assert job.progress == "3 of 3"
    assert owners(leads) == [None, None, None]
    assert Lead.objects.for_account(acme.account).held().count() == 3


def test_somebody_who_stays_gets_none_of_them_back_not_even_by_his_rule(acme: Company) -> None:
    leads = his(acme, 3)
    save_rule(RoutingRule(account=acme.account, name="His", conditions=[], user=acme.reps[0]), by=None)

    job = start(acme)
    perform(job.pk)

    job.refresh_from_db()
    assert job.progress == "3 of 3"
    assert owners(leads) == ["rep2", "rep3", "rep2"]


def test_what_comes_to_somebody_who_stays_is_his_also_after_a_kill(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads, job = his(acme, 3), start(acme)
    batch, calls = handover.batch, []

    def interrupted(*these: Any) -> None:
        calls.append(these)
        assert len(calls) < 9, "it has no end"
        if len(calls) == 2:
            raise SystemExit
        draft = LeadDraft(email=f"later{len(calls)}@example.com", assignee_email="rep1@acme.test")
        receive(acme.account, [draft], context=Context(door="api", actor=NOBODY))
        batch(*these)

    monkeypatch.setattr(handover, "batch", interrupted)
    with pytest.raises(SystemExit):
        perform(job.pk)
    perform(job.pk)

    job.refresh_from_db()
    assert (job.state, job.progress) == (JobState.DONE, "3 of 3")
    assert owners(leads) == ["rep2", "rep3", "rep2"]
    assert owners(list(Lead.objects.filter(email__startswith="later"))) == ["rep1", "rep1"]


def test_a_killed_worker_s_successor_goes_on_and_moves_nothing_twice(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = his(acme, 5)
    job = leave(acme)
    batch, calls = handover.batch, []

    def killed(*given: Any) -> None:
        calls.append(given)
        if len(calls) == 2:
            raise SystemExit
        batch(*given)

    monkeypatch.setattr(handover, "batch", killed)
    with pytest.raises(SystemExit):
        perform(job.pk)
    job.refresh_from_db()
    assert (job.state, job.progress) == (JobState.RUNNING, "2 of 5")

    perform(job.pk)

    job.refresh_from_db()
    assert (job.state, job.progress, job.attempt) == (JobState.DONE, "5 of 5", 2)
    assert owners(leads) == ["rep2", "rep3", "rep2", "rep3", "rep2"]
    assert [len(given(each)) for each in leads] == [1] * 5


def test_a_worker_that_was_superseded_moves_nothing(acme: Company) -> None:
    leads = his(acme, 2)
    job = leave(acme)
    older = Job.objects.take(job.pk)
    newer = Job.objects.take(job.pk)
    assert older and newer

    with pytest.raises(Superseded):
        handover.hand_over(older)

    assert owners(leads) == ["rep1", "rep1"]


def test_done_again_it_finds_nothing_left(acme: Company) -> None:
    leads = his(acme, 2)
    perform(leave(acme).pk)

    again = start(acme)
    perform(again.pk)

    again.refresh_from_db()
    assert (again.state, again.progress) == (JobState.DONE, "0 of 0")
    assert [len(given(each)) for each in leads] == [1, 1]

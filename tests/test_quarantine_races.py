"""One payload under many hands becomes one lead."""

from collections import Counter

import pytest
from django.db import OperationalError, connection
from django.test import Client

from accounts.actors import Actor
from intake import quarantine
from intake.models import QuarantinedLead
from intake.quarantine import discard, rerun, rerun_each
from leadhub.lib.errors import DomainError
from leadhub.lib.transactions import run
from leads.models import Lead
from teams.models import LeadSource
from tests.doors import town
from tests.races import at_once

HANDS = 10

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kept(transactional_db: None) -> QuarantinedLead:
    """A payload that can be taken in now."""
    places = town()
    visitor = places.visitor("source")
    LeadSource.objects.update(is_active=False)
    visitor.post(Client())
    LeadSource.objects.update(is_active=True)
    return QuarantinedLead.objects.select_related("account").get()


def test_of_many_who_run_it_at_once_one_takes_it_in(kept: QuarantinedLead) -> None:
    reports = at_once(lambda _: rerun_each(kept.account, [kept.pk], actor=Actor())[0], range(HANDS))

    codes = Counter(report.error.code if report.error else "taken_in" for report in reports)
    assert codes == {"taken_in": 1, "already_resolved": HANDS - 1}
    assert Lead.objects.count() == 1


def test_run_and_discarded_at_once_it_is_either(kept: QuarantinedLead) -> None:
    def work(number: int) -> str:
        verb = rerun if number % 2 else discard
        try:
            return "taken_in" if run(lambda: verb(kept.account, kept.pk, actor=Actor())).lead_id else "discarded"
        except DomainError as error:
            return error.code

    outcomes = Counter(at_once(work, range(HANDS)))

    row = QuarantinedLead.objects.get()
    assert outcomes["already_resolved"] == HANDS - 1
    assert Lead.objects.count() == outcomes["taken_in"] == int(row.lead_id is not None)


def test_killed_between_the_lead_and_its_resolution_it_is_as_if_it_was_never_run(
    kept: QuarantinedLead, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        assert Lead.objects.count() == 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patched, pytest.raises(OperationalError):
        patched.setattr(quarantine, "resolve", killed)
        rerun_each(kept.account, [kept.pk], actor=Actor())
    connection.close()
    cut_off = (QuarantinedLead.objects.get().is_open, Lead.objects.count())
    [again] = rerun_each(kept.account, [kept.pk], actor=Actor())

    assert cut_off == (True, 0)
    assert (again.is_taken_in, Lead.objects.count()) == (True, 1)

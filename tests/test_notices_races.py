"""Two workers mailing at once, over real connections."""

import pytest
from django.core import mail

from leads.drafts import LeadDraft
from leads.models import Notice
from leads.notifying import mail_notices
from tests.people import arrive, company
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_sweeps_at_once_mail_every_notice_once() -> None:
    acme = company("Acme", reps=7)
    arrive(acme.account, *(LeadDraft(email=f"{n}@example.com") for n in range(70)))

    dealt_with = at_once(lambda _: mail_notices(), range(4))

    assert sum(dealt_with) == 70
    assert sorted(each.to[0] for each in mail.outbox) == sorted(rep.email for rep in acme.reps)
    assert not Notice.objects.filter(mailed_at=None).exists()

"""Reps told by e-mail of new leads and reminders: by a sweep, several in one mail, and never inside the intake."""

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account
from leadhub.lib.sql import fetch
from leads.models import Notice, NoticeKind

logger = logging.getLogger(__name__)

BATCH, LISTED = 1000, 20
# What could not be mailed within a day is no news any more; the bell has it.
NEWS = timedelta(days=1)
UNMAILED = """
SELECT account_id, user_id FROM (
    SELECT account_id, user_id FROM leads_notice WHERE mailed_at IS NULL ORDER BY id LIMIT %(batch)s::integer
) waiting GROUP BY 1, 2 ORDER BY 1, 2
"""
TITLES = {
    NoticeKind.NEW_LEAD: "New leads",
    NoticeKind.REMINDER: "First contact is due soon",
    NoticeKind.TAKEN: "Passed on, because nobody made contact in time",
}


def mail_notices() -> int:
    """Mail what has not been mailed, one mail a rep and account; answers how many notices that dealt with.

    A notice is marked in the transaction that sends it: a mail may come twice after a crash, but none is lost.
    """
    waiting = fetch(UNMAILED, batch=BATCH)
    return sum(mail_to(account_id, user_id) for account_id, user_id in waiting)


@transaction.atomic
def mail_to(account_id: int, user_id: int) -> int:
    """One rep's mail. What another worker is mailing is left to it."""
    mine = Notice.objects.for_account(account_id).filter(user=user_id, mailed_at=None)
    locked = mine.select_related("lead", "user").order_by("pk").select_for_update(of=("self",), skip_locked=True)
    notices = list(locked[:BATCH])
    told = [notice for notice in notices if notice.user.is_active and notice.user.wants_mail]
    if told and not send(account_id, told) and told[0].created_at > timezone.now() - NEWS:
        return 0
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(mailed_at=timezone.now())
    return len(notices)


def send(account_id: int, notices: Sequence[Notice]) -> bool:
    """Whether the mail server took it; one rep's bad address does not keep the others from theirs."""
    account = Account.objects.get(pk=account_id)
    try:
        send_mail(subject(account, notices), text(notices), None, [notices[0].user.email])
    except OSError as error:
        logger.warning("A mail to user %s could not be sent: %s", notices[0].user_id, type(error).__name__)
        return False
    return True


def subject(account: Account, notices: Sequence[Notice]) -> str:
    new = sum(notice.kind == NoticeKind.NEW_LEAD for notice in notices)
    what = f"{new} new {'lead' if new == 1 else 'leads'}" if new else "Your leads"
    # No word of a lead: whoever sends one would write the subject.
    return f"{what} in {' '.join(account.name.split())}"


def text(notices: Sequence[Notice]) -> str:
    parts = [section(TITLES[NoticeKind(kind)], list(group)) for kind, group in by_kind(notices)]
    leads_page = settings.SITE_URL + reverse("admin:leads_lead_changelist")
    return "\n\n".join([*parts, f"All your leads: {leads_page}?show=mine"])


def by_kind(notices: Sequence[Notice]) -> Iterable[tuple[str, Iterable[Notice]]]:
    return groupby(sorted(notices, key=lambda notice: notice.kind), key=lambda notice: notice.kind)


def section(title: str, notices: Sequence[Notice]) -> str:
    lines = [line(notice) for notice in notices[:LISTED]]
    more = [f"… and {len(notices) - LISTED} more"] if len(notices) > LISTED else []
    return "\n".join([title, *lines, *more])


def line(notice: Notice) -> str:
    lead = notice.lead
    who = " ".join(f"{lead} {lead.company}".split())[:200]
    return f"- {who}: {settings.SITE_URL}{reverse('admin:leads_lead_change', args=[lead.pk])}"

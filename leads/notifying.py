"""Reps told by e-mail of new leads and reminders: by a sweep, several in one mail, and never inside the intake."""

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, Membership
from leadhub.lib.sql import fetch
from leads.models import Notice, NoticeKind

logger = logging.getLogger(__name__)

BATCH, LISTED = 1000, 20
# What could not be mailed within a day is no news any more; the bell has it.
NEWS = timedelta(days=1)
# A mail server that refuses a rep's mail is not asked about him again before: it would soon refuse everybody's.
AGAIN = timedelta(minutes=15)
WAITING = """
SELECT account_id, user_id FROM leads_notice WHERE mailed_at IS NULL
GROUP BY 1, 2 HAVING coalesce(max(refused_at) <= %(refused_before)s::timestamptz, true) ORDER BY min(id)
"""
# Not of rows: of two who lock them at once each would get some, and the rep two mails.
MINE_TO_MAIL = """
SELECT pg_try_advisory_xact_lock(hashtextextended(format('notices:%%s:%%s', %(account)s::bigint, %(user)s::bigint), 0))
"""
TITLES = {
    NoticeKind.NEW_LEAD: "New leads",
    NoticeKind.REMINDER: "First contact is due soon",
    NoticeKind.TAKEN: "Passed on to somebody else",
}
# What a mail server says of this one mail: the next may be taken.
REFUSED = (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError, ValueError)


def mail_notices() -> int:
    """Mail what has not been mailed, one mail a rep and account; answers how many notices that dealt with.

    A notice is marked in the transaction that sends it: a mail may come twice after a crash, but none is lost.
    """
    dealt_with = 0
    for account_id, user_id in fetch(WAITING, refused_before=timezone.now() - AGAIN):
        try:
            dealt_with += mail_to(account_id, user_id)
        except OSError as error:
            # Whoever comes next would only wait for it as long again.
            logger.warning("The mail server cannot be reached: %s", type(error).__name__)
            break
    return dealt_with


@transaction.atomic
def mail_to(account_id: int, user_id: int) -> int:
    """One rep's mail; left to another worker who is at it. Raises OSError when there is no server."""
    if fetch(MINE_TO_MAIL, account=account_id, user=user_id) == [(False,)]:
        return 0
    mine = Notice.objects.for_account(account_id).filter(user=user_id, mailed_at=None)
    notices = list(mine.select_related("lead").order_by("pk")[:BATCH])
    reader = reader_of(account_id, user_id)
    news = [notice for notice in notices if notice.created_at > timezone.now() - NEWS and not notice.lead.deleted_at]
    these = mine.filter(pk__in=[notice.pk for notice in notices])
    if reader and news and not send(reader, news):
        these.update(refused_at=timezone.now())
        return 0
    return these.update(mailed_at=timezone.now())


def reader_of(account_id: int, user_id: int) -> Membership | None:
    """The member to be mailed; None for one who wants no mail or left: the leads are not his to read any more."""
    members = Membership.objects.for_account(account_id).active().filter(user=user_id, user__wants_mail=True)
    return members.filter(account__suspended_at=None).select_related("account", "user").first()


def send(reader: Membership, notices: Sequence[Notice]) -> bool:
    """Whether the mail was taken; one rep's bad address does not keep the others from theirs."""
    message = EmailMessage(subject(reader.account, notices), text(notices), to=[reader.user.email])
    try:
        message.send(using="default")
    except REFUSED as error:
        logger.warning("A mail to user %s was refused: %s", reader.user_id, type(error).__name__)
        return False
    return True


def subject(account: Account, notices: Sequence[Notice]) -> str:
    new = sum(notice.kind == NoticeKind.NEW_LEAD for notice in notices)
    what = f"{new} new {'lead' if new == 1 else 'leads'}" if new else "Your leads"
    # No word of a lead: whoever sends one would write the subject.
    return f"{what} in {plain(account.name)}"


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
    return (
        f"- {plain(f'{lead} {lead.company}')}: {settings.SITE_URL}{reverse('admin:leads_lead_change', args=[lead.pk])}"
    )


def plain(words: str) -> str:
    """What a stranger wrote, on one line, and without what a mail reader or a terminal would obey."""
    return " ".join("".join(each if each.isprintable() else " " for each in words).split())[:200]

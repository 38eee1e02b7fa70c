"""The bell: what a person was told of leads in the account he works in, and has not read."""

from accounts.working import Desk
from leads.models import Notice
from leads.models.notice import NoticeQuerySet

# What the bell counts to.
MANY = 9


def notices_for(desk: Desk) -> NoticeQuerySet:
    """The notices of the person at this desk, and nobody else's whatever his role, in the account he works in."""
    return Notice.objects.for_account(desk.account).filter(user=desk.user) if desk.account else Notice.objects.none()


def bell(desk: Desk) -> str:
    """How many of them are unread; empty for none, and for somebody who wants no bell."""
    if desk.user is None or not desk.user.wants_bell:
        return ""
    number = notices_for(desk).unread().order_by()[: MANY + 1].count()
    return f"{MANY}+" if number > MANY else str(number or "")

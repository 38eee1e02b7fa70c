"""What the worker does for leads: sweeps that come round, and pieces of work a person started."""

from leadhub.lib.jobs import sweep, work
from leads import contact, handover, held, notifying, purging

work(handover.KIND)(handover.hand_over)


@sweep("release_held", every=30)
def release_held() -> int:
    """Give held leads to those who can take them now."""
    return held.release_held()


@sweep("remind_of_first_contact", every=15)
def remind() -> int:
    """Remind reps whose time to first contact is mostly over."""
    return contact.remind()


@sweep("pass_on_uncontacted", every=15)
def pass_on() -> int:
    """Give leads whose time to first contact is over to the next rep."""
    return contact.pass_on_overdue()


@sweep("mail_notices", every=15)
def mail_notices() -> int:
    """Mail reps their new leads and reminders."""
    return notifying.mail_notices()


@sweep("purge_deleted_leads", every=600)
def purge_deleted() -> int:
    """Remove the leads that were deleted 30 days ago."""
    return purging.purge_deleted()

"""A rep's open leads handed to the rules and rotations, when he leaves."""

from accounts.actors import Actor
from accounts.models import Account, Job, User
from leadhub.lib.transactions import run
from leads.assigning import route
from leads.models import Lead

KIND = "hand_over"
BATCH = 200


def open_leads_of(account: Account, user: User) -> int:
    return Lead.objects.for_account(account).open().filter(owner=user).count()


def start_hand_over(account: Account, user: User, *, actor: Actor) -> Job:
    """A job that hands over the open leads of somebody who takes none any more."""
    title = f"Hand over the open leads of {user}"
    return Job.objects.start(KIND, account=account, actor=actor, title=title, arguments={"user_id": user.pk})


def hand_over(job: Job) -> None:
    """Route anew, in batches, every open lead of the user named in the job; where nobody can take one, it is held."""
    account, user_id = job.account, job.arguments["user_id"]
    assert account is not None
    theirs = Lead.objects.for_account(account).open().filter(owner=user_id).order_by("pk")
    # What comes later is his: he may take leads still, or again.
    last = job.cursor.get("last") or theirs.values_list("pk", flat=True).last() or 0
    theirs = theirs.filter(pk__lte=last)
    actor = Actor(user_id=job.created_by_id, email=job.created_by.email if job.created_by else "", door="job")
    run(lambda: job.advance(total=job.done + theirs.count(), cursor={"last": last}))
    while ids := list(theirs.values_list("pk", flat=True)[:BATCH]):
        run(lambda: batch(job, account, ids, actor))


def batch(job: Job, account: Account, ids: list[int], actor: Actor) -> None:
    moved = route(account, ids, actor=actor, cause=KIND)
    job.advance(done=len(moved))

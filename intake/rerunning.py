"""Many refused payloads run again, as a job: one after the other, each once, from where a killed worker left it."""

from collections.abc import Sequence

from accounts.actors import Actor
from accounts.models import Account, Job
from intake.quarantine import AlreadyResolved, NoSuchPayload, rerun
from leadhub.lib.transactions import run

KIND = "run_quarantined"


def start_runs(account: Account, payload_ids: Sequence[int], *, actor: Actor) -> Job:
    """A job that runs these payloads again, in this order. Needs an open transaction."""
    title = f"Run {len(payload_ids):,} refused payloads again"
    arguments = {"ids": list(payload_ids)}
    return Job.objects.start(KIND, account=account, actor=actor, title=title, arguments=arguments)


def run_all(job: Job) -> None:
    """Run each payload named in the job; what is refused again, or was dealt with meanwhile, counts as refused."""
    ids = job.arguments["ids"]
    run(lambda: job.advance(total=len(ids)))
    for place in range(job.cursor.get("next", 0), len(ids)):
        run_at(job, ids[place], following=place + 1)


def run_at(job: Job, payload_id: int, *, following: int) -> None:
    account = job.account
    assert account is not None
    actor = Actor(user_id=job.created_by_id, email=job.created_by.email if job.created_by else "", door="job")

    def work() -> None:
        count(job, rerun(account, payload_id, actor=actor).lead_id is not None, following=following)

    try:
        run(work)
    except (NoSuchPayload, AlreadyResolved):
        run(lambda: count(job, False, following=following))


def count(job: Job, is_taken_in: bool, *, following: int) -> None:
    job.advance(done=int(is_taken_in), refused=int(not is_taken_in), cursor={"next": following})

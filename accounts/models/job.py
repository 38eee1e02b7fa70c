from collections.abc import Mapping
from typing import Any

from auditlog.models import AbstractLogEntry
from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.actors import Actor
from accounts.models.account import Account
from accounts.models.audit import AuditEntry, Event
from leadhub.lib import jobs
from leadhub.lib.errors import Conflict
from leadhub.lib.tenancy import TenantQuerySet

LONGEST = 300
# So long a suspended account's job waits until it is looked at again.
SUSPENDED_SECONDS = 60


class Superseded(Exception):
    """The job was taken over by another worker: what this one was about to do must not happen."""


class JobState(models.TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


class JobQuerySet(TenantQuerySet["Job"]):
    def start(
        self, kind: str, *, account: Account | None, actor: Actor, title: str, arguments: Mapping[str, Any]
    ) -> "Job":
        """A new job, which a worker takes up once the caller's transaction commits."""
        with transaction.atomic():
            job = self.create(
                kind=kind,
                account=account,
                title=title[:LONGEST],
                arguments=dict(arguments),
                created_by_id=actor.user_id,
            )
            job.record(Event.CREATED, actor=actor, changes={"kind": [None, kind], "title": [None, title]})
            jobs.enqueue(job.pk)
        return job

    def take(self, job_id: int) -> "Job | None":
        """The job for the worker that now does it, from whoever did before; None for one that is over."""
        changes = {"state": JobState.RUNNING, "attempt": F("attempt") + 1}
        started_at = Coalesce("started_at", timezone.now())
        if not self.filter(pk=job_id, state__in=UNFINISHED).update(**changes, started_at=started_at):
            return None
        return self.select_related("account").get(pk=job_id)


class Job(models.Model):
    """A piece of background work that a person started; without an account it concerns the platform.

    `done` rows are dealt with, `refused` ones could not be; `cursor` says where a killed worker's successor goes on.
    """

    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=LONGEST)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    total = models.PositiveIntegerField(null=True)
    done = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    cursor = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    # Each worker that takes the job has one of its own, and may write only while it is the latest.
    attempt = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["account", "id"], name="job_in_account")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def dealt_with(self) -> int:
        return self.done + self.refused

    @property
    def progress(self) -> str:
        """How far it is, such as "120 of 400, 3 refused"."""
        of_all = f"{self.done:,}" if self.total is None else f"{self.dealt_with:,} of {self.total:,}"
        return f"{of_all}, {self.refused:,} refused" if self.refused else of_all

    def advance(
        self, *, done: int = 0, refused: int = 0, cursor: Mapping[str, Any] | None = None, total: int | None = None
    ) -> None:
        """Count a chunk and say where the next begins, inside the chunk's own transaction.

        `self` stays as it was taken, for the transaction may yet be repeated. Raises Superseded when another worker
        took the job over, and PutOff after the commit when this one was told to end, or the account was suspended.
        """
        changes: dict[str, Any] = {"done": F("done") + done, "refused": F("refused") + refused}
        changes |= {} if cursor is None else {"cursor": dict(cursor)}
        changes |= {} if total is None else {"total": total}
        self.write(**changes)
        transaction.on_commit(jobs.put_off_when_stopping)
        transaction.on_commit(self.put_off_when_suspended)

    def put_off_when_suspended(self) -> None:
        if Job.objects.filter(pk=self.pk, account__suspended_at__isnull=False).exists():
            raise jobs.PutOff(SUSPENDED_SECONDS)

    def put_off(self) -> None:
        self.write(state=JobState.QUEUED)

    def finish(self) -> None:
        """The work is done; what it left in `result` is kept."""
        self.write(state=JobState.DONE, result=self.result, finished_at=timezone.now())

    def fail(self, error: str) -> None:
        self.write(state=JobState.FAILED, error=error, finished_at=timezone.now())

    def write(self, **changes: Any) -> None:
        mine = Job.objects.filter(pk=self.pk, state=JobState.RUNNING, attempt=self.attempt)
        if not mine.update(**changes):
            raise Superseded

    def retry(self, actor: Actor) -> None:
        """Have a failed job done again, from where it stands."""
        with transaction.atomic():
            failed = Job.objects.filter(pk=self.pk, state=JobState.FAILED)
            if not failed.update(state=JobState.QUEUED, error="", finished_at=None):
                raise Conflict("Only a job that failed can be tried again.")
            self.record(Event.UPDATED, actor=actor, changes={"state": [JobState.FAILED, JobState.QUEUED]})
            jobs.enqueue(self.pk)
        self.refresh_from_db()

    def record(self, event: Event, *, actor: Actor, changes: Mapping[str, Any]) -> None:
        action = AbstractLogEntry.Action.CREATE if event == Event.CREATED else AbstractLogEntry.Action.UPDATE
        AuditEntry.objects.log_create(
            self, event=event, action=action, changes=changes, object_repr="", **actor.entry_fields
        )


class SweepRunQuerySet(models.QuerySet["SweepRun"]):
    def started(self, name: str) -> None:
        self.update_or_create(name=name, defaults={"started_at": timezone.now(), "ended_at": None})

    def ended(self, name: str, *, answered: int) -> None:
        self.filter(name=name).update(ended_at=timezone.now(), answered=answered, is_failing=False)

    def failed(self, name: str, *, error: str) -> None:
        now = timezone.now()
        self.filter(name=name).update(ended_at=now, failed_at=now, error=error, is_failing=True)


class SweepRun(models.Model):
    """What came of a sweep's last run, and of its last failure, so that staff can see one that fails."""

    name = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    answered = models.BigIntegerField(null=True)
    is_failing = models.BooleanField(default=False)
    failed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    objects = SweepRunQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["name"], name="sweeprun_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        return self.name.replace("_", " ").capitalize()

    @property
    def seconds(self) -> float | None:
        """How long the last run took; None while it goes on."""
        return None if self.ended_at is None else max((self.ended_at - self.started_at).total_seconds(), 0)

"""A worker as a process of its own, at the tests' pace, that knows one kind of work, slow the first time."""

import os
import time

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadhub.settings")
django.setup()
settings.WORKER_HEARTBEAT_SECONDS = 0.5
settings.WORKER_SILENT_SECONDS = 2

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from accounts import audit  # noqa: E402
from accounts.actors import NOBODY  # noqa: E402
from accounts.models import Event, Job  # noqa: E402
from leadhub.lib.jobs import work  # noqa: E402


@work("slow")
def slow(job: Job) -> None:
    for step in range(job.cursor.get("next", 0), job.arguments["steps"]):
        with transaction.atomic():
            data = {"step": step, "worker": os.getpid()}
            audit.record(job, Event.UPDATED, actor=NOBODY, data=data)
            # Long enough for a test to come between, and not a wait for what is to follow.
            time.sleep(0.1 if job.attempt == 1 else 0)
            job.advance(done=1, cursor={"next": step + 1}, total=job.arguments["steps"])


if __name__ == "__main__":
    call_command("worker")

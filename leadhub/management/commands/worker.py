from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from leadhub.lib.jobs.worker import Pace, run_worker


class Command(BaseCommand):
    help = "Do background work until told to end: jobs that people started, and sweeps. Runs on any number of machines."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        run_worker(
            Pace(
                concurrency=settings.WORKER_CONCURRENCY,
                heartbeat=settings.WORKER_HEARTBEAT_SECONDS,
                silent=settings.WORKER_SILENT_SECONDS,
            )
        )

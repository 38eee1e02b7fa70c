import os
import platform
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError

from leadhub.bench import create
from leadhub.bench.database import own_database


class Command(BaseCommand):
    help = "Measure: `create` is leads a second through the workspace door, beside pgbench doing the same writes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["create"])
        parser.add_argument("--clients", type=int, default=16)
        parser.add_argument("--seconds", type=int, default=6)
        parser.add_argument("--rounds", type=int, default=3)

    def handle(self, *args: Any, clients: int, seconds: int, rounds: int, **options: Any) -> None:
        self.stdout.write(f"{os.cpu_count()} cores, Python {platform.python_version()}, ", ending="")
        self.stdout.write(f"PostgreSQL {create.server_version()}; {rounds} rounds of {seconds} s each")
        try:
            with own_database():
                results = list(create.run_rounds(clients=clients, seconds=seconds, rounds=rounds))
        except ProgrammingError as error:
            raise CommandError(f"The bench makes a database of its own, and may not: {error}") from error
        self.stdout.write(create.report(results, clients=clients))
        refused = {status for each in results for status in each.door.statuses if status != "201"}
        if refused:
            raise CommandError(f"The door also answered {', '.join(sorted(refused))}: the figure does not count.")

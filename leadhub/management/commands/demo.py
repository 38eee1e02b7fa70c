import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from leadhub.demo import fresh_credentials, make_demo
from leadhub.welcome import keep_credentials, welcome


class Command(BaseCommand):
    help = "Make the demo account (again, harmlessly) and print fresh credentials; earlier ones stop working."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo is not for production; python manage.py setup makes the first real account.")
        call_command("migrate", verbosity=0, interactive=False)
        credentials = fresh_credentials(make_demo())
        keep_credentials(credentials)
        self.stdout.write(json.dumps(credentials, indent=2) if options["json"] else welcome(credentials))

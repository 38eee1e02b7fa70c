from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from accounts.actors import Actor, acting
from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, Membership, User
from accounts.roles import Role
from leadhub.lib.errors import DomainError
from leadhub.preparing import prepare_database
from teams.founding import open_account
from teams.members import new_password


class Command(BaseCommand):
    help = "Make the first real account, its owner (a platform administrator) and his keys; prints each secret once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", help="the company's name")
        parser.add_argument("--email", help="the owner's e-mail")
        parser.add_argument("--country", default="US", help="default country of phone numbers, two letters (US)")

    def handle(self, *args: Any, account: str | None, email: str | None, country: str, **options: Any) -> None:
        name = account or asked("Company: ")
        email = (email or asked("Owner's e-mail: ")).strip().lower()
        prepare_database()
        refuse(email)
        try:
            with transaction.atomic(), acting(Actor(door="setup")):
                secrets_made = make(name, email, country)
        except DomainError as error:
            given = f"{country!r}: " if error.field == "default_country" else ""
            raise CommandError(f"{given}{error.message}") from error
        width = max(map(len, secrets_made))
        for what, value in secrets_made.items():
            self.stdout.write(f"{what:<{width}}  {value}")
        self.stdout.write(
            "Keep these now: they are not shown again. Next: teams, sources and a rotation, in the console."
        )


def asked(question: str) -> str:
    try:
        return input(question)
    except EOFError as error:
        raise CommandError("Nobody is there to be asked: give --account and --email.", returncode=2) from error


def refuse(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise CommandError(f"{email!r} is not an e-mail address.") from error
    if User.objects.filter(email=email).exists():
        raise CommandError(f"There is a user {email} already; further accounts are made in the console.")


def make(name: str, email: str, country: str) -> dict[str, str]:
    password = new_password()
    owner = User.objects.create_user(email, password, is_platform_admin=True)
    account = open_account({"name": name, "default_country": country})
    for place in (account, Account.objects.platform()):
        Membership.objects.create(account=place, user=owner, role=Role.OWNER)
    issue = ApiKey.objects.issue
    return {
        "account id": str(account.pk),
        "workspace id": account.hex_id,
        "e-mail": email,
        "password": password,
        "workspace key": issue(KeyKind.ACCOUNT, user=owner, account=account, name="setup")[1],
        "user key": issue(KeyKind.USER, user=owner, name="setup")[1],
        "platform key": issue(KeyKind.PLATFORM, user=owner, name="setup")[1],
    }

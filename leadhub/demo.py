"""The demo: a company with teams, sources and a rotation of five, and enough leads that no page is empty."""

import json
import secrets
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor, acting
from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, LoginSession, Membership, User
from accounts.roles import Role
from intake.models import Form
from intake.problems import problem_of
from intake.quarantine import quarantine
from leadhub.demo_leads import SAMPLES
from leadhub.lib.requests import RequestInfo
from leadhub.lib.transactions import run
from leads.drafts import LeadDraft
from leads.lifecycle import set_status
from leads.models import Lead, Notice
from leads.outcomes import Context, Outcome
from leads.receive import receive
from teams.models import LeadSource, LeadSourceTeam, Rotation, RotationMember, Team, TeamMember
from teams.sourcerules import StateNotAllowed

COMPANY = "Acme Demo"
DOMAIN = "demo.example.com"
KEY_NAME = "demo"
RULES: dict[str, Any] = {
    "allowed_states": ["CA", "NV", "AZ"],
    "allowed_products": ["solar"],
    "daily_limit": 500,
    "default_tags": ["solar"],
    "cost_per_lead": Decimal("18.50"),
}
REFUSED = {
    "firstName": "Rosa",
    "lastName": "Alvarez",
    "email": "rosa@example.com",
    "phone": "+1 512 555 0143",
    "state": "TX",
    "product": "solar",
    "externalId": "solar-1001",
}
REPS = ["Ada Lovelace", "Grace Hopper", "Katherine Johnson", "Alan Turing", "Edsger Dijkstra"]


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo account and who and what is in it."""

    account: Account
    admin: User
    owner: User
    reps: list[User]
    west: Team
    partner: LeadSource
    vendor: LeadSource


def make_demo() -> Demo:
    """The demo, made where it is missing and left as it is where it is there."""
    with transaction.atomic(), acting(Actor(door="setup")):
        admin = person("admin", "Demo Admin", is_platform_admin=True)
        owner = person("owner", "Olivia Owner")
        demo = make_company(admin, owner)
        make_platform(admin)
    if not Lead.objects.for_account(demo.account).exists():
        make_leads(demo)
        make_refused(demo)
    return demo


def make_company(admin: User, owner: User) -> Demo:
    place = Membership.objects.filter(user=owner).select_related("account").first()
    account = place.account if place else Account.objects.create(name=COMPANY)
    for user, role in ((owner, Role.OWNER), (admin, Role.ADMIN)):
        Membership.objects.get_or_create(account=account, user=user, defaults={"role": role})
    reps = [member(account, name) for name in REPS]
    west = team(account, "West", reps[:3])
    team(account, "East", reps[3:])
    rotation(account, reps)
    Form.objects.get_or_create(account=account, name="Website", defaults={"title": "Talk to us"})
    partner, _ = LeadSource.objects.get_or_create(account=account, name="Partner portal")
    LeadSourceTeam.objects.get_or_create(account=account, source=partner, team=west)
    vendor, _ = LeadSource.objects.get_or_create(account=account, name="Vendor feed")
    return Demo(account, admin, owner, reps, west, partner, vendor)


def make_platform(admin: User) -> None:
    """The platform's own account, with a rotation too."""
    platform = Account.objects.platform()
    Membership.objects.get_or_create(account=platform, user=admin, defaults={"role": Role.ADMIN})
    rotation(platform, [member(platform, name) for name in ("Pat Platform", "Quinn Platform")])


def make_leads(demo: Demo) -> None:
    for number, (door, status, draft) in enumerate(SAMPLES):
        if door == "source":
            draft.lead_source_id = demo.vendor.pk
            draft.external_id = f"demo-{number}"
        make_lead(demo, door, status, draft)


def make_lead(demo: Demo, door: str, status: str, draft: LeadDraft) -> None:
    account = Account.objects.platform() if door == "platform" else demo.account
    actor = Actor(user_id=demo.owner.pk, email=demo.owner.email, door=door)
    context = Context(door=door, actor=actor, own_source=demo.vendor if door == "source" else None)
    outcome = run(lambda: received_quietly(account, draft, context=context))
    if status and outcome.lead:
        lead = outcome.lead
        run(lambda: set_status(account, [lead.pk], status, actor=actor))


def make_refused(demo: Demo) -> None:
    """A source with rules, and what they refused: once its state is allowed, it can be run again."""
    with acting(Actor(door="setup")):
        solar, _ = LeadSource.objects.get_or_create(account=demo.account, name="Solar campaign", defaults=RULES)
    problem = problem_of(StateNotAllowed("The source may not send leads of TX.", field="state"))
    body = json.dumps(REFUSED).encode()
    request = RequestInfo(id="demo", address="192.0.2.17", user_agent="demo/1.0")
    quarantine(solar, body=body, content_type="application/json", problem=problem, request=request)


def received_quietly(account: Account, draft: LeadDraft, *, context: Context) -> Outcome:
    """Take in a lead of nobody's: the bell tells of it, and no mail."""
    [outcome] = receive(account, [draft], context=context)
    Notice.objects.for_account(account).filter(lead=outcome.lead).update(mailed_at=timezone.now())
    return outcome


def person(local_part: str, name: str, **fields: Any) -> User:
    email = f"{local_part}@{DOMAIN}"
    return User.objects.filter(email=email).first() or User.objects.create_user(email, name=name, **fields)


def member(account: Account, name: str) -> User:
    user = person(name.split(maxsplit=1)[0].lower(), name)
    Membership.objects.get_or_create(account=account, user=user, defaults={"role": Role.AGENT})
    return user


def team(account: Account, name: str, users: list[User]) -> Team:
    made, _ = Team.objects.get_or_create(account=account, name=name)
    for user in users:
        TeamMember.objects.get_or_create(account=account, team=made, user=user)
    return made


def rotation(account: Account, users: list[User]) -> None:
    if Rotation.objects.for_account(account).active().filter(team=None).exists():
        return
    made = Rotation.objects.create(account=account, name="default")
    for position, user in enumerate(users):
        RotationMember.objects.create(account=account, rotation=made, user=user, position=position)


def fresh_credentials(demo: Demo) -> dict[str, Any]:
    """New random credentials for everything in the demo; those made before no longer work."""
    with transaction.atomic(), acting(Actor(door="setup")):
        revoke_earlier(demo)
        password = secrets.token_urlsafe(12)
        demo.admin.set_password(password)
        demo.admin.save(update_fields=["password"])
        return credentials(demo, password)


def revoke_earlier(demo: Demo) -> None:
    for key in ApiKey.objects.usable().filter(name=KEY_NAME, user__in=[demo.admin, demo.owner]):
        key.revoke()
    for session in LoginSession.objects.usable().filter(user=demo.owner):
        session.revoke()


def credentials(demo: Demo, password: str) -> dict[str, Any]:
    issue = ApiKey.objects.issue
    members = RotationMember.objects.for_account(demo.account).filter(rotation__team=None, rotation__status="active")
    return {
        "base_url": settings.SITE_URL,
        "platform_key": issue(KeyKind.PLATFORM, user=demo.admin, name=KEY_NAME)[1],
        "account_id": str(demo.account.pk),
        "session_token": LoginSession.objects.open(demo.owner)[1],
        "user_key": issue(KeyKind.USER, user=demo.owner, name=KEY_NAME)[1],
        "workspace_id": demo.account.hex_id,
        "workspace_key": issue(KeyKind.ACCOUNT, user=demo.owner, account=demo.account, name=KEY_NAME)[1],
        "source_id": str(demo.vendor.uuid),
        "source_key": demo.vendor.issue_key(user=demo.owner, name=KEY_NAME)[1],
        "console": {"url": f"{settings.SITE_URL}/admin/", "email": demo.admin.email, "password": password},
        "team_id": demo.west.pk,
        "lead_source_id": demo.partner.pk,
        "rotation_members": list(members.values_list("user__email", flat=True)),
    }

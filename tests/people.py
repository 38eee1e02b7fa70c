"""The people of the tests: Acme with its owner and reps, a colleague of each role, and a stranger from Globex."""

from dataclasses import dataclass, field

from accounts.actors import Actor
from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, LoginSession, Membership, User
from accounts.roles import Role
from leadhub.lib.transactions import run
from leads.drafts import LeadDraft
from leads.models import Lead
from leads.outcomes import Context, Outcome
from leads.receive import receive
from teams.models import LeadSource, Rotation, RotationMember, Team

PASSWORD = "correct horse battery staple"


@dataclass
class Company:
    """An account with its owner, his account key and the keys and tokens that tests need."""

    account: Account
    owner: User
    key: str
    user_key: str
    token: str
    reps: list[User] = field(default_factory=list)


def company(name: str, *, reps: int = 0) -> Company:
    account = Account.objects.create(name=name)
    owner = person(f"owner@{name.lower()}.test", account, Role.OWNER)
    made = Company(
        account=account,
        owner=owner,
        key=ApiKey.objects.issue(KeyKind.ACCOUNT, user=owner, account=account)[1],
        user_key=ApiKey.objects.issue(KeyKind.USER, user=owner)[1],
        token=LoginSession.objects.open(owner)[1],
    )
    made.reps = [person(f"rep{number}@{name.lower()}.test", account, Role.AGENT) for number in range(1, reps + 1)]
    if reps:
        rotation(account, made.reps)
    return made


def person(email: str, account: Account, role: Role) -> User:
    # No password hash: Argon2 is slow on purpose, and few tests log in by password.
    user = User.objects.create_user(email, name=email.partition("@")[0].title())
    Membership.objects.create(account=account, user=user, role=role)
    return user


def platform_admin(email: str = "admin@platform.test") -> User:
    return User.objects.create_user(email, name="Admin", is_platform_admin=True)


def rotation(
    account: Account, users: list[User], *, team: Team | None = None, weights: list[int] | None = None
) -> Rotation:
    made = Rotation.objects.create(account=account, team=team, name=team.name if team else "default")
    for position, user in enumerate(users):
        weight = weights[position] if weights else 1
        RotationMember.objects.create(account=account, rotation=made, user=user, position=position, weight=weight)
    return made


def source(account: Account, user: User, name: str = "Vendor") -> tuple[LeadSource, str]:
    made = LeadSource.objects.create(account=account, name=name)
    return made, made.issue_key(user=user)[1]


def arrive(account: Account, *drafts: LeadDraft, door: str = "workspace", actor: Actor | None = None) -> list[Outcome]:
    """What becomes of these drafts, received as by a door."""
    context = Context(door=door, actor=actor or Actor())
    return run(lambda: receive(account, drafts, context=context))


def lead(account: Account, email: str = "jane@example.com", **fields: object) -> Lead:
    [outcome] = arrive(account, LeadDraft(email=email, **fields))  # type: ignore[arg-type]
    assert outcome.lead is not None
    return outcome.lead

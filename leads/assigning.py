"""A stored lead given to another owner: by hand, or by the rules and rotations again."""

from collections.abc import Collection, Sequence

from django.db import transaction

from accounts.actors import Actor
from accounts.holding import hold_members
from accounts.models import Account, Membership
from leadhub.lib.errors import Invalid
from leads.choosing import choose_owners
from leads.giving import give
from leads.locking import lock_leads
from leads.models import Lead
from leads.seekers import Known, Owner, Seeker


class NoSuchMember(Invalid):
    """The named owner is nobody who can have a lead here."""

    code = "unknown_assignee"

    def __init__(self) -> None:
        super().__init__("assigned user is not an active member of this account", field="assignee_email")


def member_named(account: Account, email: str) -> int:
    """The user id of the active member with this e-mail. Raises NoSuchMember."""
    active = Membership.objects.for_account(account).active().filter(user__email=email.strip().lower())
    user_id = active.values_list("user_id", flat=True).first()
    if user_id is None:
        raise NoSuchMember
    return user_id


@transaction.atomic(savepoint=False)
def assign(account: Account, ids: Collection[int], *, owner_id: int | None, actor: Actor, note: str = "") -> list[Lead]:
    """Give these leads to one member, or with None to nobody, by hand; answers those that moved.

    Raises NoSuchMember. Turns and the clock of first contact are the rotations', so a lead given by hand has neither.
    """
    leads = lock_leads(account, ids)
    members = hold_members(account, {owner_id} if owner_id else ())
    if owner_id and owner_id not in members:
        raise NoSuchMember
    owner = Owner("hand", owner_id, members[owner_id] if owner_id else "")
    # Given again to the one who has it, it stays as it is, in its rotation's care.
    seekers = [Seeker(lead, owner=owner, lead=lead) for lead in leads if lead.owner_id != owner_id or not owner_id]
    return give(account, seekers, actor=actor, data={"cause": "hand", "note": note})


@transaction.atomic(savepoint=False)
def route(account: Account, ids: Collection[int], *, actor: Actor, cause: str = "routed", note: str = "") -> list[Lead]:
    """Let the rules and rotations choose anew for these leads, other than who has them; answers those that moved.

    A lead that nobody can take is held, also when it had an owner. Archived ones stay where they are.
    """
    leads = lock_leads(account, ids)
    seekers = link_persons(account, [seeker_of(lead) for lead in leads if lead.archived_at is None])
    rotations = choose_owners(account, seekers)
    return give(account, seekers, rotations, actor=actor, data={"cause": cause, "note": note})


def seeker_of(lead: Lead) -> Seeker:
    excluded = frozenset([lead.owner_id]) if lead.owner_id else frozenset()
    return Seeker(lead, excluded=excluded, lead=lead)


def link_persons(account: Account, seekers: Sequence[Seeker]) -> list[Seeker]:
    """Let a duplicate follow its primary, whether that is among these leads or stays where it is.

    Answers them in order, but each after the one it follows, which after a restore may be the younger.
    """
    here = {seeker.lead.pk: seeker for seeker in seekers if seeker.lead}
    named = (seeker.lead.duplicate_of_id for seeker in seekers if seeker.lead)
    primaries = {pk for pk in named if pk and pk not in here}
    kept = Lead.objects.for_account(account).filter(pk__in=primaries).values_list("pk", "owner_id")
    owners = dict(kept) if primaries else {}
    for seeker in seekers:
        primary = seeker.lead.duplicate_of_id if seeker.lead else None
        if primary in here:
            seeker.known = Known(primary, earlier=here[primary])
        elif primary:
            seeker.known = Known(primary, owners.get(primary))
    return sorted(seekers, key=lambda seeker: bool(seeker.known and seeker.known.earlier))

"""A lead of the platform that was won: it becomes a tenant, with an account of its own."""

from dataclasses import dataclass

from django.db import transaction

from accounts.actors import Actor
from accounts.models import Account, User
from leadhub.lib.errors import Conflict, Invalid
from leads import lifecycle
from leads.drafts import EMAIL_LENGTH
from leads.lifecycle import AlreadyConverted
from leads.locking import lock_lead
from leads.models import Lead, LeadStatus
from teams.founding import found_account

PERSON_NAME = 200


@dataclass(frozen=True, slots=True)
class Tenant:
    """The lead as it was won, and the account it became."""

    lead: Lead
    account: Account


class NotQualified(Conflict):
    code = "not_qualified"

    def __init__(self) -> None:
        super().__init__("only a qualified lead can be converted")


class OwnerShutOut(Conflict):
    """Nobody could work in an account whose only owner is not let in."""

    code = "owner_shut_out"

    def __init__(self) -> None:
        super().__init__("this person's log-in is switched off", field="email")


@transaction.atomic(savepoint=False)
def convert_to_account(account: Account, lead_id: int, *, account_name: str = "", actor: Actor) -> Tenant:
    """Make a tenant of a qualified lead: an account named as told, or after the company, owned by the contact.

    Raises NoSuchLead, AlreadyConverted (also for a lead that was taken back after its conversion), NotQualified,
    OwnerShutOut, and Invalid for an e-mail that is none or an account's `name` that is none.
    """
    lead = lock_lead(account, lead_id)
    refuse_unless_qualified(lead)
    founded = found_account(account_name.strip() or lead.company, owner=contact_of(lead))
    lifecycle.convert(account, lead_id, application_id=str(founded.pk), actor=actor)
    return Tenant(Lead.objects.for_account(account).get(pk=lead_id), founded)


def refuse_unless_qualified(lead: Lead) -> None:
    if lead.application_id or lead.status == LeadStatus.CONVERTED:
        raise AlreadyConverted
    if lead.archived_at or lead.status != LeadStatus.QUALIFIED:
        raise NotQualified


def contact_of(lead: Lead) -> User:
    """The person with the lead's e-mail; somebody new gets a log-in, and a password from an administrator later."""
    email = lead.email.strip().lower()
    if lead.email_key is None or len(email) > EMAIL_LENGTH:
        raise Invalid("A valid e-mail is needed: the contact becomes the account's owner.", field="email")
    user = User.objects.filter(email=email).first()
    if user and not user.is_active:
        raise OwnerShutOut
    return user or User.objects.create_user(email, name=lead.full_name[:PERSON_NAME])

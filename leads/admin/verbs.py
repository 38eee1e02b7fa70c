"""What a person can do with leads in the console: with chosen rows of the list, and on a lead's own page."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.actors import Actor
from accounts.models import Account, Membership, User
from accounts.roles import Right
from leads import lifecycle
from leads.assigning import assign, route
from leads.models import Lead, LeadStatus

type Given = Mapping[str, Any]
type Act = Callable[[Account, Collection[int], Actor, Given], list[Lead]]
type Told = Callable[[Given, Sequence[Lead]], str]


class MemberField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.email})" if obj.name else str(obj.email)


class VerbForm(forms.Form):
    """What a verb asks for, in the account it is done in."""

    def __init__(self, account: Account, data: Any = None) -> None:
        super().__init__(data)
        if "owner" in self.fields:
            members = Membership.objects.for_account(account).active().values("user")
            self.fields["owner"].queryset = User.objects.filter(pk__in=members).order_by("email")  # type: ignore[attr-defined]


def reason_field() -> forms.CharField:
    return forms.CharField(
        label="Reason",
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget({"placeholder": "Kept in the timeline"}),
    )


class AssignForm(VerbForm):
    owner = MemberField(
        User.objects.none(), label="Member", empty_label="Choose a member", widget=UnfoldAdminSelectWidget
    )
    note = reason_field()


class RouteForm(VerbForm):
    note = reason_field()


class StatusForm(VerbForm):
    status = forms.ChoiceField(label="Status", choices=LeadStatus.choices, widget=UnfoldAdminSelectWidget)


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb of leads: whose right it is, what it asks for, what it did, and why it left others as they were."""

    name: str
    title: str
    right: Right
    act: Act
    done: Told
    left: str = ""
    form: type[VerbForm] | None = None
    question: str = ""


def routed(given: Given, leads: Sequence[Lead]) -> str:
    moved = Lead.objects.for_account(leads[0].account_id).filter(pk__in=[lead.pk for lead in leads]) if leads else None
    held = moved.filter(owner=None).count() if moved is not None else 0
    return f"routed again; {held} of them without an owner until somebody can take them" if held else "routed again"


VERBS = {
    verb.name: verb
    for verb in [
        Verb(
            "contact",
            "Contacted now",
            Right.CHANGE_LEADS,
            lambda account, ids, actor, given: lifecycle.contact(account, ids, actor=actor),
            lambda given, leads: "marked as contacted",
        ),
        Verb(
            "status",
            "Change status",
            Right.CHANGE_LEADS,
            lambda account, ids, actor, given: lifecycle.set_status(account, ids, given["status"], actor=actor),
            lambda given, leads: f"set to {LeadStatus(given['status']).label}",
            "had that status already",
            StatusForm,
        ),
        Verb(
            "assign",
            "Assign to …",
            Right.ASSIGN_LEADS,
            lambda account, ids, actor, given: assign(
                account, ids, owner_id=given["owner"].pk, actor=actor, note=given["note"]
            ),
            lambda given, leads: f"given to {given['owner']}",
            "had this owner already",
            AssignForm,
            "Leads given by hand take no turn of a rotation, and no clock runs for them.",
        ),
        Verb(
            "route",
            "Route again",
            Right.ASSIGN_LEADS,
            lambda account, ids, actor, given: route(account, ids, actor=actor, note=given["note"]),
            routed,
            "archived, or nobody else could take them",
            RouteForm,
            "The rules and rotations choose anew, and not the one who has it now. "
            "A lead that nobody else can take waits without an owner.",
        ),
        Verb(
            "archive",
            "Archive",
            Right.CHANGE_LEADS,
            lambda account, ids, actor, given: lifecycle.archive(account, ids, actor=actor),
            lambda given, leads: "archived",
            "archived already",
        ),
        Verb(
            "unarchive",
            "Take out of the archive",
            Right.CHANGE_LEADS,
            lambda account, ids, actor, given: lifecycle.unarchive(account, ids, actor=actor),
            lambda given, leads: "taken out of the archive",
            "not archived",
        ),
    ]
}


def told(verb: Verb, given: Given, changed: Sequence[Lead], *, left: int, gone: int) -> str:
    """How many were changed, and how many were not, and why."""
    parts = [f"{counted(len(changed))} {verb.done(given, changed)}."]
    if left:
        parts.append(f"{counted(left)} left as before: {verb.left}.")
    if gone:
        parts.append(f"{counted(gone)} not found among those shown to you here.")
    return " ".join(parts)


def counted(number: int) -> str:
    return "1 lead" if number == 1 else f"{number or 'No'} leads"

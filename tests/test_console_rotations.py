"""Rotations, and all that changes who is eligible for leads."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, Membership, User
from accounts.roles import Role
from teams.admin.rotations import RotationForm
from teams.members import LastOwner, set_membership
from teams.models import Rotation, Team
from tests.consoles import change_url, console, inline_data, page_url, text_of
from tests.people import Company, lead, person, platform_admin
from tests.people import rotation as made_rotation

TERMS = {"max_hops": 2}
NO_DAYS_OFF = inline_data("days_off", []) | {"working_hours_always": "on"}


@pytest.fixture
def operator(acme: Company) -> Client:
    return console(acme.owner)


def posted(rotation: Rotation, **changed: Any) -> dict[str, Any]:
    """The rotation's form as it would be sent back unchanged, but for `changed`."""
    rows = [
        {"id": m.pk, "rotation": rotation.pk, "user": m.user_id, "weight": m.weight, "position": m.position}
        | ({"is_paused": "on"} if m.is_paused else {})
        for m in rotation.members.all()
    ]
    form = {"name": rotation.name, "team": rotation.team_id or "", "status": rotation.status, "max_hops": 2}
    return form | inline_data("members", rows, initial=len(rows)) | changed


def test_a_rotation_is_added_with_its_members_in_order(acme: Company, operator: Client) -> None:
    team = Team.objects.create(account=acme.account, name="West")
    members = [{"user": user.pk, "weight": 2, "position": 0} for user in reversed(acme.reps)]

    answer = operator.post(
        page_url(Rotation, "add"),
        {"name": "West", "team": team.pk, "status": "active"} | TERMS | inline_data("members", members),
    )

    assert answer.status_code == 302
    made = Rotation.objects.get(name="West")
    assert [(m.user, m.position, m.weight) for m in made.members.all()] == [
        (acme.reps[2], 0, 2),
        (acme.reps[1], 1, 2),
        (acme.reps[0], 2, 2),
    ]
    assert made.created_by == acme.owner


def test_dragging_members_changes_their_order_and_new_ones_come_last(acme: Company, operator: Client) -> None:
    rotation = Rotation.objects.get(account=acme.account)
    newcomer = person("new@acme.test", acme.account, Role.AGENT)
    dragged = {"members-0-position": 2, "members-2-position": 0, "members-TOTAL_FORMS": 4}
    added = {"members-3-user": newcomer.pk, "members-3-weight": 1, "members-3-position": 0}

    answer = operator.post(change_url(rotation), posted(rotation, **dragged, **added))

    assert answer.status_code == 302
    assert [m.user for m in rotation.members.all()] == [acme.reps[2], acme.reps[1], acme.reps[0], newcomer]


def test_a_second_active_rotation_is_an_error_of_the_form(acme: Company, operator: Client) -> None:
    team = Team.objects.create(account=acme.account, name="West")
    Rotation.objects.create(account=acme.account, team=team, name="First")
    empty = inline_data("members", []) | TERMS

    default = operator.post(page_url(Rotation, "add"), {"name": "x", "team": "", "status": "active"} | empty)
    of_team = operator.post(page_url(Rotation, "add"), {"name": "x", "team": team.pk, "status": "active"} | empty)
    queued = operator.post(page_url(Rotation, "add"), {"name": "next", "team": team.pk, "status": "queued"} | empty)

    assert default.context["adminform"].form.errors == {
        "status": ["The account has an active rotation already: default. Archive that one first, or queue this."]
    }
    assert of_team.context["adminform"].form.errors == {
        "status": ["The team West has an active rotation already: First. Archive that one first, or queue this."]
    }
    assert queued.status_code == 302
    assert set(Rotation.objects.values_list("name", flat=True)) == {"default", "First", "next"}


def test_terms_and_daily_caps_are_kept(acme: Company, operator: Client) -> None:
    rotation = Rotation.objects.get(account=acme.account)
    terms = {"fallback": acme.owner.pk, "contact_minutes": 45, "max_hops": 3}

    answer = operator.post(change_url(rotation), posted(rotation, **terms, **{"members-0-daily_cap": 20}))

    rotation.refresh_from_db()
    assert answer.status_code == 302
    assert (rotation.fallback, rotation.contact_minutes, rotation.max_hops) == (acme.owner, 45, 3)
    assert [m.daily_cap for m in rotation.members.all()] == [20, None, None]


@pytest.mark.parametrize(
    ("team", "queued", "said"),
    [
        (None, True, "default gives no leads any more: next, which was the next in line, gives those of the account"),
        (None, False, "default gives no leads any more, and none is in line: those of the account wait"),
        ("West", True, "West gives no leads any more: next, which was the next in line, gives those of the team West"),
        ("West", False, "those of the team West are given by the default rotation, default."),
    ],
)
def test_whoever_archives_a_rotation_is_told_who_gives_its_leads_now(
    team: str | None, queued: bool, said: str, acme: Company, operator: Client
) -> None:
    west = Team.objects.create(account=acme.account, name=team) if team else None
    archived = made_rotation(acme.account, acme.reps[:1], team=west) if west else Rotation.objects.get()
    heir = Rotation.objects.create(account=acme.account, team=west, name="next", status="queued") if queued else None

    answer = operator.post(change_url(archived), posted(archived, status="archived"), follow=True)

    assert said in text_of(answer)
    assert heir is None or Rotation.objects.get(pk=heir.pk).status == "active"


def test_two_who_activate_at_once_are_told_so(acme: Company, operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    queued = Rotation.objects.create(account=acme.account, name="next", status="queued")
    monkeypatch.setattr(RotationForm, "clean", lambda form: form.cleaned_data)
    monkeypatch.setattr(RotationForm, "validate_constraints", lambda form: None)

    answer = operator.post(change_url(queued), posted(queued, status="active"), follow=True)

    assert "The account has an active rotation already: default." in text_of(answer)
    assert Rotation.objects.get(pk=queued.pk).status == "queued"


def test_a_member_has_one_place_only(acme: Company, operator: Client) -> None:
    rotation = Rotation.objects.get(account=acme.account)
    twice = {
        "members-3-user": acme.reps[0].pk,
        "members-3-weight": 1,
        "members-3-position": 0,
        "members-TOTAL_FORMS": 4,
    }

    answer = operator.post(change_url(rotation), posted(rotation, **twice))

    assert "Each member can have one place only." in text_of(answer)
    assert rotation.members.count() == 3


@pytest.mark.parametrize("weight", ["0", "1001", "x", ""])
def test_a_weight_out_of_bounds_is_an_error_of_the_form(weight: str, acme: Company, operator: Client) -> None:
    rotation = Rotation.objects.get(account=acme.account)

    answer = operator.post(change_url(rotation), posted(rotation, **{"members-0-weight": weight}))

    assert answer.status_code == 200
    assert list(answer.context["inline_admin_formsets"][0].formset.errors[0]) == ["weight"]


def test_a_rotation_with_somebody_who_left_can_still_be_saved(acme: Company, operator: Client) -> None:
    rotation = Rotation.objects.get(account=acme.account)
    User.objects.filter(pk=acme.reps[0].pk).update(is_active=False)

    answer = operator.post(change_url(rotation), posted(rotation, name="renamed"))

    assert answer.status_code == 302
    assert Rotation.objects.get().name == "renamed"


def test_a_save_in_the_console_does_not_roll_turns_back(
    acme: Company, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The intake moves the rotation on after the console has read it, and before it saves."""
    rotation = Rotation.objects.get(account=acme.account)
    moved = {"clock": 7, "passes": {str(acme.reps[0].pk): 9}}
    checked = RotationForm.clean

    def clean(form: RotationForm) -> Any:
        Rotation.objects.filter(pk=rotation.pk).update(state=moved)
        return checked(form)

    monkeypatch.setattr(RotationForm, "clean", clean)
    answer = operator.post(change_url(rotation), posted(rotation, name="renamed", **{"members-0-weight": 5}))

    rotation.refresh_from_db()
    assert answer.status_code == 302
    assert (rotation.name, rotation.members.get(user=acme.reps[0]).weight) == ("renamed", 5)
    assert rotation.state == moved


def test_members_are_saved_under_the_rotation_s_lock(acme: Company, operator: Client) -> None:
    rotation = Rotation.objects.get(account=acme.account)

    with CaptureQueriesContext(connection) as asked:
        operator.post(change_url(rotation), posted(rotation, **{"members-0-is_paused": "on"}))

    statements = [each["sql"] for each in asked.captured_queries]
    locked, *_ = [n for n, sql in enumerate(statements) if '"teams_rotation"' in sql and "FOR NO KEY UPDATE" in sql]
    [paused] = [n for n, sql in enumerate(statements) if sql.startswith('UPDATE "teams_rotationmember"')]
    assert locked < paused
    assert rotation.members.get(user=acme.reps[0]).is_paused


def test_pausing_is_recorded_with_who_and_where(acme: Company, operator: Client) -> None:
    rotation = Rotation.objects.get(account=acme.account)

    operator.post(change_url(rotation), posted(rotation, **{"members-0-is_paused": "on"}))

    entry = AuditEntry.objects.for_account(acme.account).filter(content_type__model="rotationmember").latest("pk")
    assert entry.changes == {"is_paused": [False, True]}
    assert (entry.actor_email, entry.door, entry.request_method) == ("owner@acme.test", "console", "POST")
    assert entry.request_path == change_url(rotation)


def test_somebody_whose_membership_ended_gets_no_more_leads(acme: Company, operator: Client) -> None:
    membership = Membership.objects.get(user=acme.reps[0])

    operator.post(change_url(membership), {"role": "agent"} | NO_DAYS_OFF)

    assert not Membership.objects.get(pk=membership.pk).is_active
    assert lead(acme.account, "jane@example.com").owner_id == acme.reps[1].pk


def test_somebody_who_is_shut_out_gets_no_more_leads(acme: Company) -> None:
    rep = acme.reps[0]

    answer = console(platform_admin()).post(change_url(rep), {"email": rep.email, "name": "Renamed"})

    rep.refresh_from_db()
    assert answer.status_code == 302
    assert (rep.is_active, rep.name) == (False, "Renamed")
    assert lead(acme.account, "jane@example.com").owner_id == acme.reps[1].pk


def test_nobody_shuts_himself_out(acme: Company) -> None:
    admin = platform_admin()

    answer = console(admin).post(change_url(admin), {"email": admin.email, "name": "x"})

    assert set(answer.context["adminform"].form.errors) == {"is_active", "is_platform_admin"}


@pytest.mark.parametrize(("role", "is_active"), [(Role.VIEWER, True), (Role.OWNER, False)])
def test_an_account_keeps_its_last_owner(role: Role, is_active: bool, acme: Company, operator: Client) -> None:
    membership = Membership.objects.get(user=acme.owner)

    answer = operator.post(
        change_url(membership), {"role": role} | ({"is_active": "on"} if is_active else {}) | NO_DAYS_OFF, follow=True
    )

    assert "An account keeps at least one active owner." in text_of(answer)
    membership.refresh_from_db()
    assert (membership.role, membership.is_active) == (Role.OWNER, True)
    with pytest.raises(LastOwner):
        set_membership(membership, role=role, is_active=is_active)

"""Migrations over tables with rows in them: back to before routing was whole, and forth again."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.actors import NOBODY
from accounts.models import DayOff, Holiday, Job, Membership
from leadhub.lib.sql import fetch
from leads.lifecycle import delete
from leads.models import Lead, Notice
from teams.members import set_working_time
from teams.models import Rotation, RoutingRule
from teams.rotations import save_rotation
from tests.people import Company, company, lead
from tests.routings import pause

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [
    ("leads", "0003_same_account_keys"),
    ("teams", "0003_room_for_turns"),
    ("accounts", "0002_append_only_audit"),
]
GUARDS = """
SELECT conname, convalidated FROM pg_constraint
WHERE conname IN ('lead_rotation_of_account', 'notice_lead_of_account', 'notice_for_member', 'dayoff_is_member',
    'rotation_fallback_is_member', 'routingrule_user_is_member', 'routingrule_one_target') ORDER BY conname
"""
INDEXES = """
SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE indisvalid AND relname IN ('lead_held', 'lead_remind_due', 'lead_contact_due', 'lead_deleted') ORDER BY 1
"""


@pytest.fixture
def acme(transactional_db: None) -> Iterator[Company]:
    yield company("Acme", reps=3)
    migrate()


def migrate(*to: Any) -> None:
    call_command("migrate", *to, verbosity=0)


def furnish(acme: Company) -> dict[str, Lead]:
    """A row, at least, in every table that is new, and leads in each state that is."""
    default = Rotation.objects.get(account=acme.account)
    default.fallback, default.contact_minutes = acme.owner, 30
    save_rotation(default, fields=["fallback", "contact_minutes"])
    given, gone = lead(acme.account, "given@example.com"), lead(acme.account, "gone@example.com")
    delete(acme.account, [gone.pk], actor=NOBODY)
    Rotation.objects.update(fallback=None)
    for rep in acme.reps:
        pause(rep)
    held = lead(acme.account, "held@example.com")
    RoutingRule.objects.create(account=acme.account, name="All", user=acme.owner)
    set_working_time(
        acme.reps[0].memberships.get(), time_zone="Europe/Berlin", working_hours={"mon": [["09:00", "17:00"]]}
    )
    DayOff.objects.create(account=acme.account, user=acme.reps[0], first_date="2026-03-02", last_date="2026-03-03")
    Holiday.objects.create(account=acme.account, date="2026-12-25", name="Christmas")
    Job.objects.start("nothing", account=acme.account, actor=NOBODY, title="Nothing", arguments={})
    return {"given": given, "gone": gone, "held": held}


def test_the_steps_of_routing_go_back_and_forth_over_rows(acme: Company) -> None:
    leads = furnish(acme)
    guards, indexes = fetch(GUARDS), fetch(INDEXES)
    assert Notice.objects.count() == 2
    assert len(guards) == 7 and all(valid for _, valid in guards)
    assert len(indexes) == 4

    for app, name in BEFORE:
        migrate(app, name)

    columns = {
        column.name for column in connection.introspection.get_table_description(connection.cursor(), "leads_lead")
    }
    assert {"owner_id", "first_contacted_at"} <= columns
    assert not {"rotation_id", "had_by", "contact_due_at"} & columns
    assert fetch(GUARDS) == fetch(INDEXES) == []
    owners = dict(fetch("SELECT id, owner_id FROM leads_lead"))
    assert owners == {
        leads["given"].pk: acme.reps[0].pk,
        leads["gone"].pk: acme.reps[1].pk,
        leads["held"].pk: None,
    }

    migrate()

    assert (fetch(GUARDS), fetch(INDEXES)) == (guards, indexes)
    again = Lead.objects.get(pk=leads["given"].pk)
    assert (again.owner, again.rotation, again.had_by, again.contact_due_at) == (acme.reps[0], None, [], None)
    assert Membership.objects.get(user=acme.reps[0]).working_hours is None
    for rep in acme.reps:
        pause(rep, False)
    assert lead(acme.account, "new@example.com").owner_id == acme.reps[2].pk

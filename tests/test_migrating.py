"""Migrations beside a running program, by several machines at once, and after one that was killed."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from leadhub.lib import migrating
from leadhub.lib.sql import fetch
from leads.models import Notice
from tests.races import meanwhile, wait_for_others
from tests.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)
BUILT = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'lead_held'::regclass"
MIGRATING = """
SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database
WHERE datname = current_database() AND locktype = 'advisory' AND granted
"""


def migrate(*to: str) -> None:
    call_command("migrate", *to, verbosity=0)


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def one_step_back(transactional_db: None) -> Iterator[None]:
    """The last step of leads is to come: it adds a column to the notices."""
    migrate("leads", "0007")
    yield
    migrate()


def test_whoever_waits_to_migrate_is_not_in_the_way_of_an_index_that_is_made_concurrently(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, held, refused = migrating.answer, threading.Event(), threading.Event()

    def asked(*args: Any) -> Any:
        answer = ask(*args)
        if answer is False:
            refused.set()
        return answer

    def wait_and_migrate() -> None:
        held.wait(timeout=PATIENCE)
        migrate()

    monkeypatch.setattr(migrating, "answer", asked)

    with meanwhile(wait_and_migrate) as raised, migrating.alone(connection):
        held.set()
        wait_for_others(1, unless=refused)
        execute("CREATE INDEX CONCURRENTLY made_meanwhile ON leads_lead (id)")
        execute("DROP INDEX CONCURRENTLY made_meanwhile")
        assert fetch(MIGRATING) == [(connection.connection.info.backend_pid,)]

    assert raised == []


@pytest.mark.usefixtures("one_step_back")
def test_a_step_that_waits_for_a_long_transaction_lets_writers_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "PATIENCE", "200ms")
    monkeypatch.setattr(migrating, "PAUSE", 0.0)
    monkeypatch.setattr(migrating, "TRIES", 10_000)
    written: list[int] = []

    def write() -> None:
        # The step cannot come through while the others write: the transaction around them holds its table.
        execute("SET lock_timeout = '15s'")
        for number in range(4):
            wait_for_others(1)
            execute("DELETE FROM leads_notice")
            written.append(number)

    with meanwhile(migrate) as migrated, transaction.atomic():
        fetch("SELECT count(*) FROM leads_notice")
        with meanwhile(write) as refused:
            pass

    assert migrated == refused == []
    assert written == list(range(4))
    assert Notice.objects.filter(refused_at=None).count() == 0


@pytest.mark.usefixtures("one_step_back")
def test_a_step_that_never_gets_its_table_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "PATIENCE", "50ms")
    monkeypatch.setattr(migrating, "PAUSE", 0.0)
    monkeypatch.setattr(migrating, "TRIES", 2)

    with transaction.atomic():
        fetch("SELECT count(*) FROM leads_notice")
        with meanwhile(migrate) as raised:
            pass

    [error] = raised
    assert isinstance(error, CommandError)
    assert str(error) == (
        "A table could not be changed, for others hold it: end what has been at it for long, and migrate again."
    )


def test_a_migration_that_was_killed_among_its_indexes_is_done_again(transactional_db: None) -> None:
    migrate("leads", "0004")
    execute("CREATE INDEX lead_held ON leads_lead (id)")
    execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'lead_held'::regclass")
    execute("CREATE INDEX lead_remind_due ON leads_lead (id)")

    migrate()

    assert fetch(BUILT) == [(True,)]
    assert fetch("SELECT indexdef FROM pg_indexes WHERE indexname = 'lead_remind_due'") == [
        ("CREATE INDEX lead_remind_due ON public.leads_lead USING btree (remind_at) WHERE (remind_at IS NOT NULL)",)
    ]


def test_an_index_made_by_hand_for_a_step_that_is_faked_stays(transactional_db: None) -> None:
    migrate("leads", "0005")
    execute("CREATE INDEX CONCURRENTLY lead_of_source ON leads_lead (account_id, lead_source_id, created_at)")
    before = fetch("SELECT 'lead_of_source'::regclass::oid")

    call_command("migrate", "leads", "0006", fake=True, verbosity=0)

    assert fetch("SELECT to_regclass('lead_of_source')::oid") == before
    migrate("leads", "0005")
    migrate()


def test_no_setting_of_a_migration_stays_with_its_connection(transactional_db: None) -> None:
    before = fetch("SHOW lock_timeout")

    migrate("leads", "0007")
    migrate()

    assert fetch("SHOW lock_timeout") == before
    assert fetch(MIGRATING) == []

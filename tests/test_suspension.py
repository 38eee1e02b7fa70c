"""An account suspended: every door is shut in its own words, its members are out at once, and nothing is lost."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actors import Actor
from accounts.models import Account, AuditEntry, LoginSession, Membership, User
from accounts.roles import Role
from accounts.suspension import PlatformStays, resume, suspend
from intake.models import QuarantinedLead
from intake.quarantine import rerun
from leadhub.lib.transactions import run
from leads import resuming
from leads.models import Lead
from teams.models import Rotation
from tests.apis import Api, api, api_as
from tests.consoles import change_url, console, text_of
from tests.doors import TRACE, Town, bearer, kept, refusal, state
from tests.people import Company, company, lead, platform_admin
from tests.routings import fresh

SUSPENDED = "The account is suspended."

pytestmark = pytest.mark.django_db


def shut(account: Account, user: User | None = None) -> Account:
    actor = Actor(user_id=user.pk, email=user.email, door="console") if user else Actor()
    return run_here(lambda: suspend(account, actor=actor))


def run_here(verb: object) -> Account:
    made: Account = run(verb)  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize("door", ["account", "workspace", "source"])
def test_every_door_is_shut_in_its_words_and_open_again(client: Client, places: Town, door: str) -> None:
    visitor, before = places.visitor(door), state()
    account = shut(visitor.account)
    sessions = LoginSession.objects.filter(user=places.acme.owner)

    refused = visitor.post(client, X_Request_Id=TRACE)

    if door == "account":
        # His session ended with it; a key of his own is told why.
        assert (refused.status_code, sessions.usable().exists()) == (401, False)
        refused = visitor.post(client, X_Request_Id=TRACE, **bearer(places.acme.user_key))
    expected = refusal(door, 403, SUSPENDED, code="account_suspended", path=visitor.path)
    assert (refused.status_code, refused.json()) == (403, expected)
    assert state() == before
    run_here(lambda: resume(account, actor=Actor()))
    again = bearer(places.acme.user_key) if door == "account" else {}
    assert visitor.post(client, **again).status_code == 201


def test_the_hub_s_own_api_is_shut_too(places: Town) -> None:
    shut(places.acme.account)
    by_key, by_user = (
        api(places.acme),
        Api(bearer(places.acme.user_key) | {"x-account-id": str(places.acme.account.pk)}),
    )

    for hub in (by_key, by_user):
        for problem in (hub.get("leads"), hub.post("leads", {"email": "jane@acme.com"}), hub.get("me")):
            assert (hub.status, problem["code"], problem["detail"]) == (403, "account_suspended", SUSPENDED)


def test_another_account_is_as_open_as_before(client: Client, places: Town) -> None:
    shut(places.acme.account)

    assert places.visitor("platform").post(client).status_code == 201
    assert api(places.initech).get("leads")["items"] == []


def test_what_its_sources_send_meanwhile_is_kept_and_can_be_run_again(client: Client, places: Town) -> None:
    account = shut(places.acme.account)
    places.visitor("source").post(client)
    [payload] = QuarantinedLead.objects.all()
    assert [code for code, _ in kept()] == ["account_suspended"]

    run_here(lambda: resume(account, actor=Actor()))

    assert run(lambda: rerun(account, payload.pk, actor=Actor())).lead == Lead.objects.get()


def test_members_are_logged_out_at_once_but_those_who_have_another_account(acme_2: Company, globex: Company) -> None:
    owner, both = acme_2.owner, acme_2.reps[0]
    Membership.objects.create(account=globex.account, user=both, role=Role.AGENT)
    admin = platform_admin("above@platform.test")
    Membership.objects.create(account=acme_2.account, user=admin, role=Role.ADMIN)
    people = (owner, both, globex.owner, admin)
    clients = {user.email: console(user) for user in people}
    for user in people:
        LoginSession.objects.open(user)
    page = reverse("admin:index")
    assert {client.get(page).status_code for client in clients.values()} == {200}

    shut(acme_2.account)

    assert [clients[user.email].get(page).status_code for user in people] == [302, 200, 200, 200]
    assert [LoginSession.objects.usable().filter(user=user).exists() for user in people] == [False, True, True, True]
    run_here(lambda: resume(acme_2.account, actor=Actor()))
    assert clients[owner.email].get(page).status_code == 302


@pytest.fixture
def acme_2(db: None) -> Company:
    return company("Hooli", reps=2)


def test_nobody_logs_in_to_a_suspended_account(client: Client, acme_2: Company) -> None:
    acme_2.owner.set_password("correct horse battery staple")
    acme_2.owner.save()
    shut(acme_2.account)

    answer = client.post(
        "/auth/login", {"email": acme_2.owner.email, "password": "correct horse battery staple"}, "application/json"
    )

    assert answer.status_code == 403


def test_it_is_recorded_and_stays_since_when_it_was(acme_2: Company) -> None:
    admin = platform_admin("above@platform.test")
    with time_machine.travel("2026-03-01T12:00:00+00:00", tick=False):
        shut(acme_2.account, admin)

    again = shut(acme_2.account, admin)

    assert again.suspended_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    entry = AuditEntry.objects.for_account(acme_2.account).get(content_type__model="account", event="updated")
    assert (entry.actor_email, list(entry.changes), entry.door) == (admin.email, ["suspended_at"], "console")


def test_the_platform_s_own_account_stays(places: Town) -> None:
    with pytest.raises(PlatformStays):
        shut(places.platform)


# --- in the console ---


def button(account: Account, name: str) -> str:
    return reverse(f"admin:accounts_account_{name}", args=[account.pk])


def test_a_platform_administrator_suspends_and_resumes_after_a_question(acme_2: Company) -> None:
    client, account = console(platform_admin("above@platform.test")), acme_2.account
    page = text_of(client.get(change_url(account)))
    assert (button(account, "suspend") in page, button(account, "resume") in page) == (True, False)

    asked = client.get(button(account, "suspend"))
    before = Account.objects.get(pk=account.pk).suspended_at
    done = client.post(button(account, "suspend"), follow=True)

    assert "Every door refuses its keys" in text_of(asked)
    assert (before, Account.objects.get(pk=account.pk).suspended_at is None) == (None, False)
    assert "Hooli is suspended." in text_of(done)
    assert button(account, "resume") in text_of(done)
    entry = AuditEntry.objects.filter(content_type__model="account", event="updated").latest("pk")
    assert (entry.actor_email, entry.door) == ("above@platform.test", "console")
    client.post(button(account, "resume"))
    assert Account.objects.get(pk=account.pk).suspended_at is None


@pytest.mark.parametrize("way", ["console", "api"])
def test_the_time_to_first_contact_stands_still_meanwhile(acme_2: Company, globex: Company, way: str) -> None:
    noon = datetime(2026, 3, 6, 12, tzinfo=UTC)
    running, done = (lead(acme_2.account, f"{name}@example.com") for name in ("running", "done"))
    other = lead(globex.account)
    due = {"remind_at": noon + timedelta(minutes=10), "contact_due_at": noon + timedelta(minutes=20)}
    Lead.objects.filter(pk__in=[running.pk, other.pk]).update(**due)
    above = platform_admin("above@platform.test")
    client, hub = console(above), api_as(above, globex.account)

    for later, name in ((0, "suspend"), (1, "suspend"), (3, "resume"), (4, "resume")):
        with time_machine.travel(noon + timedelta(days=later), tick=False):
            if way == "api":
                hub.post(f"accounts/{acme_2.account.pk}/{name}")
            else:
                client.post(button(acme_2.account, name))

    def clock(of: Lead) -> list[datetime | None]:
        return list(Lead.objects.values_list("remind_at", "contact_due_at").get(pk=of.pk))

    assert clock(running) == [each + timedelta(days=3) for each in due.values()]
    assert (clock(done), clock(other)) == ([None, None], list(due.values()))


def test_the_platform_s_own_is_refused_in_words(places: Town) -> None:
    answer = console(platform_admin("above@platform.test")).post(button(places.platform, "suspend"), follow=True)

    assert "The platform&#x27;s own account cannot be suspended." in text_of(answer)
    assert Account.objects.get(pk=places.platform.pk).suspended_at is None


def test_the_clocks_of_many_leads_go_on_by_a_few_at_a_time(acme_2: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    Rotation.objects.update(contact_minutes=30)
    leads = [lead(acme_2.account, f"p{number}@example.com") for number in range(5)]
    due = dict(Lead.objects.values_list("pk", "contact_due_at"))
    monkeypatch.setattr(resuming, "BATCH", 2)

    with CaptureQueriesContext(connection) as ran:
        resuming.put_off_clocks(acme_2.account, by=timedelta(days=3))

    assert [fresh(each).contact_due_at for each in leads] == [due[each.pk] + timedelta(days=3) for each in leads]
    assert sum(query["sql"].startswith("UPDATE") for query in ran.captured_queries) == 3


@pytest.mark.parametrize("name", ["suspend", "resume"])
def test_nobody_else_may(acme_2: Company, name: str) -> None:
    client = console(acme_2.owner)

    answers = [client.get(button(acme_2.account, name)), client.post(button(acme_2.account, name))]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert button(acme_2.account, name) not in text_of(client.get(change_url(acme_2.account)))
    assert Account.objects.get(pk=acme_2.account.pk).suspended_at is None

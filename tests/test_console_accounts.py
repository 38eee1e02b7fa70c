"""Which account one works in, and what the platform's administrators do above accounts."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEntry, Event, Membership, User
from accounts.roles import Role
from leads.models import Lead
from teams.models import LeadSource
from tests.consoles import change_url, console, furnish, list_url, page_url, text_of
from tests.people import Company, lead, platform_admin
from tests.routings import sweeps

SWITCH = "/admin/switch/"


def worked_in(client: Client) -> Any:
    return client.get(reverse("admin:index")).context["desk"].account


def test_an_administrator_who_is_a_member_begins_where_he_was_taken_in_first(acme: Company, globex: Company) -> None:
    admin, platform = platform_admin(), Account.objects.platform()
    for account in (globex.account, platform):
        Membership.objects.create(account=account, user=admin, role=Role.OWNER)

    assert worked_in(console(admin)) == globex.account


def test_a_platform_administrator_who_is_in_none_begins_in_the_platform_s_account(acme: Company) -> None:
    assert worked_in(console(platform_admin())) == acme.account
    platform = Account.objects.platform()

    assert worked_in(console(User.objects.get(email="admin@platform.test"))) == platform


def test_who_only_begins_in_an_account_is_told_so_where_he_would_miss_the_others(
    acme: Company, globex: Company
) -> None:
    client = console(platform_admin())
    first_page, sources = reverse("admin:index"), list_url(LeadSource)

    assert f"everything else is of <b>{acme.account}</b>, until you" in text_of(client.get(first_page))
    assert f"This is {acme.account}: choose another account at the top left." in text_of(client.get(sources))

    client.post(SWITCH, {"account": globex.account.pk})
    assert "until you" not in text_of(client.get(first_page))
    assert "choose another account" not in text_of(client.get(sources))


def test_an_only_account_needs_no_choice(acme: Company) -> None:
    Account.objects.exclude(pk=acme.account.pk).delete()

    assert "until you" not in text_of(console(platform_admin()).get(reverse("admin:index")))


def test_a_switch_is_taken_and_recorded_in_the_account(acme: Company, globex: Company) -> None:
    furnish(globex)
    client = console(platform_admin())

    answer = client.post(SWITCH, {"account": globex.account.pk})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    assert worked_in(client) == globex.account
    assert "Globex Jane" in text_of(client.get(list_url(Lead)))
    entry = AuditEntry.objects.get(event=Event.ACCOUNT_CHOSEN)
    assert (entry.account, entry.object_id) == (globex.account, globex.account.pk)
    assert (entry.actor_email, entry.door, entry.request_path) == ("admin@platform.test", "console", SWITCH)


@pytest.mark.parametrize("account", ["", "0", "x", "-1", "99999999999999999999", "²"])
def test_an_account_that_is_none_cannot_be_chosen(account: str, acme: Company) -> None:
    client = console(platform_admin())

    answer = client.post(SWITCH, {"account": account})

    assert [str(message) for message in get_messages(answer.wsgi_request)] == ["There is no such account."]
    assert worked_in(client) == acme.account
    assert not AuditEntry.objects.filter(event=Event.ACCOUNT_CHOSEN).exists()


def test_members_switch_between_their_own_accounts_only(acme: Company, globex: Company) -> None:
    initech = Account.objects.create(name="Initech")
    Membership.objects.create(account=initech, user=acme.owner, role=Role.VIEWER)
    client = console(acme.owner)

    client.post(SWITCH, {"account": globex.account.pk})
    assert worked_in(client) == acme.account
    client.post(SWITCH, {"account": initech.pk})

    assert worked_in(client) == initech
    assert client.get(list_url(Membership)).status_code == 403
    assert "Globex" not in text_of(client.get(SWITCH))


def test_a_choice_ends_with_the_membership(acme: Company, globex: Company) -> None:
    there = Membership.objects.create(account=globex.account, user=acme.owner, role=Role.VIEWER)
    client = console(acme.owner)
    client.post(SWITCH, {"account": globex.account.pk})
    assert worked_in(client) == globex.account

    there.is_active = False
    there.save()

    assert worked_in(client) == acme.account


def test_switching_needs_a_post_with_its_token(acme: Company, globex: Company) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(platform_admin())

    client.get(SWITCH, {"account": globex.account.pk})
    forged = client.post(SWITCH, {"account": globex.account.pk})

    assert forged.status_code == 403
    assert worked_in(client) == acme.account


def test_an_owner_sees_and_changes_his_account_only(acme: Company, globex: Company) -> None:
    client = console(acme.owner)
    form = {"name": "Acme Inc", "duplicate_policy": "reject", "default_country": "GB", "time_zone": "Europe/London"}

    listed = client.get(list_url(Account))
    changed = client.post(change_url(acme.account), form | {"is_suspended": "on", "is_platform": "on"})

    assert (listed.status_code, listed.headers["Location"]) == (302, change_url(acme.account))
    assert changed.status_code == 302
    acme.account.refresh_from_db()
    assert (acme.account.name, acme.account.duplicate_policy, acme.account.time_zone) == (
        "Acme Inc",
        "reject",
        "Europe/London",
    )
    assert (acme.account.suspended_at, acme.account.is_platform) == (None, False)
    assert client.get(page_url(Account, "add")).status_code == 403


def test_a_time_zone_that_is_none_is_an_error_of_the_form(acme: Company) -> None:
    form = {"name": "Acme", "duplicate_policy": "link", "default_country": "usa", "time_zone": "Mars/Olympus"}

    answer = console(acme.owner).post(change_url(acme.account), form)

    assert set(answer.context["adminform"].form.errors) == {"default_country", "time_zone"}


def test_another_time_zone_has_the_held_leads_looked_at_as_by_the_api(
    acme: Company, django_capture_on_commit_callbacks: Any
) -> None:
    """Whoever works by the account's time may take them now."""
    client, form = console(acme.owner), {"name": "Acme", "duplicate_policy": "link", "default_country": "US"}

    with django_capture_on_commit_callbacks(execute=True):
        client.post(change_url(acme.account), form | {"time_zone": "UTC", "name": "Acme Inc"})
    assert sweeps() == []
    with django_capture_on_commit_callbacks(execute=True):
        client.post(change_url(acme.account), form | {"time_zone": "Europe/London"})

    assert sweeps() == ["sweep:release_held"]


def test_the_platform_adds_accounts(acme: Company) -> None:
    client = console(platform_admin())
    form = {"name": "Hooli", "duplicate_policy": "link", "default_country": "US", "time_zone": "UTC"}

    client.post(page_url(Account, "add"), form)

    assert Account.objects.get(name="Hooli").suspended_at is None


def test_the_first_administrator_may_enter_before_there_is_any_account(db: None) -> None:
    client = console(platform_admin())

    assert client.get(reverse("admin:index")).status_code == 200
    assert client.get(page_url(Account, "add")).status_code == 200
    assert client.get(list_url(Lead)).context["cl"].result_count == 0


def test_users_are_shown_as_far_as_they_concern_one(acme: Company, globex: Company) -> None:
    def listed(user: User) -> set[str]:
        return {each.email for each in console(user).get(list_url(User)).context["cl"].result_list}

    members = {"owner@acme.test", "rep1@acme.test", "rep2@acme.test", "rep3@acme.test"}
    assert listed(acme.owner) == members
    assert listed(platform_admin()) == members | {"owner@globex.test", "rep1@globex.test", "admin@platform.test"}


def test_the_audit_is_read_only(acme: Company) -> None:
    lead(acme.account)
    entry = AuditEntry.objects.for_account(acme.account).latest("pk")
    client = console(platform_admin())

    assert client.get(change_url(entry)).status_code == 200
    assert client.post(change_url(entry), {"event": "x"}).status_code == 403
    assert client.get(page_url(AuditEntry, "add")).status_code == 403
    assert client.post(page_url(AuditEntry, "delete", entry.pk), {"post": "yes"}).status_code == 403


def test_entries_of_no_account_are_the_platform_s(acme: Company) -> None:
    entry = AuditEntry.objects.filter(account=None).latest("pk")
    filtered = {"of": "platform"}

    def counted(user: User) -> int:
        response = console(user).get(list_url(AuditEntry), filtered, follow=True)
        return len([each for each in response.context["cl"].result_list if each.account_id is None])

    admin = platform_admin()
    assert counted(admin) >= 1
    assert counted(acme.owner) == 0
    assert console(admin).get(change_url(entry)).status_code == 200
    assert console(acme.owner).get(change_url(entry)).status_code == 302


def test_a_page_s_history_is_the_audit_of_its_object(acme: Company) -> None:
    team = furnish(acme).team
    team.name = "Renamed"
    team.save()

    response = console(acme.owner).get(page_url(type(team), "history", team.pk), follow=True)

    assert [each.event for each in response.context["cl"].result_list] == ["updated", "created"]


def test_the_console_costs_an_api_request_nothing(acme: Company, django_assert_num_queries: Any) -> None:
    client = console(acme.owner)

    with django_assert_num_queries(0):
        client.get("/v1/nothing-here")


def test_policies_are_strict_outside_the_console(acme: Company, client: Client) -> None:
    assert "unsafe" not in client.get("/livez").headers["Content-Security-Policy"]
    assert "'unsafe-eval'" in client.get(reverse("admin:login")).headers["Content-Security-Policy"]
    assert client.get("/admin").headers["Location"] == "/admin/"


def leads_listed(client: Client, **query: str) -> list[str]:
    answer = client.get(reverse("admin:leads_lead_changelist"), query)
    return [lead.email for lead in answer.context["cl"].result_list]


def test_a_platform_administrator_sees_all_accounts_newest_first_until_he_chooses_one(
    acme: Company, globex: Company
) -> None:
    lead(acme.account, "a@acme.test")
    lead(globex.account, "b@globex.test")
    client = console(platform_admin())

    assert leads_listed(client) == ["b@globex.test", "a@acme.test"]

    client.post(SWITCH, {"account": acme.account.pk})

    assert leads_listed(client) == ["a@acme.test"]
    assert leads_listed(client, show="everywhere") == ["b@globex.test", "a@acme.test"]


def test_a_platform_administrator_opens_a_lead_of_another_account_with_its_timeline(
    acme: Company, globex: Company
) -> None:
    foreign = lead(globex.account, "b@globex.test")
    client = console(platform_admin())
    client.post(SWITCH, {"account": acme.account.pk})

    answer = client.get(reverse("admin:leads_lead_change", args=[foreign.pk]))

    assert answer.status_code == 200
    assert ("Account", "Globex") in answer.context["standing"]
    assert len(answer.context["timeline"]) == 1


def test_account_staff_have_no_view_of_all_accounts(acme: Company, globex: Company) -> None:
    lead(acme.account, "a@acme.test")
    lead(globex.account, "b@globex.test")

    assert leads_listed(console(acme.owner), show="everywhere") == ["a@acme.test"]

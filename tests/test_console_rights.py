"""What a person sees and does in the console by his role, his own leads and the state of his account."""

from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Account, Membership, User
from accounts.roles import Role
from leadhub.forms import NO_ACCOUNT
from leadhub.lib.requests import RequestInfo
from leads.drafts import LeadDraft
from leads.models import Lead
from tests.consoles import change_url, console, list_url, member, text_of
from tests.people import PASSWORD, Company, arrive, lead, person, platform_admin


def test_an_agent_sees_his_own_leads_only(acme: Company) -> None:
    agent = acme.reps[0]
    first, second = lead(acme.account, "a@example.com"), lead(acme.account, "b@example.com")
    Lead.objects.filter(pk=first.pk).update(owner=agent)
    Lead.objects.filter(pk=second.pk).update(owner=acme.reps[1])
    client = console(agent)

    assert [each.pk for each in client.get(list_url(Lead)).context["cl"].result_list] == [first.pk]
    assert client.get(change_url(first)).status_code == 200
    assert client.get(change_url(second)).status_code == 302
    assert "b@example.com" not in text_of(client.get(reverse("admin:index")))


def test_an_agent_is_told_of_a_duplicate_but_not_of_a_colleague_s_lead(acme: Company) -> None:
    primary = lead(acme.account, "jane@example.com", first_name="Primary")
    duplicate = lead(acme.account, "jane@example.com", first_name="Second")
    Lead.objects.filter(pk=primary.pk).update(owner=acme.reps[1])
    Lead.objects.filter(pk=duplicate.pk).update(owner=acme.reps[0])
    client = console(acme.reps[0])

    for url in (list_url(Lead), change_url(duplicate)):
        assert "Duplicate" in text_of(client.get(url))
        assert "Primary" not in text_of(client.get(url))


def test_only_managers_see_the_requests_behind_a_timeline(acme: Company) -> None:
    came = Actor(door="workspace", request=RequestInfo(id="r", method="POST", path="/v1/leads", address="203.0.113.9"))
    [outcome] = arrive(acme.account, LeadDraft(email="a@example.com"), actor=came)
    assert outcome.lead is not None
    Lead.objects.filter(pk=outcome.lead.pk).update(owner=acme.reps[0])

    assert "203.0.113.9" in text_of(console(acme.owner).get(change_url(outcome.lead)))
    assert "203.0.113.9" not in text_of(console(acme.reps[0]).get(change_url(outcome.lead)))


def test_an_account_s_admin_cannot_change_a_person(acme: Company, globex: Company) -> None:
    """People are global: the same person may work in another account, or for the platform."""
    shared = person("shared@both.test", acme.account, Role.AGENT)
    Membership.objects.create(account=globex.account, user=shared, role=Role.OWNER)
    before = User.objects.filter(pk=shared.pk).values().get()
    client = console(acme.owner)

    changed = client.post(change_url(shared), {"email": "taken@x.test", "name": "x", "is_platform_admin": "on"})
    password = {"password1": PASSWORD, "password2": PASSWORD}
    set_password = client.post(reverse("admin:accounts_user_set_password", args=[shared.pk]), password)
    generated = client.post(reverse("admin:accounts_user_generate_password", args=[shared.pk]))

    assert [changed.status_code, set_password.status_code, generated.status_code] == [403, 403, 403]
    assert User.objects.filter(pk=shared.pk).values().get() == before


def test_an_admin_neither_makes_owners_nor_touches_them(acme: Company) -> None:
    client = console(member(acme, Role.ADMIN))
    rep = Membership.objects.get(user=acme.reps[0])
    owner = Membership.objects.get(user=acme.owner)

    promoted = client.post(change_url(rep), {"role": "owner", "is_active": "on"})
    demoted = client.post(change_url(owner), {"role": "viewer"})

    assert promoted.context["adminform"].form.errors["role"] == [
        "Select a valid choice. owner is not one of the available choices."
    ]
    assert demoted.status_code == 403
    assert set(Membership.objects.filter(role=Role.OWNER)) == {owner}


def test_a_membership_that_ended_opens_nothing(acme: Company) -> None:
    client = console(acme.owner)
    assert client.get(reverse("admin:index")).status_code == 200

    Membership.objects.filter(user=acme.owner).update(is_active=False)

    assert client.get(list_url(Lead)).status_code == 302
    assert client.get(list_url(Lead)).headers["Location"].startswith("/admin/login/")


def test_a_suspended_account_opens_to_the_platform_alone(acme: Company) -> None:
    Account.objects.update(suspended_at=timezone.now())

    assert console(acme.owner).get(reverse("admin:index")).status_code == 302
    assert console(platform_admin()).get(reverse("admin:index")).status_code == 200


def test_the_sidebar_offers_what_the_role_may_open(acme: Company) -> None:
    def offered(client: Client) -> list[str]:
        groups = client.get(reverse("admin:index")).context["sidebar_navigation"]
        return [item["title"] for group in groups for item in group["items"] if item["has_permission"]]

    work = ["Overview", "Leads", "Teams", "Sources", "Forms", "Rotations", "Rules", "Holidays"]
    assert offered(console(acme.reps[0])) == work
    work.append("Try a lead")
    assert offered(console(acme.owner)) == [*work, "Members", "Keys", "Settings", "Jobs", "Audit", "Quarantine"]
    assert offered(console(platform_admin())) == [
        *work,
        "Members",
        "Keys",
        "Users",
        "Accounts",
        "Jobs",
        "Audit",
        "Quarantine",
    ]


def test_the_log_in_page_takes_an_e_mail_in_any_case(acme: Company, client: Client) -> None:
    acme.owner.set_password(PASSWORD)
    acme.owner.save()

    page = client.get(reverse("admin:login"))
    entered = client.post(reverse("admin:login"), {"username": "Owner@Acme.TEST", "password": PASSWORD})

    assert "E-mail" in text_of(page)
    assert (entered.status_code, entered.headers["Location"]) == (302, "/admin/")


def test_a_right_password_to_no_account_is_told_why_it_does_not_let_in(acme: Company, client: Client) -> None:
    acme.owner.set_password(PASSWORD)
    acme.owner.save()
    Membership.objects.update(is_active=False)

    answers = [
        text_of(client.post(reverse("admin:login"), {"username": acme.owner.email, "password": password}))
        for password in (PASSWORD, "wrong")
    ]

    assert [NO_ACCOUNT in answer for answer in answers] == [True, False]


def test_a_library_s_page_is_left_out(db: None) -> None:
    admin.site.register(Group, admin.ModelAdmin)

    assert not admin.site.is_registered(Group)

"""Secrets: shown once, kept as a hash, ended at once."""

from django.urls import reverse

from accounts.keyformat import KeyKind, parse
from accounts.models import ApiKey, AuditEntry, LoginSession, Membership, User
from accounts.roles import Role
from teams.models import LeadSource
from tests.consoles import change_url, console, furnish, list_url, member, page_url, text_of
from tests.people import PASSWORD, Company, platform_admin


def test_a_key_is_shown_once_and_works(acme: Company) -> None:
    client = console(acme.owner)

    answer = client.post(page_url(ApiKey, "add"), {"kind": "account", "name": "Zapier"}, follow=True)

    secret = answer.context["secret"]
    assert (answer.status_code, text_of(answer).count(secret)) == (200, 1)
    assert "no-store" in answer.headers["Cache-Control"]
    parsed = parse(secret)
    assert parsed is not None
    key = ApiKey.objects.usable().get(secret_hash=parsed.hash)
    assert (key.kind, key.account, key.user, key.name) == (KeyKind.ACCOUNT, acme.account, acme.owner, "Zapier")
    for url in (list_url(ApiKey), change_url(key), list_url(AuditEntry), reverse("admin:index")):
        assert secret not in text_of(client.get(url))
    assert key.public_id in text_of(client.get(list_url(ApiKey)))


def test_the_issue_of_a_key_is_recorded_without_its_secret(acme: Company) -> None:
    answer = console(acme.owner).post(page_url(ApiKey, "add"), {"kind": "account", "name": "Zapier"}, follow=True)

    entry = AuditEntry.objects.for_account(acme.account).filter(event="created").latest("pk")
    assert (entry.actor_email, entry.door, entry.request_method) == ("owner@acme.test", "console", "POST")
    assert "secret_hash" not in entry.changes
    assert answer.context["secret"] not in str(entry.changes)


def test_revoking_asks_first_and_then_ends_the_key_at_once(acme: Company) -> None:
    key = ApiKey.objects.get(account=acme.account)
    url = reverse("admin:accounts_apikey_revoke", args=[key.pk])
    client = console(acme.owner)

    asked = client.get(url)
    assert "Revoke" in text_of(asked)
    assert ApiKey.objects.usable().filter(pk=key.pk).exists()
    done = client.post(url)

    assert (done.status_code, done.headers["Location"]) == (302, change_url(key))
    assert not ApiKey.objects.usable().filter(pk=key.pk).exists()
    assert "revoked" in text_of(client.get(change_url(key)))


def test_renaming_a_key_does_not_bring_it_back(acme: Company) -> None:
    """The form's row may be older than the revocation."""
    key = ApiKey.objects.get(account=acme.account)
    key.revoke()

    console(acme.owner).post(change_url(key), {"name": "renamed", "revoked_at": ""})

    key.refresh_from_db()
    assert key.name == "renamed"
    assert key.revoked_at is not None


def test_only_a_platform_administrator_issues_platform_keys(acme: Company) -> None:
    refused = console(acme.owner).post(page_url(ApiKey, "add"), {"kind": "platform"})
    issued = console(platform_admin()).post(page_url(ApiKey, "add"), {"kind": "platform"}, follow=True)

    assert "kind" in refused.context["adminform"].form.errors
    assert issued.context["secret"].startswith("sk_admin_")
    assert list(ApiKey.objects.filter(kind=KeyKind.PLATFORM).values_list("account", flat=True)) == [None]


def test_a_user_key_is_its_owner_s_alone(acme: Company) -> None:
    key = ApiKey.objects.get(user=acme.owner, kind=KeyKind.USER)
    admin = console(member(acme, Role.ADMIN))

    assert console(acme.owner).get(change_url(key)).status_code == 200
    assert admin.get(change_url(key)).status_code == 302
    assert admin.post(reverse("admin:accounts_apikey_revoke", args=[key.pk])).status_code == 404


def test_a_source_s_key_is_issued_on_its_page(acme: Company) -> None:
    source = furnish(acme).source
    url = reverse("admin:teams_leadsource_issue_key", args=[source.pk])
    client = console(acme.owner)

    answer = client.post(url, {"name": "second"}, follow=True)

    parsed = parse(answer.context["secret"])
    assert parsed is not None
    assert source.keys.filter(key__secret_hash=parsed.hash, key__name="second").count() == 1
    assert answer.context["secret"] not in text_of(client.get(change_url(source)))
    assert parsed.public_id in text_of(client.get(change_url(source)))


def test_a_manager_changes_sources_but_issues_no_key(acme: Company) -> None:
    source = furnish(acme).source
    client = console(member(acme, Role.MANAGER))

    refused = client.post(reverse("admin:teams_leadsource_issue_key", args=[source.pk]), {"name": "x"})

    assert refused.status_code == 403
    assert LeadSource.objects.get(pk=source.pk).keys.count() == 1
    assert "Issue a key" not in text_of(client.get(change_url(source)))


def test_a_new_member_gets_a_password_that_is_shown_once(acme: Company) -> None:
    client = console(acme.owner)

    given = {"email": " New@Acme.test ", "name": "Nia", "role": "manager"}

    answer = client.post(page_url(Membership, "add"), given, follow=True)

    user = User.objects.get(email="new@acme.test")
    assert user.check_password(answer.context["secret"])
    assert Membership.objects.get(user=user).role == Role.MANAGER
    assert answer.context["secret"] not in text_of(client.get(list_url(Membership)))


def test_the_platform_adds_somebody_who_works_elsewhere_and_his_password_stays(acme: Company, globex: Company) -> None:
    before = User.objects.filter(pk=globex.owner.pk).values().get()
    client = console(platform_admin())
    client.post(reverse("admin:switch_account"), {"account": acme.account.pk})

    answer = client.post(
        page_url(Membership, "add"), {"email": "owner@globex.test", "name": "Renamed", "role": "viewer"}
    )

    assert (answer.status_code, answer.headers["Location"]) == (302, list_url(Membership))
    assert Membership.objects.for_account(acme.account).get(user=globex.owner).role == Role.VIEWER
    assert User.objects.filter(pk=globex.owner.pk).values().get() == before


def test_an_account_cannot_take_in_a_log_in_that_another_made(acme: Company, globex: Company) -> None:
    """Whoever made it knows its password, and would come in with it."""
    answer = console(acme.owner).post(
        page_url(Membership, "add"), {"email": "rep1@globex.test", "role": "admin"}, follow=True
    )

    assert "Only a platform administrator can add this e-mail address." in answer.content.decode()
    assert not Membership.objects.for_account(acme.account).filter(user=globex.reps[0]).exists()


def test_a_member_is_not_added_twice(acme: Company) -> None:
    answer = console(acme.owner).post(page_url(Membership, "add"), {"email": "REP1@acme.test", "role": "viewer"})

    assert answer.context["adminform"].form.errors["email"] == [
        "This person is a member already; look among the members."
    ]


def test_an_administrator_sets_a_password_and_ends_the_log_ins(acme: Company) -> None:
    rep = acme.reps[0]
    LoginSession.objects.open(rep)
    given = {"password1": PASSWORD, "password2": PASSWORD}

    answer = console(platform_admin()).post(reverse("admin:accounts_user_set_password", args=[rep.pk]), given)

    rep.refresh_from_db()
    assert answer.status_code == 302
    assert rep.check_password(PASSWORD)
    assert not LoginSession.objects.usable().filter(user=rep).exists()
    entry = AuditEntry.objects.filter(object_id=rep.pk, content_type__model="user").latest("pk")
    assert (entry.actor_email, entry.changes) == ("admin@platform.test", {"password": ["***", "***"]})


def test_a_generated_password_is_shown_once_and_works(acme: Company) -> None:
    rep = acme.reps[0]
    client = console(platform_admin())
    url = reverse("admin:accounts_user_generate_password", args=[rep.pk])

    assert "secret" not in client.get(url).context
    answer = client.post(url, follow=True)

    rep.refresh_from_db()
    assert rep.check_password(answer.context["secret"])
    assert answer.context["secret"] not in text_of(client.get(change_url(rep)))


def test_a_weak_password_is_refused(acme: Company) -> None:
    rep = acme.reps[0]
    given = {"password1": "short", "password2": "short"}

    answer = console(platform_admin()).post(reverse("admin:accounts_user_set_password", args=[rep.pk]), given)

    assert answer.status_code == 200
    assert "password2" in answer.context["form"].errors

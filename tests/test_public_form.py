"""A submission of a public form: what becomes of it, and how often one may."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Account, AuditEntry
from accounts.models.account import DuplicatePolicy
from intake.jobs import purge_used_form_tokens
from intake.models import Form, QuarantinedLead, UsedFormToken
from intake.publicform.tokens import spend
from intake.quarantine import rerun
from leadhub.lib.transactions import run
from leads.models import Lead
from teams.models import LeadSource, LeadSourceTeam, Team
from tests.forms import JANE, RECEIVED, SITE, URLENCODED, kept, leads, path_of, public_form, send, send_form
from tests.people import Company, lead, rotation
from tests.submitting import form

pytestmark = pytest.mark.django_db
__all__ = ["form"]


# --- what becomes of it ---


def test_a_visitors_lead_has_the_forms_name_as_its_channel_and_goes_where_the_form_says(
    client: Client, acme: Company
) -> None:
    west = Team.objects.create(account=acme.account, name="West")
    rotation(acme.account, acme.reps[2:], team=west)
    fair = LeadSource.objects.create(account=acme.account, name="Fair")
    form = public_form(acme, name="Fair form", team=west, lead_source=fair)
    won = {"utm_source": "news", "utm_medium": "mail", "utm_campaign": "may", "utm_term": "crm", "utm_content": "top"}
    whole = {"email": " Jane@Example.com ", "phone": "+1 415 555 0100", "first_name": "Jane", "last_name": "Doe"}

    came = {"landing_page": "https://www.acme.test/roofs?gclid=1", "referrer": "https://search.test/"}

    answer = send(client, form, {**whole, **won, **came, "company": "Acme", "message": "Hi", "colour": "red"})

    [made] = leads(form)
    assert (answer.status_code, answer.content) == (202, RECEIVED)
    assert (made.email, made.phone_e164, made.full_name) == ("Jane@Example.com", "+14155550100", "Jane Doe")
    assert (made.company, made.message, made.channel, made.door) == ("Acme", "Hi", "Fair form", "form")
    assert (made.utm_source, made.utm_medium, made.utm_campaign) == ("news", "mail", "may")
    assert (made.owner, made.team, made.lead_source, made.created_by) == (acme.reps[2], west, fair, None)
    assert made.extra == {"fields": {"colour": "red"}}
    assert made.attribution == {
        "utm_term": "crm",
        "utm_content": "top",
        **came,
        "ip_address": "127.0.0.1",
        "form": form.public_id,
    }
    entry = AuditEntry.objects.get(event="lead_created", object_id=made.pk)
    assert (entry.actor_id, entry.door) == (None, "form")


def test_json_and_form_by_path_and_by_body_make_the_same_lead(client: Client, acme: Company, form: Form) -> None:
    named = {**JANE, "form": form.public_id}
    encoded = urlencode(named).encode()

    answers = [
        send(client, form),
        send_form(client, form, JANE),
        client.post("/v1/public/leads", json.dumps(named), "application/json"),
        client.post("/v1/public/leads/", encoded, URLENCODED),
        client.post(f"{path_of(form)}/", encoded, f"{URLENCODED}; charset=UTF-8"),
    ]

    assert {(answer.status_code, answer.content) for answer in answers} == {(202, RECEIVED)}
    made = leads(form)
    assert len(made) == 5
    assert {(one.email, one.first_name, one.message, one.channel) for one in made} == {
        ("jane@example.com", "Jane", "Call me.", "Website")
    }
    assert [one.extra for one in made] == [{}] * 5


@pytest.mark.parametrize("policy", DuplicatePolicy.values)
def test_nobody_learns_whether_a_person_is_known(client: Client, acme: Company, form: Form, policy: str) -> None:
    Account.objects.filter(pk=acme.account.pk).update(duplicate_policy=policy)
    lead(acme.account, "known@example.com")

    known, new = send(client, form, {"email": "known@example.com"}), send(client, form, {"email": "new@example.com"})

    assert (known.status_code, known.content) == (new.status_code, new.content) == (202, RECEIVED)
    told = {"X-Request-Id", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
    assert {k: v for k, v in known.items() if k not in told} == {k: v for k, v in new.items() if k not in told}
    assert len(leads(form)) == (2 if policy == "link" else 1)
    assert kept(form) == []


def test_what_the_account_can_not_take_is_kept_and_the_visitor_told_the_same(client: Client, acme: Company) -> None:
    west, east = (Team.objects.create(account=acme.account, name=name) for name in ("West", "East"))
    fair = LeadSource.objects.create(account=acme.account, name="Fair")
    LeadSourceTeam.objects.create(account=acme.account, source=fair, team=east)
    form = public_form(acme, team=west, lead_source=fair)

    answer = send(client, form)

    assert (answer.status_code, answer.content) == (202, RECEIVED)
    assert leads(form) == []
    [row] = QuarantinedLead.objects.for_account(acme.account)
    assert (row.door, row.form, row.lead_source, json.loads(bytes(row.payload))) == ("form", form, None, JANE)
    assert (row.content_type, row.remote_addr, row.is_open) == ("application/json", "127.0.0.1", True)


def test_a_kept_submission_is_run_again(client: Client, acme: Company) -> None:
    west = Team.objects.create(account=acme.account, name="West", is_active=False)
    form = public_form(acme, team=west)
    send_form(client, form, {**JANE, "homepage_url": "https://spam.test"})
    [row] = QuarantinedLead.objects.for_account(acme.account)
    actor = Actor(user_id=acme.owner.pk, email=acme.owner.email)

    still = run(lambda: rerun(acme.account, row.pk, actor=actor))
    Team.objects.filter(pk=west.pk).update(is_active=True)
    done = run(lambda: rerun(acme.account, row.pk, actor=actor))

    assert (still.is_open, still.code) == (True, "unknown_team")
    [made] = leads(form)
    assert (done.lead, made.email, made.channel, made.team, made.created_by) == (
        made, "jane@example.com", "Website", west, acme.owner,
    )  # fmt: skip


def test_a_repeat_with_its_idempotency_key_makes_no_second_lead(client: Client, form: Form) -> None:
    first, again = (send(client, form, Idempotency_Key="one") for _ in range(2))
    other = send(client, form, {"email": "other@example.com"}, Idempotency_Key="one")

    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 422)
    assert (again.content, again.headers["Idempotency-Replayed"]) == (RECEIVED, "true")
    assert len(leads(form)) == 1


# --- no cookies, and how often ---


def test_nothing_of_a_session_is_read_or_set(acme: Company, form: Form) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(acme.owner)
    before = dict(client.cookies)

    answers = [
        send(client, form),
        client.get(f"/f/{form.public_id}"),
        client.post(f"/f/{form.public_id}", JANE | {"message": "Hi"}, headers={}),
        client.post(f"/f/{form.public_id}", urlencode(JANE), URLENCODED),
        client.get(f"/f/{form.public_id}/config"),
    ]

    assert [answer.status_code for answer in answers] == [202, 200, 400, 303, 200]
    assert all(not answer.cookies for answer in answers)
    assert dict(client.cookies) == before
    assert {one.created_by for one in leads(form)} == {None}


def test_a_form_has_a_budget_of_its_own_and_forwarded_addresses_count_for_nothing(
    client: Client, acme: Company, settings: Any
) -> None:
    settings.RATE_LIMITS = True
    form, other = public_form(acme, per_minute=3), public_form(acme)

    statuses = [send(client, form, X_Forwarded_For=f"10.0.0.{n}").status_code for n in range(5)]
    last = send(client, form)

    assert statuses == [202, 202, 202, 429, 429]
    body = json.loads(last.content)
    assert (body["code"], body["details"]["limit"], body["details"]["window_seconds"]) == ("RATE_LIMITED", 3, 60)
    assert int(last.headers["Retry-After"]) == body["details"]["retry_after_seconds"]
    assert len(leads(form)) == 3
    assert send(client, other).status_code == 202


def test_an_address_has_a_budget_at_a_form(client: Client, form: Form, settings: Any) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_FORM = True, 2

    statuses = [send(client, form).status_code for _ in range(3)]
    from_elsewhere = client.post(path_of(form), json.dumps(JANE), "application/json", REMOTE_ADDR="203.0.113.9")

    assert statuses == [202, 202, 429]
    assert from_elsewhere.status_code == 202


def test_used_tokens_are_forgotten_after_a_day(form: Form) -> None:
    assert spend("old", form)
    assert spend("new", form)
    UsedFormToken.objects.filter(pk=UsedFormToken.objects.order_by("pk").first().pk).update(  # type: ignore[union-attr]
        used_at=timezone.now() - timezone.timedelta(hours=25)
    )

    assert purge_used_form_tokens() == 1
    assert spend("old", form)
    assert not spend("new", form)


def test_a_lead_of_another_accounts_form_is_not_ours(client: Client, acme: Company, globex: Company) -> None:
    theirs = public_form(globex)

    send(client, theirs)

    assert Lead.objects.for_account(acme.account).count() == 0
    assert SITE in theirs.allowed_origins

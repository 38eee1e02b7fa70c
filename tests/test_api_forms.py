"""Public forms by the hub's own API."""

from typing import Any

import pytest

from accounts.models import AuditEntry
from intake.models import Form
from teams.models import LeadSource, Team
from tests.apis import Api, api_as
from tests.forms import public_form
from tests.people import Company

pytestmark = pytest.mark.django_db

EMAIL = {"name": "email", "label": "E-mail", "required": True}


@pytest.fixture
def api(acme: Company) -> Api:
    return api_as(acme.owner, acme.account)


def test_a_form_is_made_read_changed_and_listed(api: Api, acme: Company, settings: Any) -> None:
    settings.SITE_URL = "https://leads.hub.test"
    team = Team.objects.create(account=acme.account, name="West")
    source = LeadSource.objects.create(account=acme.account, name="Fair")
    given = {
        "name": "Website",
        "kind": "open",
        "fields": [{"name": "email", "required": True}, {"name": "message", "label": "What?"}],
        "title": "Talk to us",
        "thanks": "Bye.",
        "redirect_url": "https://www.acme.test/thanks",
        "allowed_origins": ["HTTPS://www.acme.test/", "https://www.acme.test"],
        "allowed_redirect_hosts": ["www.ACME.test"],
        "per_minute": 30,
        "team": team.pk,
        "source": source.pk,
    }

    made = api.post("forms", given)
    row = Form.objects.get(pk=made["id"])

    assert api.status == 201
    assert {name: value for name, value in made.items() if name not in ("created_at", "updated_at")} == {
        **given,
        "id": row.pk,
        "public_id": row.public_id,
        "is_active": True,
        "fields": [EMAIL, {"name": "message", "label": "What?", "required": False}],
        "intro": None,
        "button": "Send",
        "allowed_origins": ["https://www.acme.test"],
        "allowed_redirect_hosts": ["www.acme.test"],
        "url": f"https://leads.hub.test/f/{row.public_id}",
        "snippet": f'<div data-leadhub-form="{row.public_id}"></div>\n'
        f'<script src="https://leads.hub.test/f/{row.public_id}/embed.js" async></script>'
        f'<noscript><a href="https://leads.hub.test/f/{row.public_id}">{row.title}</a></noscript>',
        "today": {"accepted": 0, "quarantined": 0},
        "last_30_days": {"accepted": 0, "quarantined": 0},
    }
    assert (row.account, row.created_by) == (acme.account, acme.owner)
    assert api.get(f"forms/{row.pk}") == made

    changed = api.patch(f"forms/{row.pk}", {"is_active": False, "redirect_url": None, "team": None, "title": None})

    expected = {"is_active": False, "redirect_url": None, "team": None, "title": None}
    assert {name: changed[name] for name in expected} == expected
    assert [each["id"] for each in api.get("forms", active="false")["items"]] == [row.pk]
    assert api.get("forms", active="true")["items"] == []
    entry = AuditEntry.objects.for_account(acme.account).filter(object_id=row.pk).latest("pk")
    assert entry.changes["is_active"] == [True, False]
    assert entry.actor == acme.owner


def test_a_new_form_asks_for_the_usual(api: Api) -> None:
    made = api.post("forms", {"name": "Website"})

    assert [(each["name"], each["required"]) for each in made["fields"]] == [
        ("first_name", False), ("last_name", False), ("email", True), ("message", False),
    ]  # fmt: skip
    assert (made["kind"], made["allowed_origins"], made["per_minute"]) == ("hosted", [], None)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"fields": []}, "fields"),
        ({"fields": [{"name": "message"}]}, "fields"),
        ({"fields": [{"name": "email"}, {"name": "email"}]}, "fields"),
        ({"fields": [{"name": "password"}]}, "fields.0.name"),
        ({"fields": [{"name": "email", "label": "x" * 81}]}, "fields.0.label"),
        ({"fields": [{"name": "email"}, {"name": "consent", "label": "x" * 501}]}, "fields.1.label"),
        ({"fields": [{"name": "email", "type": "x"}]}, "fields.0.type"),
        ({"fields": "email"}, "fields"),
        ({"allowed_origins": ["www.acme.test"]}, "allowed_origins"),
        ({"allowed_origins": ["*"]}, "allowed_origins"),
        ({"allowed_redirect_hosts": ["https://acme.test"]}, "allowed_redirect_hosts"),
        ({"redirect_url": "javascript:alert(1)"}, "redirect_url"),
        ({"kind": "closed"}, "kind"),
        ({"per_minute": 0}, "per_minute"),
        ({"team": 987654321}, "team"),
        ({"source": 987654321}, "source"),
        ({"thanks": "x" * 2001}, "thanks"),
        ({"intro": "x" * 2001}, "intro"),
        ({"name": None}, "name"),
        ({"button": ""}, "button"),
        ({"public_id": "abcdefghijkl"}, "public_id"),
    ],
)
def test_what_makes_no_form_is_refused_by_field(api: Api, acme: Company, given: Any, field: str) -> None:
    form = public_form(acme)

    answer = api.patch(f"forms/{form.pk}", given)

    assert (api.status, list(answer["errors"])) == (400, [field])


def test_another_accounts_form_and_team_are_as_if_they_were_not_there(api: Api, acme: Company, globex: Company) -> None:
    theirs, ours = public_form(globex), public_form(acme)
    team = Team.objects.create(account=globex.account, name="Theirs")

    assert (api.get(f"forms/{theirs.pk}")["code"], api.status) == ("unknown_form", 404)
    assert api.patch(f"forms/{theirs.pk}", {"name": "Mine"})["code"] == "unknown_form"
    assert api.patch(f"forms/{ours.pk}", {"team": team.pk})["code"] == "unknown_team"
    assert [each["id"] for each in api.get("forms")["items"]] == [ours.pk]


def test_a_form_is_sent_back_with_the_team_and_the_source_that_it_has_though_they_are_no_longer_active(
    api: Api, acme: Company
) -> None:
    team = Team.objects.create(account=acme.account, name="West")
    source = LeadSource.objects.create(account=acme.account, name="Fair")
    form = public_form(acme, team=team, lead_source=source)
    Team.objects.update(is_active=False)
    LeadSource.objects.update(is_active=False)
    has = {"team": team.pk, "source": source.pk}

    changed = api.patch(f"forms/{form.pk}", {"title": "Hello"} | has)

    assert (api.status, changed["title"], changed["team"], changed["source"]) == (200, "Hello", team.pk, source.pk)
    assert api.patch(f"forms/{public_form(acme).pk}", has)["code"] == "unknown_team"

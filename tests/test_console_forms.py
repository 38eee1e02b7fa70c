"""The builder of public forms in the console."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry
from accounts.roles import Role
from intake.models import Form
from leads.models import Lead
from tests.consoles import change_url, console, list_url, member, page_url, text_of
from tests.forms import public_form, send
from tests.people import Company

pytestmark = pytest.mark.django_db

FIELDS = ["email", "phone", "first_name", "last_name", "company", "message"]


@pytest.fixture
def manager(acme: Company) -> Client:
    return console(member(acme, Role.MANAGER))


def built(asked: list[tuple[str, str, bool]], **given: Any) -> dict[str, Any]:
    """The builder as the browser posts it; `asked` are the ticked fields in their order."""
    data: dict[str, Any] = {"name": "Website", "kind": "hosted", "button": "Send", "is_active": "on"} | given
    for place, name in enumerate(FIELDS, start=50):
        data |= {f"fields_asked-{name}-label": "", f"fields_asked-{name}-place": place}
    for place, (name, label, required) in enumerate(asked, start=1):
        data |= {
            f"fields_asked-{name}-{key}": value
            for key, value in {"asked": "on", "label": label, "place": place}.items()
        }
        data |= {f"fields_asked-{name}-required": "on"} if required else {}
    return data


def test_a_form_is_built_and_changed(manager: Client, acme: Company) -> None:
    asked = [("phone", "Your phone", True), ("email", "", False)]
    sites = "https://www.acme.test/\nhttp://localhost:8080"

    manager.post(page_url(Form, "add"), built(asked, title="Call me", allowed_origins=sites))
    form = Form.objects.get(account=acme.account)

    assert form.fields == [
        {"name": "phone", "label": "Your phone", "required": True},
        {"name": "email", "label": "E-mail", "required": False},
    ]
    assert (form.title, form.allowed_origins) == ("Call me", ["https://www.acme.test", "http://localhost:8080"])
    assert form.created_by == form.updated_by

    manager.post(change_url(form), built(asked[1:], title="Call me", allowed_origins=sites))

    form.refresh_from_db()
    assert form.fields == [{"name": "email", "label": "E-mail", "required": False}]
    entry = AuditEntry.objects.for_account(acme.account).filter(object_id=form.pk).latest("pk")
    assert list(entry.changes) == ["fields"]


@pytest.mark.parametrize(
    ("asked", "given", "said"),
    [
        ([("message", "", True)], {}, "Ask for the e-mail or the phone"),
        ([("email", "x" * 81, True)], {}, "A label is one line of at most 80 characters."),
        ([("email", "", True)], {"allowed_origins": "acme.test"}, "is no origin"),
        ([("email", "", True)], {"allowed_redirect_hosts": "https://x"}, "is no host"),
        ([("email", "", True)], {"redirect_url": "javascript:alert(1)"}, "Write a whole address"),
        ([("email", "", True)], {"per_minute": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_makes_no_form_is_said_and_nothing_stored(
    manager: Client, acme: Company, asked: Any, given: dict[str, str], said: str
) -> None:
    page = manager.post(page_url(Form, "add"), built(asked, **given))

    assert page.status_code == 200
    assert said in text_of(page)
    assert not Form.objects.exists()


def test_its_page_has_the_snippet_the_preview_and_the_counts(
    manager: Client, client: Client, acme: Company, settings: Any, today: date
) -> None:
    settings.SITE_URL = "https://leads.hub.test"
    form = public_form(acme)
    send(client, form)
    send(client, form, {"email": "bot@example.com", "homepage_url": "x"})

    page = text_of(manager.get(change_url(form), HTTP_HOST="localhost"))

    assert f"https://leads.hub.test/f/{form.public_id}/embed.js" in page
    assert f'src="{page_url(Form, "preview", form.pk)}"' in page
    assert "1 lead today, 1 in 30 days. 1 in 30 days went to quarantine" in page
    listed = manager.get(list_url(Form))
    assert f'href="/f/{form.public_id}"' in text_of(listed)
    kept = manager.get(f"/admin/intake/quarantinedlead/?form__id__exact={form.pk}")
    assert "honeypot" in text_of(kept)


def test_a_closed_form_has_no_snippet(manager: Client, acme: Company) -> None:
    form = public_form(acme, is_active=False)

    page = text_of(manager.get(change_url(form)))

    assert "It is closed" in page
    assert "embed.js" not in page


def test_a_closed_form_is_previewed_and_what_is_typed_there_is_not_kept(acme: Company) -> None:
    form = public_form(acme, is_active=False, title="Talk to us", thanks="We call you back.")
    viewer, url = Client(enforce_csrf_checks=True), page_url(Form, "preview", form.pk)
    viewer.force_login(member(acme, Role.VIEWER))

    shown, sent = viewer.get(url), viewer.post(url, {"email": "jane@example.com"})

    assert "<h1>Talk to us</h1>" in text_of(shown)
    assert '<form method="post" novalidate>' in text_of(shown)
    assert "We call you back." in text_of(sent)
    assert {answer["X-Frame-Options"] for answer in (shown, sent)} == {"SAMEORIGIN"}
    assert "script-src" not in shown["Content-Security-Policy"]
    assert not Lead.objects.exists()


def test_who_may_only_look_sees_the_fields(acme: Company) -> None:
    form = public_form(acme)

    page = text_of(console(member(acme, Role.VIEWER)).get(change_url(form)))

    assert "First name, Last name, E-mail (required), Message" in page
    assert "fields_asked" not in page

"""Public forms of the tests, and what a visitor sends by them."""

import json
from typing import Any
from urllib.parse import urlencode

import time_machine
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from intake.models import Form, FormKind, QuarantinedLead
from intake.publicform import tokens
from leads.models import Lead
from tests.people import Company

SITE = "https://www.acme.test"
RECEIVED = b'{"status":"received"}'
JANE = {"email": "jane@example.com", "first_name": "Jane", "message": "Call me."}
URLENCODED = "application/x-www-form-urlencoded"


def public_form(company: Company, **fields: Any) -> Form:
    """An open form of the company's, unless told, that may be on its site."""
    given = {"name": "Website", "kind": FormKind.OPEN, "allowed_origins": [SITE]} | fields
    return Form.objects.create(account=company.account, **given)


def path_of(form: Form) -> str:
    return f"/v1/public/forms/{form.public_id}/leads"


def send(client: Client, form: Form, body: Any = None, **headers: str) -> HttpResponse:
    """JSON, or bytes as they are, to the form's own path."""
    data = body if isinstance(body, bytes) else json.dumps(JANE if body is None else body).encode()
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    content_type = sent.pop("Content-Type", "application/json")
    return client.post(path_of(form), data, content_type=content_type, headers=sent)


def send_form(client: Client, form: Form, body: dict[str, str], **headers: str) -> HttpResponse:
    return send(client, form, urlencode(body).encode(), **{"Content-Type": URLENCODED} | headers)


def token(form: Form, *, age: float = 10) -> str:
    """A token as old as that, in seconds."""
    with time_machine.travel(timezone.now() - timezone.timedelta(seconds=age), tick=False):
        return tokens.issue(form)


def leads(form: Form) -> list[Lead]:
    return list(Lead.objects.for_account(form.account_id).filter(door="form").order_by("pk"))


def kept(form: Form) -> list[str]:
    """The codes of what lies in quarantine."""
    rows = QuarantinedLead.objects.for_account(form.account_id).filter(form=form, door="form")
    return list(rows.order_by("pk").values_list("code", flat=True))

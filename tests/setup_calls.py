"""Calls to what is set up through the account door: as anybody, in any account."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from accounts.models import Account, AuditEntry, LoginSession, User
from tests.doors import bearer, named
from tests.people import Company


def ask(
    method: str, path: str, body: Any = None, *, by: User | str, account: Account | None, **headers: str
) -> HttpResponse:
    """Ask as a person, or with a key or token as it is."""
    credential = by if isinstance(by, str) else LoginSession.objects.open(by)[1]
    place = {"x-account-id": str(account.pk)} if account else {}
    data = b"" if body is None else json.dumps(body).encode()
    sent = bearer(credential) | place | named(headers)
    return Client().generic(method, path, data, content_type="application/json", headers=sent)


def as_owner(company: Company, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
    return ask(method, path, body, by=company.token, account=company.account, **headers)


def said(answer: HttpResponse) -> tuple[int, Any]:
    return answer.status_code, json.loads(answer.content)


def entries(account: Account, model: str) -> list[tuple[str, str | None, str]]:
    """What the audit says of rows of this kind: the event, who and by which door."""
    found = AuditEntry.objects.for_account(account).filter(content_type__model=model).order_by("pk")
    return list(found.values_list("event", "actor_email", "door"))

"""A lead's contact by the API, as at the source door; its profile, attribution and consent, of that door's types."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from leads.models import Lead
from tests.apis import Api, api
from tests.doors import standing
from tests.people import Company, company, source

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def standing_acme(django_db_setup: None, django_db_blocker: object) -> Iterator[Company]:
    yield from standing(django_db_blocker, lambda: company("Acme", reps=1))


@pytest.fixture
def hub(acme: Company) -> Api:
    return api(acme)


DETAILS = {
    "profile": {
        "gender": "F", "height": 65, "weight": 130, "birth_date": "1990-12-25", "marital_status": "Widow",
        "income": 50_000, "is_homeowner": True, "months_at_residence": 12, "credit_score": 700,
        "has_bankruptcy": False, "employment_type": "SelfEmployed", "number_of_dependents": 2,
        "has_medical_condition": False, "shoe_size": [9.5],
    },
    "attribution": {
        "utm_term": "cars", "utm_content": "red", "referrer": "https://a.test/", "landing_page": "https://b.test/",
        "sub_id": "s1", "pub_id": "p1", "ip_address": "192.0.2.7", "user_agent": "Phone/1",
        "source_metadata": {"campaign": "spring"}, "ad": 7,
    },
    "consent": {
        "compliance_status": "blocked", "compliance_blocked_reason": "on a list", "assigned_phone_number_id": "n1",
        "sms_consent_status": "out", "sms_opted_out": True, "sms_opt_out_at": "2026-03-02T09:00:00.000Z",
        "sms_opt_in_at": "2026-03-01T09:00:00.000Z", "sms_help_requested_at": "2026-03-01T10:00:00.000Z",
        "sms_consent_phone_number": "+15551234567", "tcpa": True,
    },
}  # fmt: skip


PHONE = {"phone": "+12065550142", "phone_type": "Voip"}


@pytest.mark.parametrize("body", [{}, {"company": "Acme"}, {"email": " ", "phone": None, "notes": "Call back"}])
def test_a_lead_without_name_e_mail_and_phone_is_refused(acme: Company, hub: Api, body: dict[str, Any]) -> None:
    problem = hub.post("leads", body)

    assert (hub.status, problem["code"]) == (400, "empty_contact")
    assert problem["detail"] == "A lead needs a name, an e-mail or a phone."
    assert not Lead.objects.exists()


def camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(each.capitalize() for each in others)


def test_what_the_source_door_answers_of_a_lead_can_be_said_here(client: Client, acme: Company, hub: Api) -> None:
    vendor, secret = source(acme.account, acme.owner)
    made = hub.post("leads", {"email": "jane@example.com", "source": vendor.pk, "external_id": "e1"} | DETAILS | PHONE)

    answer = client.post(
        "/leads/intake", {"externalId": "e1", "firstName": "J"}, "application/json",
        headers={"X-Leadping-Source-Id": str(vendor.uuid), "X-Leadping-Source-Key": secret},
    ).json()  # fmt: skip

    assert {name: made[name] for name in DETAILS} == DETAILS
    assert answer["customer"] == {
        "gender": "F", "height": 65, "weight": 130, "birthDate": "1990-12-25", "maritalStatus": "Widow",
        "income": 50_000, "isHomeowner": True, "monthsAtResidence": 12, "creditScore": 700, "hasBankruptcy": False,
        "employmentType": "SelfEmployed", "numberOfDependents": 2, "hasMedicalCondition": False,
    }  # fmt: skip
    assert answer["contact"]["phone"] == {"number": "+12065550142", "type": "Voip"}
    told = {camel(name): value for part in ("attribution", "consent") for name, value in DETAILS[part].items()}
    assert answer["metadata"].items() >= {name: told[name] for name in told if name not in ("ad", "tcpa")}.items()
    hub.patch(f"leads/{made['id']}", {name: made[name] for name in DETAILS})
    assert {name: hub.get(f"leads/{made['id']}")[name] for name in DETAILS} == {name: made[name] for name in DETAILS}


def test_an_instant_among_them_is_kept_as_it_goes_out(hub: Api) -> None:
    made = hub.post("leads", {"email": "jane@example.com", "consent": {"sms_opt_in_at": "2026-03-02T10:00:00+01:00"}})

    assert made["consent"] == {"sms_opt_in_at": "2026-03-02T09:00:00.000Z"}


@pytest.mark.parametrize(("body", "field"), [
    ({"profile": {"height": "tall"}}, "profile.height"), ({"profile": {"gender": "girl"}}, "profile.gender"),
    ({"profile": {"birth_date": "2999-01-01"}}, "profile.birth_date"),
    ({"profile": {"is_homeowner": "yes"}}, "profile.is_homeowner"),
    ({"attribution": {"landing_page": "javascript:x"}}, "attribution.landing_page"),
    ({"attribution": {"source_metadata": ["a"]}}, "attribution.source_metadata"),
    ({"attribution": {"source_metadata": {"a": {}}}}, "attribution.source_metadata.a"),
    ({"consent": {"sms_opted_out": "no"}}, "consent.sms_opted_out"),
    ({"consent": {"sms_opt_in_at": "never"}}, "consent.sms_opt_in_at"), ({"profile": []}, "profile"),
    ({"phone_type": "cell"}, "phone_type"),
])  # fmt: skip
def test_a_detail_of_another_type_than_the_source_door_answers_is_refused(
    hub: Api, body: dict[str, Any], field: str
) -> None:
    problem = hub.post("leads", {"email": "jane@example.com"} | body)

    assert (hub.status, list(problem["errors"])) == (400, [field])

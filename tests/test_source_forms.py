"""The ways a source's lead may come: JSON, a form, or a query; the same lead whichever it was."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client

from intake.models import QuarantinedLead
from leads.models import Lead
from teams.models import LeadSource
from tests.doors import TRACE, Town, kept, post, refusal, state

PATH = "/leads/intake"
FORM = "application/x-www-form-urlencoded"
CERTIFICATE = "https://cert.trustedform.com/0123456789abcdef"
LEAD = {
    "firstName": "Zoë",
    "lastName": "O'Neil & Sons",
    "email": "zoe+a@acme.com",
    "phone": "+1 (206) 555-0142",
    "phoneType": "cell",
    "birthDate": "1990-12-25",
    "address1": "1 Main St",
    "city": "San Francisco",
    "state": "CA",
    "zip": "94107",
    "gender": "f",
    "subId": "7",
    "sellerLeadId": "s=1",
    "price": "12.50",
    "utmSource": "google",
    "utmTerm": "a b",
    "landingPage": "https://acme.com/?a=1&b=2",
    "trustedFormUrl": CERTIFICATE,
    "externalId": "e1",
    "product": "solar",
    "tagNames": ["a,b", "c"],
    "sourceMetadata": {"campaign": "spring", "ad group": "ü"},
    "favouriteColour": "blue",
}

pytestmark = pytest.mark.django_db


def pairs(lead: dict[str, Any], *, query: bool = False, nested: bool = True) -> list[tuple[str, str]]:
    """The fields as a form has them."""
    found = []
    for name, value in lead.items():
        # A query's names begin with a capital.
        named = name[0].upper() + name[1:] if query and name != "favouriteColour" else name
        if isinstance(value, list):
            found += [(named, item) for item in value]
        elif isinstance(value, dict) and nested:
            found += [(f"{named}[{key}]", item) for key, item in value.items()]
        else:
            found.append((named, json.dumps(value) if isinstance(value, dict) else value))
    return found


def form(client: Client, places: Town, fields: Any, **headers: str) -> HttpResponse:
    body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
    sent = places.visitor("source").headers | {"Content-Type": FORM, "X-Request-Id": TRACE} | headers
    return post(client, PATH, body, sent)


def get(client: Client, places: Town, fields: Any, **headers: str) -> HttpResponse:
    query = fields if isinstance(fields, str) else urlencode(fields)
    sent = places.visitor("source").headers | {"X-Request-Id": TRACE} | headers
    return client.generic("GET", PATH, headers=sent, QUERY_STRING=query)


def takes_get(places: Town) -> None:
    LeadSource.objects.filter(pk=places.vendor.pk).update(takes_get=True)


def stored(lead: Lead) -> dict[str, Any]:
    made = {"id", "uuid", "created_at", "updated_at", "assigned_at", "owner_id", "duplicate_of_id"}
    columns = {name: value for name, value in Lead.objects.filter(pk=lead.pk).values().get().items()}
    return {name: value for name, value in columns.items() if name not in made}


WAYS = {
    "form": lambda client, places: form(client, places, pairs(LEAD)),
    "form with JSON in it": lambda client, places: form(client, places, pairs(LEAD, nested=False)),
    "query": lambda client, places: get(client, places, pairs(LEAD, query=True)),
    "query with JSON in it": lambda client, places: get(client, places, pairs(LEAD, query=True, nested=False)),
    "query in JSON's names": lambda client, places: get(client, places, pairs(LEAD)),
}


@pytest.mark.parametrize("way", list(WAYS))
def test_it_is_the_same_lead_whichever_way_it_came(client: Client, places: Town, way: str) -> None:
    takes_get(places)
    by_json = places.visitor("source").post(client, LEAD)
    first = Lead.objects.get()
    expected = stored(first)
    first.delete()

    answer = WAYS[way](client, places)

    assert (by_json.status_code, answer.status_code, answer.headers["Content-Type"]) == (201, 201, "application/json")
    assert stored(Lead.objects.get()) == expected
    assert expected["extra"] == {"fields": {"favouriteColour": "blue"}}
    said, by_form = by_json.json(), answer.json()
    assert {name: said[name] for name in ("contact", "customer")} == {
        name: by_form[name] for name in ("contact", "customer")
    }
    assert by_form["metadata"]["sourceMetadata"] == LEAD["sourceMetadata"]


def test_what_is_sent_again_another_way_is_the_lead_that_is_there(client: Client, places: Town) -> None:
    takes_get(places)
    first = places.visitor("source").post(client, LEAD).json()["id"]

    again = [form(client, places, pairs(LEAD)).json()["id"], get(client, places, pairs(LEAD, query=True)).json()["id"]]

    assert again == [first, first]


REFUSED = [
    (b"firstName=Jane&firstName=Janet", "invalid_input", "firstName: This field is given twice."),
    (b"sourceMetadata[a]=1&sourceMetadata[a]=2", "invalid_input", "sourceMetadata[a]: This field is given twice."),
    (b"sourceMetadata[a]=1&sourceMetadata={}", "invalid_input", "sourceMetadata: This field is given twice."),
    (b"sourceMetadata={}&sourceMetadata[a]=1", None, None),
    (b"sourceMetadata=nothing", "invalid_input",
     "sourceMetadata: It is not valid JSON: Expecting value: line 1 column 1 (char 0)."),
    (b"sourceMetadata=[1]", "invalid_input", "sourceMetadata: It must be a JSON object."),
    (b"firstName=%FF", "invalid_request", "The form must be UTF-8."),
    (b"firstName=\xff", "invalid_request", "The form must be UTF-8."),
    (b"firstName=a%00b", "invalid_request", "The form has a NUL character."),
    (b"&".join(b"x%d=1" % number for number in range(1001)), "invalid_request", "The form has more than 1,000 fields."),
    (b"city=Rome", "empty_contact", "A lead needs a name, an e-mail or a phone."),
    (b"", "empty_contact", "A lead needs a name, an e-mail or a phone."),
    (b"firstName=Jane&price=x", "invalid_input", "price: A valid number is required."),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code", "message"), REFUSED, ids=lambda each: str(each)[:40])
def test_a_form_is_read_as_strictly_as_json(
    client: Client, places: Town, body: bytes, code: str | None, message: str | None
) -> None:
    before = state()

    answer = form(client, places, body if code else body + b"&firstName=Jane")

    if code is None:
        assert answer.status_code == 201
        return
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (400, code, message)
    assert (state(), kept()) == (before, [(code, body)])
    assert QuarantinedLead.objects.get().content_type == FORM


def test_a_thousand_fields_are_taken(client: Client, places: Town) -> None:
    fields = [("firstName", "Jane"), *((f"x{number}", "1") for number in range(999))]

    assert form(client, places, fields).status_code == 201


@pytest.mark.parametrize("name", ["tagNames", "tagNames[]"])
def test_a_list_is_its_field_several_times(client: Client, places: Town, name: str) -> None:
    form(client, places, [("firstName", "Jane"), (name, "a"), (name, "b")])

    assert Lead.objects.get().tags == ["a", "b"]


@pytest.mark.parametrize("content_type", [f"{FORM}; charset=UTF-8", FORM.upper()])
def test_a_form_may_say_that_it_is_utf_8(client: Client, places: Town, content_type: str) -> None:
    assert form(client, places, {"firstName": "Jane"}, **{"Content-Type": content_type}).status_code == 201


@pytest.mark.parametrize("content_type", [f"{FORM}; charset=latin-1", "multipart/form-data; boundary=x"])
def test_another_kind_of_form_is_a_400_in_the_door_s_words(client: Client, places: Town, content_type: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="firstName"\r\n\r\nJane\r\n--x--\r\n'

    answer = form(client, places, body, **{"Content-Type": content_type})

    message = "The body must be application/json or application/x-www-form-urlencoded, in UTF-8."
    expected = refusal("source", 400, message, code="unsupported_media_type", path=PATH)
    assert (answer.status_code, answer.json(), kept()) == (400, expected, [("unsupported_media_type", body)])


# --- GET ---


def test_get_is_off_unless_the_source_takes_it(client: Client, places: Town) -> None:
    before = state()

    answer = get(client, places, {"FirstName": "Jane"})

    message = "This source may not send leads by GET."
    assert (answer.status_code, answer.json()) == (
        403, refusal("source", 403, message, code="get_not_allowed", path=PATH),
    )  # fmt: skip
    assert (state(), kept()) == (before, [("get_not_allowed", b"FirstName=Jane")])


def test_a_get_without_a_query_is_not_kept(client: Client, places: Town) -> None:
    takes_get(places)

    answer = get(client, places, "")

    assert (answer.status_code, answer.json()["code"], kept()) == (400, "empty_contact", [])


NAMED = ["X-Leadping-Source-Key", "LeadpingSourceKey", "SourceKey", "key", "api_key", "access_token", "Authorization"]


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("header", [True, False])
def test_a_credential_in_the_query_is_a_401_and_kept_nowhere(
    client: Client, places: Town, caplog: pytest.LogCaptureFixture, name: str, header: bool
) -> None:
    takes_get(places)
    before, secret = state(), "marked-secret-4711"
    sent = places.visitor("source").headers if header else {}

    answer = client.get(PATH, {"FirstName": "Jane", name: secret}, headers=sent)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert (state(), kept()) == (before, [])
    assert secret not in caplog.text + answer.content.decode()


def test_a_key_is_known_by_its_look_too(client: Client, places: Town) -> None:
    takes_get(places)

    answer = get(client, places, {"FirstName": "Jane", "whatever": places.vendor_key})

    assert (answer.status_code, kept()) == (401, [])


def test_a_name_in_both_spellings_is_given_twice(client: Client, places: Town) -> None:
    takes_get(places)

    answer = get(client, places, {"FirstName": "Jane", "firstName": "Janet"})

    assert (answer.status_code, answer.json()["detail"]) == (400, "firstName: This field is given twice.")


def test_a_head_is_not_a_get(client: Client, places: Town) -> None:
    takes_get(places)
    before = state()

    answer = client.head(f"{PATH}?FirstName=Jane", headers=places.visitor("source").headers)

    assert (answer.status_code, answer.headers["Allow"], state()) == (405, "GET, POST, OPTIONS", before)


def test_a_get_is_carried_out_once_for_a_key(client: Client, places: Town) -> None:
    takes_get(places)

    first = get(client, places, {"FirstName": "Jane"}, **{"Idempotency-Key": "once"})
    again = get(client, places, {"FirstName": "Jane"}, **{"Idempotency-Key": "once"})
    other = get(client, places, {"FirstName": "Janet"}, **{"Idempotency-Key": "once"})

    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
    assert (other.status_code, other.json()["code"]) == (400, "idempotency_key_reused")
    assert Lead.objects.count() == 1


def test_the_query_of_a_post_is_no_lead(client: Client, places: Town) -> None:
    visitor = places.visitor("source")

    answer = post(client, f"{PATH}?FirstName=Janet&key=x", {"firstName": "Jane"}, visitor.headers)

    assert (answer.status_code, Lead.objects.get().first_name) == (201, "Jane")

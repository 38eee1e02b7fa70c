"""What each field takes and what it refuses, at the edges; null and "" mean absent everywhere."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from intake.doors.account.leads import LeadViewSet as AccountLeads
from intake.doors.platform.leads import LeadViewSet as PlatformLeads
from intake.doors.source.views import IntakeViewSet as SourceLeads
from intake.doors.source.wire import GENDERS, PHONE_TYPES, known_word
from intake.doors.workspace.leads import LeadViewSet as WorkspaceLeads
from leads.models import Lead
from tests.doors import NAMES, Town, state

VIEWS = {"platform": PlatformLeads, "account": AccountLeads, "workspace": WorkspaceLeads, "source": SourceLeads}
SCRIPTS = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)",
    "java\tscript:alert(1)", "\x01javascript:alert(1)", "data:text/html,<script>", "vbscript:x",
]  # fmt: skip
LONGEST = f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.com"
# Within the length of an address, but not once its case is folded: each of these letters becomes three.
UNFOLDABLE = "\u0390" * 120 + "@acme.com"
NESTED = {"n": None, "l": [1, {"a": 0.5}]}
CERTIFICATE = "https://cert.trustedform.com/0123456789abcdef"

pytestmark = pytest.mark.django_db


REFUSED: list[tuple[str, str, list[Any]]] = [
    ("platform", "email", ["jane", "a@b", UNFOLDABLE, '"a b"@x.com', "ü@x", "a@x.com\r\nBcc: v@x.com", "a@x.com\0",
                           "n/a", 1, "a" * 243 + "@example.com", "." * 1_000_000]),
    ("workspace", "email", ["jane", UNFOLDABLE, "a@b", "a@x.com\nBcc: v@x.com", "a" * 243 + "@example.com",
                            ["a@x.com"]]),
    ("account", "email", ["a@x.com\r\nBcc: v@x.com", "x\ry", "a" * 255, 1, {}]),
    ("source", "email", ["a@x.com\r\nBcc: v@x.com", "x\ny", "a" * 255, 1, {}]),
    ("account", "createdBy", ["a@x.com\r\nBcc: v@x.com", "a" * 255]),
    ("platform", "company", ["x" * 2001, 1, True, ["x"], {"x": 1}]),
    ("account", "notes", ["x" * 20_001, 1]),
    ("account", "jobTitle", ["x" * 2001, 1.5]),
    ("account", "numberOfEmployees", [2**31, -1, 1.5, "12", "1e1000000", True, [], 2**62]),
    ("account", "monthlyTransactionVolume", [2**31, -1, 0.1, "1e1000000", False]),
    ("account", "teamId", [0, -1, "1", 1.5, True, 2**31]),
    ("account", "leadSourceId", [0, "x", 2**31]),
    ("account", "interestedInSwitching", ["true", 1, 0, [], "yes"]),
    ("account", "archived", ["false", 1, {}]),
    ("account", "lastContacted", ["yesterday", 5, "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+23:59",
                                  "9999-12-31T23:59:59-23:59", "2026-01-01T25:00:00Z"]),
    ("account", "imgSrc", [*SCRIPTS, "ftp://acme.com/x.png", "file:///etc/passwd", "http://"]),
    ("workspace", "linkedinUrl", [*SCRIPTS, "linkedin.com/in/jane", "/in/jane", "ftp://x.y", "https://",
                                  "https://a b", "http://[::1"]),
    ("workspace", "phone", ["1" * 2001, 12065550142]),
    ("workspace", "tags", [[str(n) for n in range(51)], ["x" * 65], [1], [None], [["x"]], "vip", {"a": "b"},
                           ["x"] * 10_000]),
    ("workspace", "customFields", [{str(n): 1 for n in range(101)}, {"x" * 65: 1}, {"x": "x" * 2001},
                                   {str(n): "x" * 1900 for n in range(40)}, [], "x", 1]),
    ("source", "birthDate", ["0000-00-00", "2999-01-01", "2023-02-30", "20230101", "2023-1-1", 20230101,
                             "2023-01-01T00:00:00Z", "\u0662\u0660\u0662\u0663-01-01", "01/02/1990"]),
    ("source", "dateOfBirth", ["0000-00-00", "2999-01-01"]),
    ("source", "price", ["1e5", "1e1000000", "\uff11\uff12", "01", ".5", "5.", "+1", "1,50", "$5", "NaN", True, [],
                         "1" * 16, 10**15, 1e15, "1" * 25 + ".5", "9" * 398 + ".5", "999999999999999.9999999"]),
    ("source", "directPostPrice", ["12.50 USD"]),
    ("source", "trustedFormUrl", [
        *SCRIPTS, "http://cert.trustedform.com/x", "https://cert.trustedform.com.evil.tld/x",
        "https://eviltrustedform.com/x",
        "https://trustedform.com@evil.tld/x", "cert.trustedform.com/x", "https://evil.tld/?cert.trustedform.com"]),
    ("source", "landingPage", [*SCRIPTS, "x" * 2001]),
    ("source", "referrer", [*SCRIPTS, 1.5]),
    ("source", "sourceMetadata", [{"a": {"b": 1}}, {"a": [1]}, {str(n): 1 for n in range(51)}, {"a": "x" * 501},
                                  {str(n): "x" * 480 for n in range(40)}, [], "x"]),
    ("source", "externalId", ["x" * 256, [], True]),
    ("source", "sellerLeadId", ["x" * 256]),
    ("source", "tagNames", [[str(n) for n in range(51)], ["x" * 65]]),
    ("source", "firstName", [True, [], {}, 1.5, "x" * 2001]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("door", "name", "value"),
    [pytest.param(d, n, v, id=f"{d} {n} {str(v)[:40]!r}") for d, n, values in REFUSED for v in values],
)
def test_a_value_beyond_the_edge_is_a_400_that_names_the_field(
    client: Client, places: Town, door: str, name: str, value: Any
) -> None:
    visitor, before = places.visitor(door), state()

    answer = visitor.post(client, visitor.body | {name: value})

    assert (answer.status_code, state()) == (400, before)
    if value not in ("a@x.com\0", 2**31):
        assert name in answer.content.decode()


@pytest.mark.parametrize(("door", "name"), [("workspace", "tags"), ("source", "tagNames")])
def test_a_long_list_is_refused_as_a_whole_and_not_one_by_one(
    client: Client, places: Town, door: str, name: str
) -> None:
    visitor, before = places.visitor(door), state()

    answer = visitor.post(client, visitor.body | {name: [1] * 300_000})

    assert (answer.status_code, state()) == (400, before)
    assert f"{name}: At most 50 tags." in answer.content.decode()
    assert len(answer.content) < 400


TAKEN: list[tuple[str, str, Any, str, Any]] = [
    ("platform", "email", "  Jane@Acme.com ", "email", "Jane@Acme.com"),
    ("platform", "email", LONGEST, "email", LONGEST),
    ("platform", "email", "jane@b\u00fccher.example", "email_key", "jane@xn--bcher-kva.example"),
    ("workspace", "email", " JANE@Acme.COM ", "email", "jane@acme.com"),
    ("account", "email", "n/a", "email", "n/a"),
    ("account", "email", "n/a", "email_key", None),
    ("account", "email", "n/a", "extra", {"flags": ["email"]}),
    ("account", "email", "a" * 254, "email", "a" * 254),
    ("account", "email", UNFOLDABLE, "extra", {"flags": ["email"]}),
    ("source", "email", "not an address", "extra", {"flags": ["email"]}),
    ("source", "email", UNFOLDABLE, "extra", {"flags": ["email"]}),
    ("account", "numberOfEmployees", 1.0, "number_of_employees", 1),
    ("account", "numberOfEmployees", 0, "number_of_employees", 0),
    ("account", "monthlyTransactionVolume", 2**31 - 1, "monthly_transaction_volume", 2**31 - 1),
    ("account", "interestedInSwitching", False, "interested_in_switching", False),
    ("account", "imgSrc", "/pictures/jane.png", "img_src", "/pictures/jane.png"),
    ("account", "imgSrc", "jane.png", "img_src", "jane.png"),
    ("account", "imgSrc", "http://10.0.0.1/pixel.gif", "img_src", "http://10.0.0.1/pixel.gif"),
    ("account", "notes", "x" * 20_000, "notes", "x" * 20_000),
    ("account", "notes", "  one\n\ttwo\u202e ", "notes", "  one\n\ttwo "),
    ("account", "company", "x" * 2000, "company", "x" * 2000),
    ("workspace", "phone", "+1-555-123-4567;DROP", "phone", "+1-555-123-4567;DROP"),
    ("workspace", "phone", "1" * 500, "extra", {"flags": ["phone"]}),
    ("workspace", "tags", ["vip", " vip ", "", "new"], "tags", ["vip", "new"]),
    ("workspace", "tags", [str(n) for n in range(50)], "tags", [str(n) for n in range(50)]),
    ("workspace", "customFields", {"x" * 64: "y" * 2000}, "custom_fields", {"x" * 64: "y" * 2000}),
    ("workspace", "customFields", NESTED, "custom_fields", NESTED),
    ("source", "birthDate", "2000-02-29", "profile", {"birth_date": "2000-02-29"}),
    ("source", "price", "12.50", "price", Decimal("12.5")),
    ("source", "price", 12.5, "price", Decimal("12.5")),
    ("source", "price", -1, "price", Decimal(-1)),
    ("source", "price", 0, "price", Decimal(0)),
    ("source", "directPostPrice", "999999999.123456", "price", Decimal("999999999.123456")),
    ("source", "zip", 94107, "postal_code", "94107"),
    ("source", "phone", 12065550142, "phone_e164", "+12065550142"),
    ("source", "phone", "12", "phone", "12"),
    ("source", "gender", "Prefer not to say", "profile", {"gender": "PreferNotToSay"}),
    ("source", "gender", "non-binary", "profile", {"gender": "NonBinary"}),
    ("source", "gender", "Decline to answer", "profile", {"gender": "PreferNotToSay"}),
    ("source", "gender", "attack helicopter", "extra", {"originals": {"gender": "attack helicopter"}}),
    ("source", "phoneType", "toll free", "phone_type", "TollFree"),
    ("source", "phoneType", "satellite", "phone_type", "Other"),
    ("source", "trustedFormUrl", CERTIFICATE, "trusted_form_url", CERTIFICATE),
    ("source", "trustedFormUrl", "https://TrustedForm.com/x", "trusted_form_url", "https://TrustedForm.com/x"),
    ("source", "product", "auto", "product", "auto"),
    ("source", "vertical", "insurance", "vertical", "insurance"),
    ("source", "tagNames", ["hot"], "tags", ["hot"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("door", "name", "value", "column", "stored"),
    [pytest.param(*row, id=f"{row[0]} {row[1]} {str(row[2])[:40]!r} {row[3]}") for row in TAKEN],
)
def test_a_value_within_the_edge_is_stored(
    client: Client, places: Town, door: str, name: str, value: Any, column: str, stored: Any
) -> None:
    visitor = places.visitor(door)

    answer = visitor.post(client, visitor.body | {name: value})

    assert answer.status_code == 201
    assert getattr(Lead.objects.get(), column) == stored


@pytest.mark.parametrize(
    "value", ["google.com", "https://google.com/?q=a b", "Facebook: ad 3", "android-app://com.google"]
)
def test_where_a_lead_was_won_is_kept_as_it_is_told(client: Client, places: Town, value: str) -> None:
    visitor = places.visitor("source")

    answer = visitor.post(client, visitor.body | {"referrer": value, "landingPage": value})

    metadata = answer.json()["metadata"]
    assert (metadata["referrer"], metadata["landingPage"]) == (value, value)


@pytest.mark.parametrize(("one", "other"), [
    ({"dateOfBirth": "1990-12-25"}, {"birthDate": "1990-12-26"}),
    ({"zip": "94107"}, {"postalCode": "94108"}),
    ({"sellerLeadIdentifier": "a"}, {"sellerLeadId": "b"}),
    ({"directPostPrice": "12.50"}, {"price": 12.51}),
    ({"directPostPrice": 0}, {"price": 1}),
])  # fmt: skip
def test_two_names_of_one_value_may_agree_and_must_not_differ(
    client: Client, places: Town, one: dict[str, Any], other: dict[str, Any]
) -> None:
    visitor, before = places.visitor("source"), state()
    [(alias, value)], [name] = one.items(), other

    refused = visitor.post(client, visitor.body | one | other)

    message = f"{alias} and {name} are given and differ."
    assert (refused.status_code, refused.json()["errors"]) == (400, {alias: [message], name: [message]})
    assert state() == before
    for body in (one, one | {name: value}, one | {name: None}, {name: value}, {name: value, alias: ""}):
        assert visitor.post(client, visitor.body | body).status_code == 201


@pytest.mark.parametrize("empty", [None, ""])
@pytest.mark.parametrize("door", NAMES)
def test_null_and_empty_text_mean_absent_for_every_optional_field(
    client: Client, places: Town, door: str, empty: Any
) -> None:
    visitor, fields = places.visitor(door), VIEWS[door].serializer.fields
    least = {name: visitor.body[name] for name, field in fields.items() if field.required} or {"phone": "+12065550142"}

    answer = visitor.post(client, least | {name: empty for name in fields if name not in least})

    assert answer.status_code == 201
    given = columns(Lead.objects.get())
    Lead.objects.all().delete()
    assert visitor.post(client, least).status_code == 201
    assert given == columns(Lead.objects.get())


WORDS = [
    ("gender", GENDERS, {
        "M": ["m", "Male", "MAN"], "F": ["F", "female", "Woman", "w"], "NonBinary": ["x", "Non Binary", "non-binary"],
        "PreferNotToSay": ["prefer not to say", "PreferNotToSay", "Undisclosed"], "Other": ["OTHER", "o"],
    }),
    ("phoneType", PHONE_TYPES, {
        "Mobile": ["mobile", "CELL", "cell phone", "Wireless"], "Landline": ["landline", "Home", "land-line", "work"],
        "Voip": ["VoIP"], "TollFree": ["TollFree", "toll-free"], "ShortCode": ["short code"],
        "PremiumRate": ["Premium Rate"], "Temporary": ["temporary"], "Other": ["other"],
    }),
]  # fmt: skip


@pytest.mark.parametrize(("name", "table", "words"), WORDS)
def test_a_word_of_the_wire_is_known_in_any_common_spelling(
    name: str, table: dict[str, str], words: dict[str, list[str]]
) -> None:
    understood = {
        word: {known_word({name: spelling}, name, table) for spelling in said} for word, said in words.items()
    }

    assert understood == {word: {word} for word in words}
    assert set(table.values()) == set(words)


@pytest.mark.parametrize("blank", [" ", "\u2028", "\t"], ids=ascii)
def test_a_blank_price_is_none(client: Client, places: Town, blank: str) -> None:
    visitor = places.visitor("source")

    answer = visitor.post(client, visitor.body | {"directPostPrice": blank, "price": "12.50"})

    assert (answer.status_code, answer.json()["metadata"]["price"]) == (201, 12.5)


def columns(lead: Lead) -> dict[str, Any]:
    """What a lead says, without what is its own alone."""
    own = {"id", "uuid", "owner", "assigned_at", "created_at", "updated_at"}
    return {field.name: getattr(lead, field.name) for field in Lead._meta.concrete_fields if field.name not in own}

"""B: attacks that are stored, and wait for whoever reads them."""

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from accounts.models import AuditEntry
from leads.models import Lead
from leads.notifying import mail_notices
from tests.abuse.doors import DOORS, NAMED, assert_refused, checksums, knock, taken, visitor
from tests.consoles import change_url, console, list_url, text_of
from tests.doors import Town

pytestmark = pytest.mark.django_db

LABEL = {"Content-Type": "application/json"}
HTML = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg/onload=alert(1)>']
TEMPLATES = ["{{7*7}}", "{{constructor.constructor(1)()}}", "{% debug %}", "${7*7}"]
TEXTS = {
    "platform": ["first_name", "last_name", "company", "title", "industry"],
    "account": ["firstName", "lastName", "phone", "company", "jobTitle", "branch", "source", "position", "location",
                "productsServicesSold", "currentPaymentProcessor", "processStage", "buyingRole", "notes"],
    "workspace": ["firstName", "lastName", "companyName", "jobTitle", "phone", "city", "state", "country"],
    "source": ["firstName", "lastName", "phone", "address1", "address2", "city", "state", "zip", "gender", "subId",
               "utmSource", "utmMedium", "utmCampaign", "utmTerm", "utmContent", "externalId", "product", "vertical"],
    "api": ["first_name", "last_name", "company", "title", "industry", "city", "state", "country", "notes", "message",
            "source_text", "utm_source", "product", "vertical"],
    "form": ["first_name", "last_name", "company", "message", "utm_source", "utm_medium", "utm_campaign"],
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_a_script_is_stored_as_the_text_that_it_is_and_shown_inert(client: Client, places: Town, door: str) -> None:
    """B01, B02: it stands unescaped on no page of the console, none works it out, and none loads from elsewhere."""
    caller, text = visitor(places, door), " ".join([*HTML, *TEMPLATES])
    answer = knock(client, caller, caller.body | dict.fromkeys(TEXTS[door], text), LABEL)

    lead = Lead.objects.get()
    entry = AuditEntry.objects.filter(event="lead_created").latest("pk")
    browser = console(places.admin if door == "platform" else places.acme.owner)
    pages = [browser.get(url) for url in (change_url(lead), list_url(Lead), change_url(entry), list_url(AuditEntry))]

    assert (answer.status_code, lead.first_name) == (taken(door), text)
    assert all(template in text_of(pages[0]) for template in TEMPLATES)
    for page in pages:
        assert page.status_code == 200
        assert not [html for html in HTML if html in text_of(page)]
        assert "img-src 'self' data:" in page.headers["Content-Security-Policy"]


RUN = ["javascript:alert(1)", "JAVASCRIPT:alert(1)", "java\tscript:alert(1)", "data:text/html,<script>", "vbscript:x"]
ADDRESSES = [
    ("account", "imgSrc"), ("workspace", "linkedinUrl"), ("source", "landingPage"), ("source", "referrer"),
    ("source", "trustedFormUrl"), ("api", "img_src"), ("api", "linkedin_url"), ("api", "trusted_form_url"),
]  # fmt: skip


@pytest.mark.parametrize(("door", "name"), ADDRESSES, ids=[f"B03-{door}-{name}" for door, name in ADDRESSES])
@pytest.mark.parametrize("address", RUN)
def test_an_address_that_a_browser_would_run_is_refused(
    client: Client, places: Town, door: str, name: str, address: str
) -> None:
    caller, before = visitor(places, door), checksums()

    assert_refused(knock(client, caller, caller.body | {name: address}, LABEL), door, 400, before=before)


@pytest.mark.parametrize(("door", "name"), [("account", "imgSrc"), ("api", "img_src")])
@pytest.mark.parametrize("address", ["https://evil.test/pixel.gif", "http://169.254.169.254/latest/meta-data"])
def test_a_picture_elsewhere_is_kept_as_text_and_loaded_by_nobody(
    client: Client, places: Town, door: str, name: str, address: str
) -> None:
    """B05."""
    caller = visitor(places, door)

    answer = knock(client, caller, caller.body | {name: address}, LABEL)

    page = console(places.acme.owner).get(change_url(Lead.objects.get()))
    assert (answer.status_code, Lead.objects.get().img_src) == (201, address)
    assert f'src="{address}"' not in text_of(page)
    assert "img-src 'self' data:" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", [
    "https://cert.trustedform.com.evil.tld/x", "https://eviltrustedform.com/x", "http://cert.trustedform.com/x",
    "https://trustedform.com@evil.tld/x", "https://evil.tld/?https://cert.trustedform.com/",
    "https://evil.tld\\@cert.trustedform.com/",
])  # fmt: skip
def test_a_certificate_of_another_host_is_refused(client: Client, places: Town, address: str) -> None:
    """B06. Contracts: the source door takes no other host, where the case has it stored as unverified."""
    caller, before = visitor(places, "source"), checksums()

    assert_refused(
        knock(client, caller, caller.body | {"trustedFormUrl": address}, LABEL), "source", 400, before=before
    )


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("email", [
    pytest.param("a@x.com\r\nBcc: v@x.com", id="B07"),
    pytest.param("a@x.com\nBcc: v@x.com", id="B07-line"),
    pytest.param(f"{'a' * 10_000}@x.com", id="B08-long"),
    pytest.param("." * 60_000, id="B08-dots"),
])  # fmt: skip
def test_an_address_that_could_be_two_or_is_endless_is_refused_everywhere(
    client: Client, places: Town, door: str, email: str
) -> None:
    caller = visitor(places, door)
    before = checksums()

    assert_refused(knock(client, caller, caller.body | {"email": email}, LABEL), door, 400, before=before)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("email", [
    pytest.param('"a b"@x', id="B08-quoted"),
    pytest.param("\u00fc@x", id="B08-host"),
])  # fmt: skip
def test_an_address_that_is_none_is_refused_where_the_contract_demands_one(
    client: Client, places: Town, door: str, email: str
) -> None:
    """Contracts: at the account and the source door, as at our own API, it is kept as given and flagged."""
    caller = visitor(places, door)
    before = checksums()

    answer = knock(client, caller, caller.body | {"email": email}, LABEL)

    if door in ("account", "source", "api"):
        lead = Lead.objects.get()
        assert (answer.status_code, lead.email, lead.email_key) == (201, email, None)
        assert lead.extra["flags"] == ["email"]
    else:
        assert_refused(answer, door, 400, before=before)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("given", "kept"), [
    pytest.param("Jane\u202egnp.exe\u2066\u2069", "Janegnp.exe", id="B11-bidi"),
    pytest.param("Ja\u0007ne\u009b", "Jane", id="B11-controls"),
    pytest.param("Jane\u200b", "Jane\u200b", id="B11-zero-width"),
    pytest.param("e" + "\u0301" * 500, "\u00e9" + "\u0301" * 499, id="B11-marks"),
    pytest.param("x" + "e\u0301" * 1999, "x" + "\u00e9" * 1999, id="B11-counted-composed"),
    pytest.param("Zo\u00eb \U0001f469\u200d\U0001f467 \u674e\u5c0f\u9f8d \U00020bb7", None, id="B12"),
])  # fmt: skip
def test_a_name_of_any_script_comes_back_without_what_turns_it_round(
    client: Client, places: Town, door: str, given: str, kept: str | None
) -> None:
    caller = visitor(places, door)

    answer = knock(client, caller, caller.body | {NAMED[door]: given}, LABEL)

    assert (answer.status_code, Lead.objects.get().first_name) == (taken(door), kept or given)


@pytest.mark.parametrize(("door", "name"), [("account", "notes"), ("api", "notes"), ("api", "message"),
                                            ("form", "message")])  # fmt: skip
@pytest.mark.parametrize("length", [pytest.param(900_000, id="B15-large"), pytest.param(20_001, id="B15-edge")])
def test_prose_has_an_end(client: Client, places: Town, door: str, name: str, length: int) -> None:
    caller = visitor(places, door)
    before = checksums()
    status = 413 if door == "form" and length > 64 * 1024 else 400

    assert_refused(knock(client, caller, caller.body | {name: "x" * length}, LABEL), door, status, before=before)


@pytest.mark.parametrize("door", [door for door in DOORS if door != "platform"])
@pytest.mark.parametrize(
    "phone", [pytest.param("+1-555-123-4567;DROP", id="B16"), pytest.param("1" * 500, id="B16-long")]
)
def test_a_phone_that_is_none_is_kept_as_given_and_flagged(client: Client, places: Town, door: str, phone: str) -> None:
    """The platform door has no phone."""
    caller = visitor(places, door)

    answer = knock(client, caller, caller.body | {"phone": phone}, LABEL)

    lead = Lead.objects.get()
    assert (answer.status_code, lead.phone, lead.extra["flags"]) == (taken(door), phone, ["phone"])


@pytest.mark.parametrize("door", [door for door in DOORS if door != "platform"])
def test_a_phone_longer_than_a_line_is_refused(client: Client, places: Town, door: str) -> None:
    """B16."""
    caller = visitor(places, door)
    before = checksums()

    assert_refused(knock(client, caller, caller.body | {"phone": "1" * 2001}, LABEL), door, 400, before=before)


@pytest.mark.parametrize("door", [door for door in DOORS if door not in ("platform", "form")])
def test_what_a_lead_says_is_nothing_but_text_in_a_mail(
    client: Client, places: Town, mailoutbox: list[EmailMessage], door: str
) -> None:
    """B17."""
    caller, nasty = visitor(places, door), "<b>Jane</b>\r\nBcc: all@victim.test"
    knock(client, caller, caller.body | {NAMED[door]: nasty}, LABEL)

    mail_notices()

    [mail] = mailoutbox
    assert mail.recipients() == ["rep1@acme.test"]
    assert "\n" not in mail.subject and "\r" not in mail.subject
    headers, _, _ = mail.message().as_string().partition("\n\n")
    assert "victim" not in headers
    assert "\nBcc:" not in str(mail.body)
    for html, kind in getattr(mail, "alternatives", []):
        assert kind != "text/html" or "<b>Jane" not in html

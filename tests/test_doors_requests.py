"""What is read from every request, whatever it says: pure functions, and their effect at the doors."""

import re
import time
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry
from leadhub.lib.jsonbody import BadJson, parse, parse_object
from leadhub.lib.requests import client_address, request_id, request_info, stored_headers
from leads.drafts import LeadDraft, e164, email_key, normalise
from tests.doors import NAMES, Town

MADE = re.compile(r"[0-9a-f]{32}")
PROXIES = ["10.0.0.0/8", "2001:db8::1"]


@pytest.mark.parametrize("given", ["a", "8e03978e-40d5-43dd-bc93-6894a57f9324", "req_1.2", "A" * 128])
def test_a_sane_request_id_is_taken(given: str) -> None:
    # An underscore is sane inside an id.
    assert request_id(given) == given


@pytest.mark.parametrize("given", ["", "A" * 129, "-a", "a b", "a\nb", "\u00e9", "<script>", "a\0", "a/b", "\uff11"])
def test_an_insane_request_id_is_replaced(given: str) -> None:
    made = request_id(given)

    assert MADE.fullmatch(made)
    assert made != request_id(given)


@pytest.mark.parametrize(("peer", "forwarded", "trusted", "address"), [
    ("203.0.113.7", "", [], "203.0.113.7"),
    ("203.0.113.7", "8.8.8.8", [], "203.0.113.7"),
    ("203.0.113.7", "8.8.8.8", PROXIES, "203.0.113.7"),
    ("10.0.0.1", "", PROXIES, "10.0.0.1"),
    ("10.0.0.1", "8.8.8.8", PROXIES, "8.8.8.8"),
    ("10.0.0.1", "8.8.8.8, 203.0.113.7", PROXIES, "203.0.113.7"),
    ("10.0.0.1", "8.8.8.8, 203.0.113.7, 10.9.9.9", PROXIES, "203.0.113.7"),
    ("10.0.0.1", "10.1.1.1,10.2.2.2", PROXIES, "10.1.1.1"),
    ("10.0.0.1", "8.8.8.8, garbage", PROXIES, "10.0.0.1"),
    ("10.0.0.1", "abc", PROXIES, "10.0.0.1"),
    ("10.0.0.1", "' OR 1=1 --", PROXIES, "10.0.0.1"),
    ("10.0.0.1", ", 8.8.8.8", PROXIES, "8.8.8.8"),
    ("10.0.0.1", "8.8.8.8,", PROXIES, "10.0.0.1"),
    ("10.0.0.1", "8.8.8.8:443", PROXIES, "10.0.0.1"),
    ("10.0.0.1", "8.8.8.8, " * 1000, PROXIES, "10.0.0.1"),
    ("2001:db8::1", "2001:DB8:0::7", PROXIES, "2001:db8::7"),
    ("2001:db8::2", "8.8.8.8", PROXIES, "2001:db8::2"),
    ("10.0.0.1", "fe80::1%eth0", PROXIES, "fe80::1"),
    ("::ffff:10.0.0.1", "::ffff:8.8.8.8", PROXIES, "8.8.8.8"),
    ("", "8.8.8.8", PROXIES, None),
    ("unix:", "", PROXIES, None),
])  # fmt: skip
def test_only_a_trusted_proxy_may_say_whom_it_speaks_for(
    peer: str, forwarded: str, trusted: list[str], address: str | None
) -> None:
    meta = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}

    networks = [ip_network(proxy, strict=False) for proxy in trusted]

    assert client_address(meta, networks) == address


@pytest.mark.parametrize(("meta", "stored"), [
    ({}, {}),
    ({"HTTP_X_REQUEST_ID": "r", "HTTP_X_SECRET": "s"}, {"X-Request-Id": "r"}),
    ({"HTTP_AUTHORIZATION": "Bearer x", "HTTP_COOKIE": ""}, {"Authorization": "***"}),
    ({"HTTP_X_LEADPING_SOURCE_KEY": "k", "HTTP_X_API_KEY": "k"},
     {"X-Api-Key": "***", "X-Leadping-Source-Key": "***"}),
    ({"HTTP_REFERER": "https://a.test/b?token=c#d"}, {"Referer": "https://a.test/b"}),
    ({"HTTP_REFERER": "https://a.test/b#token"}, {"Referer": "https://a.test/b"}),
    ({"HTTP_REFERER": "?token=c"}, {}),
    ({"HTTP_USER_AGENT": "a\0b\udcffc"}, {"User-Agent": "ab?c"}),
])  # fmt: skip
def test_headers_are_stored_by_an_allow_list(meta: dict[str, str], stored: dict[str, str]) -> None:
    assert stored_headers(meta) == stored


def test_what_is_kept_of_a_request_can_be_stored() -> None:
    meta = {"REQUEST_METHOD": "PROPPATCHING", "HTTP_USER_AGENT": "\0" + "u" * 3000, "REMOTE_ADDR": "::1"}

    info = request_info(meta, path="/leads\0\udcff" + "x" * 3000)

    assert (info.method, info.address, info.user_agent) == ("PROPPATCHI", "::1", "u" * 2000)
    assert info.path == ("/leads?" + "x" * 3000)[:2000]


@pytest.mark.django_db
@pytest.mark.parametrize("door", NAMES)
@pytest.mark.parametrize("proxies", [[], ["127.0.0.0/8"]])
@pytest.mark.parametrize("forwarded", ["8.8.8.8", "abc", "' OR 1=1", "fe80::1%eth0", ",", "x" * 5000])
def test_no_forwarded_address_ever_loses_a_lead(
    client: Client, places: Town, settings: Any, door: str, proxies: list[str], forwarded: str
) -> None:
    settings.TRUSTED_PROXIES = [ip_network(proxy, strict=False) for proxy in proxies]

    answer = places.visitor(door).post(client, X_Forwarded_For=forwarded, X_Request_Id="r-1")

    entry = AuditEntry.objects.get(event="lead_created")
    believed = {"8.8.8.8": "8.8.8.8", "fe80::1%eth0": "fe80::1"} if proxies else {}
    assert (answer.status_code, answer.headers["X-Request-Id"]) == (201, "r-1")
    assert (entry.cid, entry.remote_addr) == ("r-1", believed.get(forwarded, "127.0.0.1"))


@pytest.mark.parametrize(("body", "value"), [
    (b"{}", {}),
    (b' \n{"a": 1}\t', {"a": 1}),
    (b'{"a": [1.5, -0, true, null, "\\u00e9"]}', {"a": [1.5, 0, True, None, "\u00e9"]}),
    (b'{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
    ('{"ключ": "𠮷"}'.encode(), {"ключ": "𠮷"}),
    (b'{"a": 9223372036854775807, "b": -9223372036854775807}', {"a": 2**63 - 1, "b": 1 - 2**63}),
    (b"[" * 32 + b"]" * 32, None),
])  # fmt: skip
def test_strict_json_is_json(body: bytes, value: Any) -> None:
    assert value is None or parse_object(body) == value
    parse(body)


@pytest.mark.parametrize("body", [
    b"", b"{", b"[1,]", b'{"a": 01}', b"{a: 1}", b'{"a": "\\x"}', b'{"a": 1} x', b"\xef\xbb\xbf{}", b'"\x00"',
    b'"\\u0000"', b'"\\udfff"', b'{"a": 1, "a": 2}', b"NaN", b"1e309", b"9223372036854775808", b"1e19", b"9" * 10_000,
    b"[" * 33 + b"]" * 33, b"]" * 40 + b"[" * 40, b'{"a":' * 33, b"\xff", b"\xc0\x80",
])  # fmt: skip
def test_what_is_not_strict_json_is_refused(body: bytes) -> None:
    with pytest.raises(BadJson):
        parse(body)


@pytest.mark.parametrize("tail", [
    b'"' + b'\\"' * 500_000, b'"\\' * 250_000, b'"' * 1_000_000, b'"' + b"\\" * 1_000_000, b"[" * 1_000_000,
    b'"a",' * 250_000, b"{" * 500_000 + b"}" * 500_000,
], ids=lambda tail: repr(tail[:8]))  # fmt: skip
def test_no_body_of_a_megabyte_takes_long_to_refuse(tail: bytes) -> None:
    begun = time.thread_time()

    with pytest.raises(BadJson):
        parse(b"[" * 40 + tail)

    assert time.thread_time() - begun < 2


@pytest.mark.parametrize(("text", "key"), [
    ("jane@acme.com", "jane@acme.com"),
    ("JANE@Acme.COM", "jane@acme.com"),
    ("Stra\u00dfe@acme.com", "strasse@acme.com"),
    ("jane+tag@acme.com", "jane+tag@acme.com"),
    ("j.a.n.e@gmail.com", "j.a.n.e@gmail.com"),
    ("jane@B\u00dcCHER.example", "jane@xn--bcher-kva.example"),
    ("jane@xn--bcher-kva.example", "jane@xn--bcher-kva.example"),
    ("jane@acme.test", "jane@acme.test"),
    ("jane@localhost", None), ("jane@127.0.0.1", None), ("jane@[127.0.0.1]", None), ("jane", None), ("n/a", None),
    ("", None), ("@", None), ("a@b", None), ("jane@acme.com, john@acme.com", None), ("Jane <jane@acme.com>", None),
    ("jane @acme.com", None), ("jane@acme..com", None), ('"a b"@acme.com', None), ("." * 1_000_000, None),
    ("jane@" + "a" * 250 + ".com", None),
])  # fmt: skip
def test_people_are_matched_by_the_folded_address(text: str, key: str | None) -> None:
    assert email_key(text) == key


@pytest.mark.parametrize(("text", "country", "number"), [
    ("+1-206-555-0142", "US", "+12065550142"),
    ("(206) 555-0142", "US", "+12065550142"),
    ("206.555.0142", "US", "+12065550142"),
    ("020 7946 0018", "GB", "+442079460018"),
    ("0044 20 7946 0018", "GB", "+442079460018"),
    ("+49 30 901820", "US", "+4930901820"),
    ("030 901820", "DE", "+4930901820"),
    ("206-555-0142 ext 5", "US", None), ("+1 206 555 0142 x12", "US", None),
    ("12", "US", None), ("", "US", None), ("call me", "US", None), ("5" * 500, "US", None),
    ("+999123456789", "US", None),
    ("030 901820", "ZZ", None),
])  # fmt: skip
def test_a_phone_number_is_normalised_as_of_the_accounts_country(text: str, country: str, number: str | None) -> None:
    assert e164(text, default_country=country) == number


def test_a_draft_says_of_itself_what_could_not_be_normalised() -> None:
    draft = LeadDraft(email=" n/a ", phone=" 12 ", tags=[" vip", "vip", "", "new "])

    normalise(draft, default_country="US")
    normalise(draft, default_country="US")

    assert (draft.email, draft.email_key, draft.phone, draft.phone_e164) == ("n/a", None, "12", None)
    assert (draft.tags, draft.extra, draft.person) == (["vip", "new"], {"flags": ["email", "phone"]}, None)


@pytest.mark.parametrize(("draft", "person"), [
    (LeadDraft(email="Jane@acme.com", phone="+12065550142"), ("email", "jane@acme.com")),
    (LeadDraft(email="n/a", phone="+12065550142"), ("phone", "+12065550142")),
    (LeadDraft(phone="206 555 0142"), ("phone", "+12065550142")),
    (LeadDraft(first_name="Jane"), None),
])  # fmt: skip
def test_a_person_is_known_by_the_address_and_without_one_by_the_phone(
    draft: LeadDraft, person: tuple[str, str] | None
) -> None:
    normalise(draft, default_country="US")

    assert draft.person == person

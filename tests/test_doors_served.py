"""The doors behind the real web server: bodies in chunks, which Django alone takes for empty, and a database away."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from leads.models import Lead
from tests.contract import facts, filled, marked, recorded, recordings
from tests.doors import NAMES, TRACE, Town, Visitor, refusal, town
from tests.waiting import PATIENCE
from tests.web import Web, serving

# The same content types get the same ids after each flush: the server remembers them.
pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)


@pytest.fixture(scope="module")
def web(django_db_setup: None) -> Iterator[Web]:
    with serving() as running:
        yield running


@pytest.fixture
def places(transactional_db: None) -> Town:
    return town()


@pytest.mark.parametrize("name", recordings(*NAMES))
def test_a_chunked_request_is_answered_as_recorded(web: Web, places: Town, name: str) -> None:
    exchange = recorded(name)
    marks = facts(places) | {"<content length>": None}
    request = filled(exchange["request"], marks)
    body = json.dumps(request["body"]).encode()

    status, headers, content = web.send("POST", request["path"], [body[:7], body[7:]], request["headers"])

    expected = filled(exchange["answer"], marks)
    for entry in expected["body"].get("auditLog", []):
        del entry["requestHeaders"]["Content-Length"]
    assert marked(json.loads(content), expected["body"]) == expected["body"]
    assert (status, headers["content-type"]) == (expected["status"], expected["headers"]["Content-Type"])


def test_an_answer_says_how_long_it_is_for_clients_that_read_no_chunks(web: Web, places: Town) -> None:
    said = set()
    for visitor in map(places.visitor, NAMES):
        sent = json.dumps(visitor.body).encode()
        for headers in (visitor.headers | {"Content-Type": "application/json"}, {}):
            status, told, content = web.send("POST", visitor.path, sent, headers)
            said.add((status, told.get("content-length") == str(len(content)), "transfer-encoding" in told))
    listed, head = (
        web.send(method, "/v1/leads", b"", places.visitor("workspace").headers) for method in ("GET", "HEAD")
    )
    options = web.send("OPTIONS", "/v1/leads")

    assert said == {(201, True, False), (401, True, False), (409, True, False)}
    assert (head[0], head[1]["content-length"], head[2]) == (200, str(len(listed[2])), b"")
    assert (options[0], options[2], "content-length" in options[1]) == (204, b"", False)


@pytest.mark.parametrize(("door", "status", "code"), [
    ("platform", 413, "PAYLOAD_TOO_LARGE"),
    ("account", 413, ""),
    ("workspace", 413, ""),
    ("source", 400, "payload_too_large"),
])  # fmt: skip
def test_a_chunked_body_is_read_to_the_limit_and_no_further(
    web: Web, places: Town, door: str, status: int, code: str
) -> None:
    visitor = places.visitor(door)
    headers = visitor.headers | {"Content-Type": "application/json", "X-Request-Id": TRACE}

    got, _, content = web.send("POST", visitor.path, [b" " * 2**16] * 17, headers)

    message = "The body is larger than 1048576 bytes."
    assert (got, json.loads(content)) == (status, refusal(door, status, message, code=code, path=visitor.path))
    assert Lead.objects.count() == 0


@pytest.mark.parametrize("body", [b" " * 2**23, [b" " * 2**16] * 2**7], ids=["whole", "chunked"])
@pytest.mark.parametrize("door", NAMES)
def test_who_is_still_sending_what_is_too_large_hears_the_refusal(
    web: Web, places: Town, door: str, body: bytes | list[bytes]
) -> None:
    visitor = places.visitor(door)
    headers = visitor.headers | {"Content-Type": "application/json"}

    answers = [web.send("POST", visitor.path, body, headers) for _ in range(5)]

    assert {status for status, _, _ in answers} == {400 if door == "source" else 413}
    assert all(b"The body is larger than 1048576 bytes." in content for _, _, content in answers)


def test_who_asks_whether_to_send_what_is_too_large_is_told_no_at_once(web: Web, places: Town) -> None:
    visitor = places.visitor("workspace")
    headers = visitor.headers | {"Host": "localhost", "Content-Length": str(2**23), "Expect": "100-continue"}
    head = "".join(f"{name}: {text}\r\n" for name, text in headers.items())

    with socket.create_connection(("127.0.0.1", web.port), timeout=PATIENCE) as line:
        line.sendall(f"POST {visitor.path} HTTP/1.1\r\n{head}\r\n".encode())
        answer = line.recv(4096)

    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("door", NAMES)
def test_a_chunked_repeat_is_given_the_answer_to_the_whole_body(web: Web, places: Town, door: str) -> None:
    visitor = places.visitor(door)
    headers = visitor.headers | {"Content-Type": "application/json", "Idempotency-Key": "once"}
    body = json.dumps(visitor.body).encode()

    first = web.send("POST", visitor.path, body, headers)
    again = web.send("POST", visitor.path, [body[:1], body[1:]], headers)

    assert (first[0], again[0]) == (201, 201)
    assert (again[2], again[1].get("idempotency-replayed")) == (first[2], "true")
    assert Lead.objects.count() == 1


@pytest.mark.parametrize("door", NAMES)
def test_a_client_that_hangs_up_and_comes_again_has_made_one_lead(web: Web, places: Town, door: str) -> None:
    visitor = places.visitor(door)
    headers = visitor.headers | {"Content-Type": "application/json", "Idempotency-Key": "once"}
    body = json.dumps(visitor.body).encode()

    web.hang_up("POST", visitor.path, body, headers)
    answers = web.come_again("POST", visitor.path, body, headers)

    assert answers[-1][0] == 201
    assert len({content for status, _, content in answers if status == 201}) == 1
    assert Lead.objects.count() == 1


def test_with_the_database_away_every_door_says_when_to_come_again(web: Web, places: Town) -> None:
    visitors = [places.visitor(door) for door in NAMES]

    def ask(visitor: Visitor) -> tuple[int, dict[str, str], bytes]:
        headers = visitor.headers | {"Content-Type": "application/json", "X-Request-Id": TRACE}
        return alone.send("POST", visitor.path, json.dumps(visitor.body).encode(), headers)

    with serving("postgresql://nobody@/nothing?host=/nonexistent") as alone, ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, visitors))

    message = "The service is busy. Please try again."
    for visitor, (status, headers, content) in zip(visitors, answers, strict=True):
        code = "SERVICE_UNAVAILABLE" if visitor.name == "platform" else "unavailable"
        assert (status, headers["retry-after"]) == (503, "1")
        assert json.loads(content) == refusal(visitor.name, 503, message, code=code, path=visitor.path)

"""Cases that take a real server: bodies that never end, and how much memory one takes."""

import bz2
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from leadhub.lib.sql import fetch
from leads.models import Lead
from tests.abuse.doors import AT_SOURCE, DOORS, KEYED, NAMED, taken, visitor
from tests.doors import Town, Visitor, town
from tests.system import children, processes
from tests.waiting import PATIENCE
from tests.web import Web, serving

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)

MEGABYTES = 1024
# Of the server that the tests start.
THREADS = 4
END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
PARTS = b"".join(b'--x\r\nContent-Disposition: form-data; name="%d"\r\n\r\n1\r\n' % n for n in range(10_000)) + b"--x--"
SPACED = (
    b'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + b" \n" * 400_000
)


@pytest.fixture(scope="module")
def web(django_db_setup: None) -> Iterator[Web]:
    with serving() as running:
        yield running


@pytest.fixture
def places(transactional_db: None) -> Town:
    return town()


def resident(web: Web) -> int:
    """Kilobytes that the server and its processes have in memory."""
    [keeper] = [pid for pid in processes() if f"--port\0{web.port}\0" in said_by(pid) and parent_is_us(pid)]
    return sum(memory(pid) for pid in [keeper, *children(keeper)])


def said_by(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def parent_is_us(pid: int) -> bool:
    return pid in children(os.getpid())


def memory(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


@pytest.mark.parametrize("door", DOORS)
def test_what_unfolds_in_memory_is_not_unfolded(web: Web, places: Town, door: str) -> None:
    """A08, A31: with these and as many parts as one likes, the server grows by less than ten megabytes."""
    caller = visitor(places, door)
    compressed = bz2.compress(b" " * 5_000_000)
    sent = [
        ({"Content-Type": "application/json; charset=bz2_codec"}, compressed),
        ({"Content-Type": "multipart/form-data; boundary=x"}, PARTS),
        ({"Content-Type": "multipart/form-data; boundary=x"}, SPACED),
    ]
    # What each thread's first requests bring in for good, modules and connections, is not what is asked for.
    warming = sent * 3 * THREADS
    answers = [web.send("POST", caller.path, body, caller.headers | headers)[0] for headers, body in warming]
    before = resident(web)

    answers += [web.send("POST", caller.path, body, caller.headers | headers)[0] for headers, body in sent * 5]

    assert set(answers) <= {400, 413, 415}
    assert resident(web) - before < 10 * MEGABYTES
    assert Lead.objects.count() == 0


@pytest.mark.parametrize("door", DOORS)
def test_a_body_in_chunks_that_never_ends_is_refused_at_the_limit(web: Web, places: Town, door: str) -> None:
    """A11: nothing is waited for beyond it, and the thread is free again."""
    caller = visitor(places, door)
    head = f"POST {caller.path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
    named = {"Content-Type": "application/json"} | caller.headers
    head += "".join(f"{name}: {text}\r\n" for name, text in named.items()) + "\r\n"

    with socket.create_connection(("127.0.0.1", web.port), timeout=PATIENCE) as line:
        line.sendall(head.encode())
        endless = threading.Thread(target=send_on, args=(line,), daemon=True)
        endless.start()
        answer = line.recv(4096).decode()

    status = int(answer.split(" ")[1])
    assert status == (AT_SOURCE.get(413, 413) if door == "source" else 413)
    assert web.send("GET", "/livez")[0] == 200
    assert Lead.objects.count() == 0


def send_on(line: socket.socket) -> None:
    """Chunks for as long as somebody takes them."""
    end = time.monotonic() + 15
    try:
        while time.monotonic() < end:
            line.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
    except OSError:
        pass


@pytest.mark.parametrize("door", DOORS)
def test_while_some_stall_in_the_middle_of_a_body_others_are_served(web: Web, places: Town, door: str) -> None:
    """A12: as long as they are fewer than the threads. What then, and what stands in front: docs/production.md."""
    caller = visitor(places, door)
    body = json.dumps(caller.body | {NAMED[door]: "Jane"}).encode()
    headers = {"Content-Type": "application/json"} | caller.headers
    head = f"POST {caller.path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body) + 9}\r\n"
    head += "".join(f"{name}: {text}\r\n" for name, text in headers.items()) + "\r\n"
    stalled = [socket.create_connection(("127.0.0.1", web.port), timeout=PATIENCE) for _ in range(THREADS - 1)]

    for line in stalled:
        line.sendall(head.encode() + body)
    status, _, _ = web.send("POST", caller.path, body, headers)

    for line in stalled:
        line.close()
    assert status == taken(door)
    assert Lead.objects.count() == 1


@pytest.mark.parametrize("door", ["api"])
def test_who_hangs_up_and_comes_again_is_given_the_lead_that_was_made(web: Web, places: Town, door: str) -> None:
    """E06. The four doors of vendors have theirs in tests/test_doors_served.py."""
    caller = visitor(places, door)
    headers = caller.headers | {"Content-Type": "application/json", "Idempotency-Key": "once"}
    body = json.dumps(caller.body | {NAMED[door]: "Jane"}).encode()

    web.hang_up("POST", caller.path, body, headers)
    answers = web.come_again("POST", caller.path, body, headers)

    assert answers[-1][0] == 201
    assert len({content for status, _, content in answers if status == 201}) == 1
    assert Lead.objects.count() == 1


def test_creates_that_lose_their_database_are_made_or_told_to_come_again(web: Web, places: Town) -> None:
    """E12: a hundred through all doors, their connections ended under them; then each once more, with its key."""
    requests = [(visitor(places, door), f"{door}-{number}") for door in KEYED for number in range(20)]

    def create(request: tuple[Visitor, str]) -> int:
        caller, name = request
        body = caller.body | {"email": f"{name}@acme.com", NAMED[caller.name]: "Jane"}
        headers = caller.headers | {"Content-Type": "application/json", "Idempotency-Key": name}
        return web.send("POST", caller.path, json.dumps(body).encode(), headers)[0]

    with ThreadPoolExecutor(10) as pool:
        first = [pool.submit(create, request) for request in requests]
        for number in range(20, 100, 20):
            first[number].result(timeout=PATIENCE)
            fetch(END_OTHERS)
        statuses = {answer.result(timeout=PATIENCE) for answer in first}
        again = list(pool.map(create, requests))

    assert 201 in statuses and statuses <= {201, 503}
    assert again.count(201) >= 90 and set(again) <= {201, 503}
    for request in requests:
        # A connection of the pool that was ended unused is found out by whoever gets it.
        assert create(request) == 201 or create(request) == 201
    assert sorted(Lead.objects.values_list("email", flat=True)) == sorted(f"{name}@acme.com" for _, name in requests)

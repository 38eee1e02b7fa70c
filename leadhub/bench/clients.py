"""Keep-alive clients that do little themselves, so that the server is what is measured."""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

STATUS_AT = slice(9, 12)


@dataclass
class Tally:
    """Answers by status, and each one's latency in seconds."""

    statuses: dict[str, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def rate(self, status: str) -> float:
        return self.statuses.get(status, 0) / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def drive(port: int, *, clients: int, seconds: float, request: Callable[[int, int], bytes]) -> Tally:
    """Let `clients` send `request(client, number)` one after the other for that long."""
    tallies = [Tally() for _ in range(clients)]
    until = time.perf_counter() + seconds
    threads = [
        threading.Thread(target=one_client, args=(port, client, until, request, tallies[client]))
        for client in range(clients)
    ]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return merged(tallies, time.perf_counter() - begin)


def one_client(port: int, client: int, until: float, request: Callable[[int, int], bytes], tally: Tally) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        number = 0
        while (begin := time.perf_counter()) < until:
            connection.sendall(request(client, number))
            status = read_answer(connection)[STATUS_AT].decode()
            tally.latencies.append(time.perf_counter() - begin)
            tally.statuses[status] = tally.statuses.get(status, 0) + 1
            number += 1


def read_answer(connection: socket.socket) -> bytes:
    """One whole answer; its length by Content-Length, or by the chunk that ends it."""
    data = connection.recv(65536)
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = content_length(head)
    while len(body) < length if length is not None else not body.endswith(b"0\r\n\r\n"):
        body += connection.recv(65536)
    return head


def content_length(head: bytes) -> int | None:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return None


def merged(tallies: list[Tally], seconds: float) -> Tally:
    whole = Tally(seconds=seconds)
    for tally in tallies:
        whole.latencies += tally.latencies
        for status, count in tally.statuses.items():
            whole.statuses[status] = whole.statuses.get(status, 0) + count
    return whole

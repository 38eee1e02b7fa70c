"""The real web server of the tests: what Django's test client cannot send, such as a body in chunks."""

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import SystemRandom
from typing import Any
from urllib.parse import quote

from django.db import connection

from tests.waiting import PATIENCE, wait_until

PROJECT = Path(__file__).resolve().parent.parent
# Below those that the system gives to whoever asks for any, so that nobody is given ours before we have it.
PORTS = range(20_000, 30_000)
# Each process in an order of its own.
ports = cycle(SystemRandom().sample(PORTS, len(PORTS)))


@dataclass(frozen=True)
class Web:
    """A running server."""

    port: int

    def send(
        self, method: str, path: str, body: bytes | Iterable[bytes] = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; a body of several parts goes out in chunks, without a Content-Length."""
        line = self.line(method, path, body, headers)
        try:
            answer = line.getresponse()
            return answer.status, dict(answer.headers), answer.read()
        finally:
            line.close()

    def hang_up(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Send a request whole, and do not wait for its answer."""
        self.line(method, path, body, headers).close()

    def come_again(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> list[tuple[int, dict[str, str], bytes]]:
        """All answers to a request that is repeated until it is carried out, and ten times more."""
        answers = [self.send(method, path, body, headers)]

        def is_carried_out() -> bool:
            answers.append(self.send(method, path, body, headers))
            return answers[-1][0] == 201

        wait_until(is_carried_out, told=lambda: answers[-1])
        return answers + [self.send(method, path, body, headers) for _ in range(10)]

    def line(
        self, method: str, path: str, body: bytes | Iterable[bytes], headers: dict[str, str] | None
    ) -> http.client.HTTPConnection:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        chunked = not isinstance(body, bytes)
        length = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(body))}
        for name, value in ({"Host": "localhost"} | (headers or {}) | length).items():
            line.putheader(name, value)
        line.endheaders(body, encode_chunked=chunked)
        return line


@contextmanager
def serving(
    database_url: str | None = None,
    *,
    application: str = "leadhub.wsgi:application",
    output: Path | None = None,
    told: Mapping[str, str] | None = None,
) -> Iterator[Web]:
    """The web server over the test database, or the one named; what it prints goes to `output`. Ended by its pid."""
    port = free_port()
    command = [str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", application]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4"]
    database = {"DATABASE_URL": database_url or url_of(connection.settings_dict), "LEADHUB_SERVING": "1"}
    environment = os.environ | database | {"WEB_THREADS": "4"} | (told or {})
    with (output or Path(os.devnull)).open("ab") as printed:
        server = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=printed, stderr=printed)
    try:
        wait_for(Web(port), server)
        yield Web(port)
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE)


def wait_for(web: Web, server: "subprocess.Popen[bytes]") -> None:
    def answers() -> bool:
        assert server.poll() is None, "the web server has ended"
        with suppress(OSError, http.client.HTTPException):
            return web.send("GET", "/livez")[0] == 200
        return False

    wait_until(answers, told=lambda: "the web server did not start")


def free_port() -> int:
    return next(port for port in ports if is_free(port))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def url_of(settings: dict[str, Any]) -> str:
    who = quote(settings["USER"]) + (f":{quote(settings['PASSWORD'])}" if settings["PASSWORD"] else "")
    port = f"&port={settings['PORT']}" if settings["PORT"] else ""
    return f"postgresql://{who}@/{settings['NAME']}?host={quote(settings['HOST'], safe='')}{port}"

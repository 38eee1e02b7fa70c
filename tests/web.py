"""The real web server of the tests: what Django's test client cannot send, such as a body in chunks."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connection

PROJECT = Path(__file__).resolve().parent.parent
STARTS_WITHIN = 30


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

    def line(
        self, method: str, path: str, body: bytes | Iterable[bytes], headers: dict[str, str] | None
    ) -> http.client.HTTPConnection:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
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
        server.wait(timeout=20)


def wait_for(web: Web, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end and server.poll() is None:
        try:
            if web.send("GET", "/livez")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the web server did not start")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def url_of(settings: dict[str, Any]) -> str:
    who = quote(settings["USER"]) + (f":{quote(settings['PASSWORD'])}" if settings["PASSWORD"] else "")
    port = f"&port={settings['PORT']}" if settings["PORT"] else ""
    return f"postgresql://{who}@/{settings['NAME']}?host={quote(settings['HOST'], safe='')}{port}"

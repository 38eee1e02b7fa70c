"""Leads a second through the workspace door, beside the bound, on the same database, in turn."""

import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from accounts.keyformat import KeyKind
from accounts.models import Account, ApiKey, AuditEntry, Event, Membership, User
from accounts.roles import Role
from intake.doors.workspace.docs import REQUEST
from leadhub.bench.bound import transactions_per_second
from leadhub.bench.clients import Tally, drive
from leadhub.bench.database import environment
from leads.models import Lead
from teams.models import Rotation, RotationMember

HEAD = "POST /v1/leads HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {key}\r\nContent-Type: application/json\r\n"


@dataclass(frozen=True)
class Bench:
    account: Account
    rotation: Rotation
    key: str


@dataclass
class Round:
    door: Tally
    bound: float

    @property
    def ratio(self) -> float:
        return self.door.rate("201") / self.bound


def run_rounds(*, clients: int, seconds: int, rounds: int) -> Iterator[Round]:
    bench = make_account()
    with web_server() as port:
        drive(port, clients=clients, seconds=3, request=requests(bench.key, "warm"))
        with connection.cursor() as cursor:
            # As autovacuum does within a minute: before that, plans are made for an empty table.
            cursor.execute("ANALYZE")
        lead = Lead.objects.for_account(bench.account).latest("id")
        entry = AuditEntry.objects.for_account(bench.account).get(event=Event.LEAD_CREATED, object_id=lead.pk)
        for number in range(rounds):
            door = drive(port, clients=clients, seconds=seconds, request=requests(bench.key, str(number)))
            bound = transactions_per_second(lead, entry, bench.rotation.pk, clients=clients, seconds=seconds)
            yield Round(door, bound)


def make_account() -> Bench:
    """An account of its own with a rotation of five, so that earlier runs do not matter."""
    name = f"bench-{time.time_ns()}"
    account = Account.objects.create(name=name)
    users = [User.objects.create_user(f"rep{number}@{name}.example.com") for number in range(5)]
    rotation = Rotation.objects.create(account=account)
    for position, user in enumerate(users):
        Membership.objects.create(account=account, user=user, role=Role.AGENT)
        RotationMember.objects.create(account=account, rotation=rotation, user=user, position=position)
    _, key = ApiKey.objects.issue(KeyKind.ACCOUNT, user=users[0], account=account)
    return Bench(account, rotation, key)


def requests(key: str, prefix: str):  # type: ignore[no-untyped-def]
    head = HEAD.format(key=key)

    def request(client: int, number: int) -> bytes:
        body = json.dumps(REQUEST | {"email": f"{prefix}.{client}.{number}@bench.example.com"})
        return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    return request


@contextmanager
def web_server() -> Iterator[int]:
    """The web server as ./run starts it, on a free port and the database in use."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "leadhub.wsgi:application", "--port", str(port)]
    command += ["--workers", str(settings.WEB_WORKERS), "--blocking-threads", str(settings.WEB_THREADS)]
    # Counted as ever, and never refused; its log is written, and not to the terminal.
    out_of_reach = {"RATE_LIMIT_DOORS": "999999999", "RATE_LIMIT_ACCOUNT": "999999999"}
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.DATA_DIR / "bench.log").open("wb") as log:
        web = subprocess.Popen([*command, "--log-level", "error"], env=environment() | out_of_reach, stderr=log)
    try:
        wait_until_answers(port)
        yield port
    finally:
        web.terminate()
        web.wait(timeout=20)


def wait_until_answers(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the web server did not come up")


def report(rounds: list[Round], *, clients: int) -> str:
    door = [each.door.rate("201") for each in rounds]
    lines = [f"{'round':>6} {'door/s':>9} {'bound/s':>9} {'ratio':>7} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8}"]
    for number, each in enumerate(rounds, 1):
        p50, p95, p99 = (each.door.percentile(share) * 1000 for share in (0.5, 0.95, 0.99))
        lines.append(
            f"{number:>6} {each.door.rate('201'):>9.0f} {each.bound:>9.0f} {each.ratio:>7.1%}"
            f" {p50:>8.1f} {p95:>8.1f} {p99:>8.1f}"
        )
    ratio = statistics.median(each.ratio for each in rounds)
    lines.append(f"median {statistics.median(door):.0f} leads/s with {clients} clients, {ratio:.1%} of the bound")
    return "\n".join(lines)


def server_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])

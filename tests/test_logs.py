"""What is written of what happens: a line a request, and in none of them anything that somebody sent."""

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.actors import Actor
from accounts.models import Job, JobState
from leadhub.lib import logs
from tests.doors import NAMES, Town, bearer, town
from tests.forms import public_form
from tests.test_schema_whole import SERVED
from tests.waiting import PATIENCE, wait_until
from tests.web import PROJECT, Web, serving, url_of

pytestmark = pytest.mark.django_db(transaction=True)

# It may be part of an address, a name, a path or a header; no identifier of ours holds it.
MARK = "MARKER7f3a9"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PRODUCTION = {
    "LEADHUB_ENV": "production", "SECRET_KEY": "0123456789" * 6, "ALLOWED_HOSTS": "localhost",
}  # fmt: skip
FILE = f'--x\r\nContent-Disposition: form-data; name="{MARK}"; filename="{MARK}.csv"\r\n\r\n{MARK}\r\n--x--'


class Served:
    """A web server, and all that it printed."""

    def __init__(self, web: Web, output: Path) -> None:
        self.web, self.output = web, output
        self.sent = 0

    def send(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> int:
        self.sent += 1
        return self.web.send(method, path, body, headers)[0]

    @property
    def printed(self) -> str:
        """All lines that are whole, but what is told of the probe that waited for the server."""
        lines = self.everything.splitlines(keepends=True)
        return "".join(line for line in lines if line.endswith("\n") and "livez" not in line)

    @property
    def everything(self) -> str:
        return self.output.read_text(errors="replace")


@pytest.fixture(scope="module", params=["development", "production"])
def served(request: Any, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    output = tmp_path_factory.mktemp("logs") / "printed.txt"
    told = PRODUCTION if request.param == "production" else {"LEADHUB_ENV": "development"}
    with serving(application="tests.crashing:application", output=output, told=told) as web:
        yield Served(web, output)


@pytest.fixture
def places(transactional_db: None) -> Town:
    return town()


def servers_log() -> str:
    """What the embedded PostgreSQL wrote; nothing where the tests use another."""
    root = Path(str(connection.settings_dict.get("LEADHUB_DATA_ROOT") or "/nowhere"))
    return "".join(log.read_text(errors="replace") for log in root.glob("postgres-*/postgres.log"))


MARKED_HEADERS = {
    name: f"{MARK} in {name}"
    for name in (
        "User-Agent", "Referer", "Origin", "Accept", "X-Anything", "X-Request-Id", "X-Forwarded-For",
        "Proxy-Authorization", "X-Auth-Token", "Accept-Language", "If-None-Match", "X-Forwarded-Host",
    )
} | {"Cookie": f"sessionid={MARK}; csrftoken={MARK}"}  # fmt: skip


def marked_body(email: str) -> dict[str, Any]:
    """Every text that the doors know, marked, and one that they do not know."""
    texts = [
        "first_name", "last_name", "firstName", "lastName", "company", "title", "industry", "notes", "position",
        "city", "address", "source", "gender", "phone", "state", "unknown",
    ]  # fmt: skip
    return {name: MARK for name in texts} | {"email": email, "tags": [MARK], "customFields": {MARK: MARK}}


def bodies() -> list[tuple[bytes, str]]:
    """What is taken and what is refused, in every media type, with its own."""
    whole = [marked_body(f"{kind}{MARK}@acme.com") for kind in ("", "crash-", "value-", "row-")]
    kept = [{name: body[name] for name in ("email",)} for body in whole]
    return [
        *((json.dumps(body).encode(), "application/json") for body in [*whole, *kept]),
        (json.dumps({"email": [MARK], "firstName": {MARK: MARK}, "tags": MARK}).encode(), "application/json"),
        (f'{{"email": "{MARK}", "email": "{MARK}"}}'.encode(), "application/json"),
        (f'{{"{MARK}'.encode(), "application/json"),
        (MARK.encode() * 100_000, "application/json"),
        (f"email={MARK}".encode(), "application/x-www-form-urlencoded"),
        (FILE.encode(), f"multipart/form-data; boundary=x; {MARK}={MARK}"),
        (b"", MARK),
    ]


def visit_every_door(served: Served, places: Town) -> set[int]:
    answers = set()
    for door in NAMES:
        visitor = places.visitor(door)
        for body, media in bodies():
            once = {"Idempotency-Key": f"{MARK} {served.sent}"}
            for headers in (visitor.headers, visitor.headers | MARKED_HEADERS | once):
                answers.add(served.send("POST", visitor.path, body, headers | {"Content-Type": media}))
        answers.add(served.send("POST", f"{visitor.path}?q={MARK}&{MARK}={MARK}", b"{}", visitor.headers | JSON))
        answers.add(served.send("GET", f"{visitor.path}/{MARK}?api_key={MARK}", b"", visitor.headers))
        answers.add(served.send(MARK, visitor.path, b"", visitor.headers))
        answers.add(served.send("POST", visitor.path, b"{}", {"Authorization": f"Bearer sk_{MARK}"}))
        answers.add(served.send("POST", visitor.path, b"{}", {"Host": f"{MARK}.example.com"}))
    return answers


def visit_every_call(served: Served, places: Town) -> set[int]:
    """All that the doors, the public form and our own API serve, marked in its path, its query and its body."""
    form, key = public_form(places.acme), bearer(places.acme.user_key)
    hands = {
        "platform": bearer(places.platform_key), "workspace": {"X-Api-Key": places.acme.key},
        "source": places.visitor("source").headers, "public": {},
    }  # fmt: skip
    body = json.dumps(marked_body(f"all{MARK}@acme.com") | {"name": MARK, "form": form.public_id}).encode()
    answers = set()
    for (path, method), view in SERVED.items():
        headers = (
            hands.get(view.door.name, key | places.visitor("account").place) if view.authentication_classes else {}
        )
        where = re.sub(r"{\w+}", MARK, path.replace("{form}", form.public_id))
        sent = (f"{where}?q={MARK}&search={MARK}", b"") if method == "get" else (where, body)
        answers.add(served.send(method.upper(), *sent, headers | JSON))
    typed = f"email={MARK}@acme.com&message={MARK}".encode()
    answers.add(served.send("POST", f"/f/{form.public_id}?utm_source={MARK}", typed, FORM))
    return answers


def visit_elsewhere(served: Served) -> None:
    log_in = f"username={MARK}@acme.com&password={MARK}&next=/{MARK}&csrfmiddlewaretoken={'a' * 64}".encode()
    served.send("POST", "/admin/login/", log_in, FORM | {"Cookie": f"csrftoken={'a' * 64}"})
    served.send("POST", "/admin/login/", log_in, FORM | MARKED_HEADERS)
    served.send("POST", "/auth/login", json.dumps({"email": f"{MARK}@a.com", "password": MARK}).encode(), JSON)
    for path in (f"/{MARK}", f"/admin/{MARK}/?q={MARK}", f"/api/v1/{MARK}", f"/static/{MARK}.css", f"/%ff{MARK}"):
        served.send("GET", path, b"", MARKED_HEADERS)


def test_nothing_that_is_sent_is_printed(served: Served, places: Town) -> None:
    before = len(servers_log())

    answers = visit_every_door(served, places)
    calls = visit_every_call(served, places)
    visit_elsewhere(served)

    assert {201, 400, 401, 404, 405, 500} <= answers
    assert {200, 201, 202, 400, 404} <= calls <= {200, 201, 202, 204, 303, 400, 403, 404, 409}
    wait_until(lambda: len(lines(served)) >= served.sent)
    assert MARK not in served.everything
    assert MARK not in servers_log()[before:]
    for secret in places.secrets:
        assert secret[-20:] not in served.everything


def test_every_request_has_one_line(served: Served, places: Town) -> None:
    visitor, begun = places.visitor("workspace"), len(lines(served))

    served.send("POST", f"{visitor.path}?page=1", b"{}", visitor.headers | JSON | {"X-Request-Id": "trace-1"})

    wait_until(lambda: len(lines(served)) > begun)
    [line] = lines(served)[begun:]
    told = fields_of(line)
    assert float(told.pop("ms")) > 0
    assert told == {
        "request_id": "trace-1", "door": "workspace", "method": "POST", "route": "v1/leads", "status": "400",
        "account_id": str(places.acme.account.pk), "user_id": str(places.acme.owner.pk),
        "key": places.acme.key[:11], "outcome": "invalid_input",
    }  # fmt: skip


def test_a_bad_host_is_one_line_and_no_fault(served: Served, places: Town) -> None:
    begun = len(served.printed)

    served.send("POST", "/v1/leads", b"{}", {"Host": "evil.example.com"})

    wait_until(lambda: " request " in served.printed[begun:] or '"request"' in served.printed[begun:])
    [line] = served.printed[begun:].splitlines()
    assert fields_of(line)["status"] == "400"


@pytest.mark.parametrize(("fault", "expected"), [
    ("crash", {"error": "RuntimeError"}),
    ("value", {"error": "django.db.utils.DataError from psycopg.errors.InvalidTextRepresentation",
               "sqlstate": "22P02"}),
    ("row", {"error": "django.db.utils.IntegrityError from psycopg.errors.NotNullViolation",
             "sqlstate": "23502", "table": "intake_quarantinedlead"}),
])  # fmt: skip
def test_a_fault_tells_its_type_and_its_stack(
    served: Served, places: Town, fault: str, expected: dict[str, str]
) -> None:
    visitor, begun = places.visitor("workspace"), len(served.printed)

    status = served.send("POST", visitor.path, json.dumps({"email": f"{fault}-{MARK}@a.com"}).encode(),
                         visitor.headers | JSON | {"X-Request-Id": "trace-2"})  # fmt: skip

    wait_until(lambda: "internal_error" in served.printed[begun:])
    printed = served.printed[begun:]
    line = next(each for each in printed.splitlines() if "A request failed by a fault of ours." in each)
    told = fields_of(line)
    assert status == 500
    assert {name: told[name] for name in expected} == expected
    assert told["request_id"] == "trace-2"
    assert re.search(r"tests/crashing\.py:\d+ receive_or_crash", printed)
    assert MARK not in printed


def test_a_workers_fault_tells_its_type_and_its_stack(places: Town, tmp_path: Path) -> None:
    # Nobody knows how to do this; what says so names it.
    Job.objects.start(MARK, account=places.acme.account, actor=Actor(), title=MARK, arguments={"email": MARK})
    output = tmp_path / "worker.txt"
    environment = os.environ | {"DATABASE_URL": url_of(connection.settings_dict), "LOG_LEVEL": "INFO"}

    with output.open("wb") as printed:
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "worker"], cwd=PROJECT, env=environment, stdout=printed, stderr=printed
        )
    try:
        wait_until(lambda: Job.objects.get().state == JobState.FAILED)
    finally:
        worker.terminate()
        worker.wait(timeout=PATIENCE)

    assert f"Job {Job.objects.get().pk} failed" in output.read_text()
    assert "error=KeyError" in output.read_text() and "accounts/jobs.py" in output.read_text()
    assert MARK not in output.read_text()


# --- the formatter ---


def record(name: str, words: str, *arguments: Any, error: BaseException | None = None) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord(name, logging.WARNING, __file__, 1, words, arguments, info)
    return logs.formatter(as_json=False, serving=False).format(made).split(" ", 3)[3]


def test_a_librarys_words_are_filled_with_numbers_and_exceptions_only() -> None:
    assert record("psycopg.pool", "%r: %s after %d", MARK, ValueError(MARK), 3) == "'…': ValueError after 3"
    assert record("library", f"about {MARK}").startswith("… at=")
    assert record("library", "%d", MARK) == "%d"
    assert record("library", "%(name)s: %(times)d", {"name": MARK, "times": 2}) == "…: 2"
    assert record("py.warnings", "%s", f"a.py:3: UserWarning: {MARK}\n  f({MARK})") == "a.py:3: UserWarning"
    assert record("py.warnings", f"a.py:3: UserWarning: {MARK}\n  f({MARK})") == "a.py:3: UserWarning"


def test_our_own_words_are_filled_but_for_exceptions() -> None:
    assert record("leads.notifying", "%s: %s", "mail", ValueError(MARK)) == "mail: ValueError"


def test_a_violated_constraint_is_told_by_its_name(places: Town) -> None:
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO accounts_ratecount VALUES (1, %s, 1), (1, %s, 1)", [MARK, MARK])

    line = record("accounts.jobs", "Job 4 failed", error=caught.value)

    names = "sqlstate=23505 constraint=accounts_ratecount_pkey table=accounts_ratecount"
    assert line.startswith(
        f"Job 4 failed error=django.db.utils.IntegrityError from psycopg.errors.UniqueViolation {names}"
    )
    assert MARK not in line and MARK in str(caught.value)


def test_what_the_server_says_of_itself_is_told() -> None:
    import psycopg

    error = psycopg.OperationalError("connection failed: Connection refused\n\tIs the server running?")

    assert logs.told(error) == (
        "psycopg.OperationalError server=connection failed: Connection refused Is the server running?"
    )


# --- reading what was printed ---


def lines(served: Served) -> list[str]:
    """The requests' own lines."""
    return [
        line for line in served.printed.splitlines() if " leadhub.requests " in line or '"leadhub.requests"' in line
    ]


def fields_of(line: str) -> dict[str, str]:
    """What a line says, in either form, but when, how loud and by whom."""
    if line.startswith("{"):
        fields = {name: str(value) for name, value in json.loads(line).items()}
    else:
        fields = {name: value.strip() for name, value in re.findall(r"(\w+)=(.*?)(?= \w+=|$)", line)}
    return {name: fields[name] for name in fields if name not in ("event", "level", "logger", "timestamp")}

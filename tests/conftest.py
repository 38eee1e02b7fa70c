import signal
import time
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from whitenoise.middleware import WhiteNoiseMiddleware

from leadhub.lib.embedded.server import server_for
from tests import drawing  # noqa: F401 - how Hypothesis draws
from tests.clock import stop_the_clock
from tests.doors import Town, standing
from tests.people import Company, company


def pytest_configure(config: pytest.Config) -> None:
    """With several workers the controller holds the embedded server, so that it lasts from the first to the last.

    Whoever is started in the background is deaf to Ctrl-C, and with it the processes to which tests send it.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    database = settings.DATABASES["default"]
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        root = database.get("LEADHUB_DATA_ROOT")
        if root:
            server_for(Path(str(root))).ensure_running()


# Few tests that take long: real servers and workers, many at once, thousands of requests in one test.
LONG = ("embedded/", "test_browser", "test_flood", "test_fuzz", "test_jobs_workers", "test_logs", "test_operations",
        "test_run", "served", "_races")  # fmt: skip


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each flush counts from 1 again: a web server that outlives a test then finds the content types it remembers.

    Of several workers none is left with the long files when the others have done the rest: these are begun first.
    """
    flushed = pytest.mark.django_db(transaction=True, reset_sequences=True)
    for item in items:
        # What stands for a module would be around its tests that commit.
        if is_flushed(item) and not is_flushed(item.parent):
            raise pytest.UsageError(f"{item.nodeid} commits, and its module does not say so: pytestmark.")
        if is_flushed(item):
            item.add_marker(flushed, append=False)
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not any(part in item.nodeid.partition("::")[0] for part in LONG))


def is_flushed(item: Any) -> bool:
    """Whether a test, or a module's tests, really commit, so that the tables are emptied after it."""
    marker = item.get_closest_marker("django_db")
    fixtures = {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    return bool(fixtures or (marker and marker.kwargs.get("transaction")))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:
    """Django's flush between tests truncates; the audit's refusal of that is switched off here, and only that."""
    if not connection.settings_dict["NAME"].startswith("test_"):
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("ALTER TABLE accounts_auditentry DISABLE TRIGGER auditentry_no_truncate")


@pytest.fixture(scope="session", autouse=True)
def static_files_looked_for_once() -> Iterator[None]:
    """Every client of every test starts the middleware anew, and that would look at each static file again."""
    look, found = WhiteNoiseMiddleware.add_files_from_finders, dict[str, object]()

    def look_once(middleware: WhiteNoiseMiddleware) -> None:
        if not found:
            look(middleware)
            found.update(middleware.files)
        middleware.files = found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", look_once)
        yield


@pytest.fixture(autouse=True)
def counted_in_one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute that ends in the midst of a test would have its requests counted anew."""
    stop_the_clock(monkeypatch, datetime.now(UTC))


ENOUGH = timedelta(minutes=1)


@pytest.fixture
def today() -> date:
    """The day (UTC), with enough left of it for a test that goes by the day, here and in the database."""
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    if midnight - now < ENOUGH:
        time.sleep((midnight - now).total_seconds())
    return datetime.now(UTC).date()


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest, django_db_blocker: object) -> Iterator[None]:
    """What Django's flush leaves: the queue, whose tables it is told are not its own, and content types' old ids."""
    yield
    if is_flushed(request.node):
        ContentType.objects.clear_cache()
        with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")


@pytest.fixture(scope="module")
def standing_acme(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: object
) -> Iterator[Company | None]:
    """Acme stands while the tests of a module come and go; where they commit, none does."""
    if is_flushed(request.node):
        yield None
    else:
        yield from standing(django_db_blocker, lambda: company("Acme", reps=3))


@pytest.fixture
def acme(standing_acme: Company | None, db: None) -> Company:
    """The account of most tests: an owner, and three reps in the default rotation. Each test has its rows as new."""
    return deepcopy(standing_acme) or company("Acme", reps=3)


@pytest.fixture
def globex(db: None) -> Company:
    """The stranger's account."""
    return company("Globex", reps=1)


@pytest.fixture(scope="module")
def places(django_db_setup: None, django_db_blocker: object) -> Iterator[Town]:
    """A town that stands for all tests of a module.

    What a test changes there it changes in the database: the rows at hand are everybody's.
    """
    yield from standing(django_db_blocker)

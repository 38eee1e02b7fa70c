from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from whitenoise.middleware import WhiteNoiseMiddleware

from leadhub.lib.embedded.server import server_for
from tests.people import Company, company


def pytest_configure(config: pytest.Config) -> None:
    """With several workers the controller holds the embedded server, so that it lasts from the first to the last."""
    database = settings.DATABASES["default"]
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        root = database.get("LEADHUB_DATA_ROOT")
        if root:
            server_for(Path(str(root))).ensure_running()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each flush counts from 1 again: a web server that outlives a test then finds the content types it remembers."""
    flushed = pytest.mark.django_db(transaction=True, reset_sequences=True)
    for item in items:
        marker = item.get_closest_marker("django_db")
        fixtures = {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
        if fixtures or (marker and marker.kwargs.get("transaction")):
            item.add_marker(flushed, append=False)


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
def fresh_content_types() -> Iterator[None]:
    yield
    ContentType.objects.clear_cache()


@pytest.fixture
def acme(db: None) -> Company:
    """The account of most tests: an owner, and three reps in the default rotation."""
    return company("Acme", reps=3)


@pytest.fixture
def globex(db: None) -> Company:
    """The stranger's account."""
    return company("Globex", reps=1)

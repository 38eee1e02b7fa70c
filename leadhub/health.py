"""Whether the process lives, and whether it can serve."""

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

DURABLE = ["fsync", "full_page_writes", "synchronous_commit"]
FIT = {"transaction_read_only": "off", "server_encoding": "UTF8"}


def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, keeps what it acknowledges, takes writes, and has all migrations; else 503."""
    try:
        ready = not undurable_settings() and not unfit_settings() and not missing_migrations()
    except (DatabaseError, InterfaceError):
        ready = False
    return JsonResponse({"status": "ok" if ready else "not ready"}, status=200 if ready else 503)


def undurable_settings() -> list[str]:
    """What in the database's settings could lose an acknowledged lead, such as `fsync=off`."""
    return [f"{name}={setting}" for name, setting in settings_of(DURABLE) if setting in ("off", "local")]


def unfit_settings() -> list[str]:
    """What would refuse a lead: a database that is only read, such as a standby, or that lacks characters."""
    return [f"{name}={setting}" for name, setting in settings_of(list(FIT)) if setting != FIT[name]]


def settings_of(names: list[str]) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s::text[])", [names])
        return cursor.fetchall()


def missing_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))

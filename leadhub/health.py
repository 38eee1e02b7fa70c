"""Whether the process lives, and whether it can serve."""

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

DURABLE = ["fsync", "full_page_writes", "synchronous_commit"]


def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, keeps what it acknowledges, and has all migrations; else 503. Says no more."""
    try:
        ready = not undurable_settings() and not missing_migrations()
    except (DatabaseError, InterfaceError):
        ready = False
    return JsonResponse({"status": "ok" if ready else "not ready"}, status=200 if ready else 503)


def undurable_settings() -> list[str]:
    """What in the database's settings could lose an acknowledged lead, such as `fsync=off`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s::text[])", [DURABLE])
        return [f"{name}={setting}" for name, setting in cursor.fetchall() if setting in ("off", "local")]


def missing_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))

"""The bound: pgbench doing the writes of one lead as one prepared statement, on the same database."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from django.db import connection

from accounts.models import AuditEntry
from leadhub.lib.embedded.binaries import find_binaries
from leads.models import Lead

# Everything but what tells one lead from another is copied from a lead that came through the door.
STATEMENT = """\
\\set n random(1, 1000000000)
WITH turned AS (
    UPDATE teams_rotation SET state = jsonb_set(state, '{{clock}}', to_jsonb(:n::bigint)) WHERE id = {rotation}
), stored AS (
    INSERT INTO leads_lead ({lead_columns}, uuid, email, email_key, created_at, updated_at)
    SELECT {lead_columns}, gen_random_uuid(), :client_id || '.' || :n || '@bound.example.com',
        gen_random_uuid() || '@bound.example.com', now(), now()
    FROM leads_lead WHERE id = {lead} RETURNING id
)
INSERT INTO accounts_auditentry ({entry_columns}, object_id, object_pk, timestamp)
SELECT {entry_columns}, stored.id, stored.id, now() FROM accounts_auditentry old, stored WHERE old.id = {entry};
"""


def transactions_per_second(lead: Lead, entry: AuditEntry, rotation_id: int, *, clients: int, seconds: int) -> float:
    statement = STATEMENT.format(
        rotation=rotation_id,
        lead=lead.pk,
        entry=entry.pk,
        lead_columns=columns(Lead, {"uuid", "email", "email_key", "created_at", "updated_at"}),
        entry_columns=columns(AuditEntry, {"object_id", "object_pk", "timestamp"}),
    )
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(statement)
        script.flush()
        return pgbench(Path(script.name), clients=clients, seconds=seconds)


def columns(model: type[Lead] | type[AuditEntry], but: set[str]) -> str:
    names = (f.column for f in model._meta.concrete_fields if not f.primary_key and not f.generated)
    return ", ".join(f'"{name}"' for name in names if name not in but)


def pgbench(script: Path, *, clients: int, seconds: int) -> float:
    """Committed transactions a second. Raises CalledProcessError with pgbench's own words."""
    connection.ensure_connection()
    info = connection.connection.info
    command = [str(find_binaries().folder / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--time={seconds}"]
    command += [f"--client={clients}", "--jobs=2", f"--file={script}", info.dbname]
    address = {"PGHOST": info.host, "PGPORT": str(info.port), "PGUSER": info.user, "PGPASSWORD": info.password or ""}
    done = subprocess.run(command, env=os.environ | address, check=True, capture_output=True, text=True)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    return float(found[1]) if found else 0.0

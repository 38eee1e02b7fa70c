"""Many rows, made by the database."""

from typing import Any

from django.db import connection

MANY = 1500
OWN = {"uuid": "gen_random_uuid()", "email_key": "NULL", "owner_id": "NULL", "rotation_id": "NULL"}


def copied(model: Any, pk: int, account_id: int, *, count: int = MANY, **own: str) -> None:
    """Many rows like this one, in that account, known to the planner; `own` are a column's SQL, with their number n."""
    columns = [field.column for field in model._meta.local_concrete_fields if not field.primary_key]
    columns = [column for column in columns if column != "search"]
    values = ", ".join({**OWN, "account_id": str(account_id), **own}.get(column, column) for column in columns)
    with connection.cursor() as sql:
        sql.execute(
            f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "
            f"SELECT {values} FROM {model._meta.db_table}, generate_series(1, {count}) AS n WHERE id = {pk}"
        )
        sql.execute(f"ANALYZE {model._meta.db_table}")

"""Some columns of a row set, and no other."""

from typing import Any

from django.db.models import Model


def set_given(row: Model, **columns: Any) -> None:
    """Set and save these columns, but those that are None: what is not given may be older here than it is stored."""
    given = {name: value for name, value in columns.items() if value is not None}
    for name, value in given.items():
        setattr(row, name, value)
    row.save(update_fields=[*given])

"""Deleting many rows without holding any of them for long."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

BATCH = 1000


def delete_in_batches(rows: QuerySet[Any], *, size: int = BATCH) -> int:
    """Delete these rows, each batch in a transaction of its own, but those somebody holds; answers how many."""
    gone, last = 0, 0
    while True:
        pks = delete_batch(rows.filter(pk__gt=last), size=size)
        gone += len(pks)
        # To find that there are no more, another would read all rows that stay.
        if len(pks) < size:
            return gone
        last = pks[-1]


def delete_batch(rows: QuerySet[Any], *, size: int) -> list[int]:
    with transaction.atomic():
        locked = rows.select_for_update(skip_locked=True, of=("self",)).order_by("pk")
        pks = list(locked.values_list("pk", flat=True)[:size])
        rows.model._default_manager.filter(pk__in=pks).delete()
    return pks

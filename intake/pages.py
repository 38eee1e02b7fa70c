"""Long lists a page at a time: the next begins after the last row seen, wherever that is by then. Never by OFFSET."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import F, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from leadhub.lib.errors import Invalid


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a list of an account goes on: `text` as the client sent it, None for the beginning.

    `listing` names the list: a cursor of another list, account or order is refused like an altered one.
    """

    listing: str
    account_id: int
    text: str | None = None

    def after(self, order: Sequence[str]) -> list[str]:
        """The sort values of the last row seen. Raises Invalid for a cursor that was not made here for this."""
        try:
            account_id, made_for, values = signing.loads(self.text or "", salt=self.salt)
        except (signing.BadSignature, ValueError, TypeError):
            raise not_valid() from None
        if (account_id, made_for) != (self.account_id, ",".join(order)):
            raise not_valid()
        return list(values)

    def at(self, order: Sequence[str], values: Sequence[str]) -> str:
        return signing.dumps([self.account_id, ",".join(order), list(values)], salt=self.salt)

    @property
    def salt(self) -> str:
        return f"intake.pages.{self.listing}"


def page_of[M: Model](
    queryset: QuerySet[M], *, order: Sequence[str], limit: int, cursor: Cursor
) -> tuple[list[M], str | None]:
    """Up to `limit` rows after the cursor, and the text of the cursor of the next page, or None at the end. One query.

    `order` names the model's own columns, none of them null, the last of them unique, all in one direction: so
    PostgreSQL compares rows, and reads on in an index over these columns. Raises Invalid for a bad cursor.
    """
    fields: list[Any] = [queryset.model._meta.get_field(name.removeprefix("-")) for name in order]
    rows = queryset.order_by(*order)
    if cursor.text is not None:
        rows = rows.filter(beyond(order, parsed(fields, cursor.after(order))))
    found = list(rows[: limit + 1])
    if len(found) <= limit:
        return found, None
    return found[:limit], cursor.at(order, [shown(getattr(found[limit - 1], field.attname)) for field in fields])


def beyond(order: Sequence[str], values: Sequence[Any]) -> TupleLessThan | TupleGreaterThan:
    """The condition `(a, b) < (x, y)` for a descending order, `>` for an ascending one."""
    descending = {name.startswith("-") for name in order}
    assert len(descending) == 1, "a page's order has one direction"
    columns = Tuple(*[F(name.removeprefix("-")) for name in order])
    return TupleLessThan(columns, values) if descending == {True} else TupleGreaterThan(columns, values)


def shown(value: Any) -> str:
    assert value is not None, "a page is not ordered by what may be null"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def parsed(fields: Sequence[Any], values: Sequence[str]) -> list[Any]:
    try:
        return [field.to_python(value) for field, value in zip(fields, values, strict=True)]
    except (ValidationError, ValueError):
        # The column has another type since the cursor was made.
        raise not_valid() from None


def not_valid() -> Invalid:
    return Invalid("The cursor is not valid.", field="cursor")

"""How many there may be of what is read with every lead."""

from django.db.models import Model, QuerySet

from leadhub.lib.errors import Conflict


class TooMany(Conflict):
    code = "too_many"

    def __init__(self, most: int, what: str) -> None:
        super().__init__(f"There can be at most {most} {what}; remove one that is no longer needed.")


def refuse_more[M: Model](rows: QuerySet[M], most: int, what: str) -> None:
    """Raises TooMany where there is no room for another.

    Two at once may get past it: it keeps the reading short, and one more or less does not matter.
    """
    if rows.count() >= most:
        raise TooMany(most, what)

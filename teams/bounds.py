"""How many there may be of what is read with every lead, and of what anybody may make."""

from django.db.models import Model, QuerySet

from leadhub.lib.errors import Conflict


class TooMany(Conflict):
    code = "too_many"

    def __init__(self, most: int, what: str) -> None:
        super().__init__(f"There can be at most {most} {what}.")


def refuse_more[M: Model](rows: QuerySet[M], most: int, what: str) -> None:
    """Raises TooMany where there is no room for another.

    Two at once may get past it: one more or less does not matter.
    """
    if rows.count() >= most:
        raise TooMany(most, what)

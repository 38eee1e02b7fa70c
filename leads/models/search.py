from django.db.models import F, Func, TextField, Value
from django.db.models.functions import Coalesce, Lower

SEARCHED = ("first_name", "last_name", "email", "company", "phone", "phone_e164")


class JoinedBySpaces(Func):
    """`a || ' ' || b …`: concat_ws would do, but is not immutable, and a generated column must be."""

    function = ""
    template = "(%(expressions)s)"
    arg_joiner = " || ' ' || "
    output_field = TextField()


def searched_text() -> Lower:
    """What the search of the Leads page looks into."""
    return Lower(JoinedBySpaces(*(Coalesce(F(name), Value("")) for name in SEARCHED)))

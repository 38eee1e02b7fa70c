"""The application as it is served, but for leads whose address asks for a fault that tells what it was given."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

# isort: off
# First, for it sets Django up.
from leadhub.wsgi import application
from intake import endpoint
from leads.drafts import LeadDraft
# isort: on

__all__ = ["application"]

STATEMENTS = {
    "value": "SELECT %s::text::integer",
    "row": "INSERT INTO intake_quarantinedlead (code) VALUES (%s::text)",
}
receive = endpoint.receive


def receive_or_crash(account: Any, drafts: Sequence[LeadDraft], *, context: Any) -> Any:
    [draft] = drafts
    fault, _, rest = draft.email.partition("-")
    if fault == "crash":
        raise RuntimeError(f"not taken: {draft}")
    if fault in STATEMENTS:
        with connection.cursor() as cursor:
            cursor.execute(STATEMENTS[fault], [rest[:40]])
    return receive(account, drafts, context=context)


endpoint.receive = receive_or_crash  # type: ignore[assignment]

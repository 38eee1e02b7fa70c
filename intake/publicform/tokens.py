"""The signed word with which our page or snippet shows when it was opened, good for one submission."""

import hashlib
import secrets
import time

from django.core import signing

from intake.models import Form
from leadhub.lib.sql import fetch

SALT = "leadhub.publicform"
# No person reads and fills in a form faster; nobody leaves one open for longer.
YOUNGEST_SECONDS = 2
OLDEST_SECONDS = 24 * 3600

SPEND = """
INSERT INTO intake_usedformtoken (account_id, token_hash, used_at)
VALUES (%(account)s::bigint, %(hash)s::bytea, statement_timestamp())
ON CONFLICT (account_id, token_hash) DO NOTHING RETURNING 1
"""


def issue(form: Form) -> str:
    return signing.dumps([form.public_id, round(time.time() * 1000), secrets.token_urlsafe(9)], salt=SALT)


def fault_of(token: str, form: Form) -> str | None:
    """Why this is no token of a person at this form: the code of the quarantine; None for a good one."""
    age = age_of(token, form)
    if age is None or age > OLDEST_SECONDS:
        return "bad_token"
    return "too_fast" if age < YOUNGEST_SECONDS else None


def age_of(token: str, form: Form) -> float | None:
    """Seconds since it was issued for this form; None for what was not."""
    try:
        public_id, issued_at, _ = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return time.time() - issued_at / 1000 if public_id == form.public_id else None


def spend(token: str, form: Form) -> bool:
    """Use it up, in the transaction of its submission; false when it was used before."""
    digest = hashlib.sha256(token.encode()).digest()
    return bool(fetch(SPEND, account=form.account_id, hash=digest))

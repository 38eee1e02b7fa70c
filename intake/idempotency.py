"""Idempotency-Key: the same request sent twice is carried out once, and answered the same."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.http import HttpRequest

from accounts.models import Account, User
from intake.problems import Problem, invalid
from leadhub.lib.requests import storable
from leadhub.lib.sql import fetch
from leadhub.lib.transactions import TryAgain

KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")

# The advisory lock tells a twin at once; a unique row alone would make it wait for the first to commit.
BEGIN = """
SELECT pg_try_advisory_xact_lock(%(lock)s::bigint), first.fingerprint, first.status, first.body
FROM (SELECT 1) one LEFT JOIN intake_idempotentanswer first
ON first.account_id = %(account)s::bigint AND first.method = %(method)s::text AND first.path = %(path)s::text
AND first.key = %(key)s::text AND first.created_at > statement_timestamp() - interval '24 hours'
"""
# Only what is older than a day makes room: a twin's fresh answer stays.
KEEP = """
INSERT INTO intake_idempotentanswer AS first (account_id, method, path, key, fingerprint, status, body, created_at)
VALUES (%(account)s::bigint, %(method)s::text, %(path)s::text, %(key)s::text, %(fingerprint)s::bytea,
    %(status)s::smallint, %(body)s::bytea, statement_timestamp())
ON CONFLICT (account_id, method, path, key) DO UPDATE
SET fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body, created_at = excluded.created_at
WHERE first.created_at <= statement_timestamp() - interval '24 hours'
RETURNING 1
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer, which a repeat of the request is given again, byte for byte; `problem` is why it refuses."""

    status: int
    body: bytes
    replayed: bool = False
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One request's claim to be carried out once: scope (account, method, path, key) and fingerprint."""

    account: Account
    method: str
    path: str
    key: str
    fingerprint: bytes

    def by(self, user: User) -> "Claim":
        """The same, of this user alone."""
        return replace(self, path=f"{self.path} {user.pk}")

    @property
    def lock(self) -> int:
        scope = repr((self.account.pk, self.method, self.path, self.key)).encode()
        return int.from_bytes(hashlib.sha256(scope).digest()[:8], signed=True)


def claim(account: Account, request: HttpRequest, body: bytes) -> Claim | None:
    """The claim a request makes, or None without a key. Raises Problem 400 for a key that is none."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return None
    if not KEY.fullmatch(key):
        raise invalid("Idempotency-Key must be 1 to 255 printable ASCII characters.", "invalid_idempotency_key")
    path = request.path.rstrip("/")
    parts = (path.encode(), request.META.get("QUERY_STRING", "").encode(), body)
    fingerprint = hashlib.sha256(b"".join(len(part).to_bytes(8) + part for part in parts))
    return Claim(account, request.method or "", storable(path), key, fingerprint.digest())


def answer_once(claim: Claim, work: Callable[[], Answer]) -> Answer:
    """The first answer to this claim, or `work`'s, kept with the lead. Runs in the lead's transaction.

    Raises Problem 422 when the key was used for another request, 409 when the first is still running.
    """
    first = earlier(claim)
    if first is not None:
        return first
    answer = work()
    # Success, and "already known", stay true; any other refusal may pass, so its repeat is carried out.
    if answer.status < 300 or answer.status == 409:
        keep(claim, answer)
        return answer
    # A twin may have committed between our first look and our lock; then its answer is the answer.
    return earlier(claim) or answer


def earlier(claim: Claim) -> Answer | None:
    scope = {"account": claim.account.pk, "method": claim.method, "path": claim.path, "key": claim.key}
    [(locked, fingerprint, status, body)] = fetch(BEGIN, lock=claim.lock, **scope)
    if fingerprint is not None and bytes(fingerprint) != claim.fingerprint:
        raise Problem(422, "idempotency_key_reused", "This Idempotency-Key was used for another request.")
    if fingerprint is not None:
        return Answer(status, bytes(body), replayed=True)
    if not locked:
        message = "The first request with this Idempotency-Key is still running."
        raise Problem(409, "idempotency_in_progress", message, retry_after=1)
    return None


def keep(claim: Claim, answer: Answer) -> None:
    kept = fetch(
        KEEP,
        account=claim.account.pk,
        method=claim.method,
        path=claim.path,
        key=claim.key,
        fingerprint=claim.fingerprint,
        status=answer.status,
        body=answer.body,
    )
    if not kept:
        # A twin got in between our look and our lock: the repeat will find its answer.
        raise TryAgain

"""The source behind a source's key."""

from accounts.keyformat import KeyKind, parse
from accounts.models import Account, ApiKey, User
from leadhub.lib.sql import columns, fetch, instances
from teams.models import LeadSource, SourceKey

# One read with all that its door asks, written out like that of the other keys (accounts.callers).
BY_HASH = f"""
SELECT {columns(SourceKey, "own")}, {columns(LeadSource, "source")}, {columns(ApiKey, "key")},
    {columns(User, "person")}, {columns(Account, "account")}
FROM accounts_apikey key JOIN teams_sourcekey own ON (own.account_id, own.key_id) = (key.account_id, key.id)
JOIN teams_leadsource source ON (source.account_id, source.id) = (own.account_id, own.source_id)
JOIN accounts_user person ON person.id = key.user_id JOIN accounts_account account ON account.id = key.account_id
WHERE key.secret_hash = %(hash)s::bytea AND key.revoked_at IS NULL
AND (key.expires_at IS NULL OR key.expires_at > statement_timestamp())
"""  # noqa: S608 - the names are those of the models' own columns


def identify_source(text: str) -> SourceKey | None:
    """The source's key in `text`, with its source, user and account; None when it is no usable key of a source."""
    secret = parse(text)
    if secret is None or secret.kind != KeyKind.SOURCE:
        return None
    for row in fetch(BY_HASH, hash=secret.hash):
        own, source, key, user, account = instances(row, SourceKey, LeadSource, ApiKey, User, Account)
        own.source, own.key, key.user, key.account = source, key, user, account
        return own
    return None

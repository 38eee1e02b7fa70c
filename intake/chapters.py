"""What `/api/docs` says before the calls: whom the whole serves, and of each chapter what it is for, in their order."""

from typing import Any

INTRODUCTION = """
Leads come in by whichever contract a sender speaks, and become the same lead.

| to | use | credential |
|---|---|---|
| move a client of one of the four vendors over | its **door**, as its own documents say | the door's own |
| let visitors of a site send leads | the **public form** | none |
| do what the console does | LeadHub's **own API**, `/api/v1` | an account's key, or a user's with `x-account-id` |

**Every path** answers with and without a trailing slash, and never redirects; its errors are in its own door's words.
`X-Request-Id` is taken or made, returned and logged.

**Known people**, by e-mail, and without one by phone: by the account's duplicate policy their leads are linked to the
first one (`link`, the default), fill its blanks (`update`), are not stored (`skip`) or refused (`reject`). The platform
and account doors answer 201, 200, 200, and 409 or 400; the source door 201, 201, 201, 403; the workspace door 409.

**Repeating**: with an `Idempotency-Key` the same path, query and body sent again within 24 hours is given the first
answer, byte for byte, with `Idempotency-Replayed: true`. Keys are the account's, whichever credential comes with them;
for changes by an agent, or of what is one's own, they are the person's. With another body it is a 422 (source door:
400); while the first is still running a 409 with `Retry-After` (429). What was refused is not kept: it is carried out
when it comes again.

**Limits**, unless set otherwise: 6,000 requests a minute for a key (1,000 at the platform door), 60 for a visitor of a
form; then 429 with `Retry-After`. 503 with `Retry-After` means the same: nothing was stored, come again.

**Own API**: errors are `application/problem+json` with a stable `code` and `errors` by field; lists are paged by
`cursor`, stable while leads arrive; an unknown parameter is a 400.

The examples work as they stand, but for ids, e-mails of members and keys, which are to be yours.
""".strip()

CHAPTERS = {
    "platform door": "Leads of the platform's own account: snake_case, `lead_<uuid>`, a platform administrator's key.",
    "account door": "Leads and settings of an account: camelCase, integer ids, a user's key or session with "
    "`x-account-id`.",
    "workspace door": "Leads of a workspace: camelCase, 24 hex digits, an account's key as `X-Api-Key`.",
    "source door": "A vendor hands in leads with the id and key of its source; refusals are kept in quarantine.",
    "public form": "Anybody sends a lead: from a form's own page, a snippet, or a form of one's own. No credential.",
    "leads": "Own API: leads found, read, made, changed and worked.",
    "many leads": "Own API: the same for up to 500 leads at once, each with its own result.",
    "routing": "Own API: who has a lead and why, and who would get one.",
    "rules": "Own API: what comes before rotations, in order; the first that fits decides.",
    "rotations": "Own API: whose turn it is, by weight, caps and hours.",
    "teams": "Own API: teams and who is in them.",
    "members": "Own API: who belongs to the account, as what, and when they work.",
    "holidays": "Own API: days on which nobody gets a lead.",
    "sources": "Own API: vendors, their rules, keys and counts.",
    "forms": "Own API: public forms built and changed.",
    "quarantine": "Own API: what sources and forms sent and was refused; run again, or discarded.",
    "keys": "Own API: the account's keys; a secret is shown once.",
    "jobs": "Own API: pieces of work in the background.",
    "audit": "Own API: who did what, when.",
    "account": "Own API: the account's settings.",
    "me": "Own API: who calls, and what is his own: name, keys, notices.",
    "accounts": "Own API: the accounts open to the caller; platform administrators make, change and suspend them.",
    "users": "Own API: people and their log-ins, for platform administrators.",
}


def in_chapters(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """The schema with its introduction, and its calls chapter by chapter."""
    order = list(CHAPTERS)
    result["info"]["description"] = INTRODUCTION
    result["tags"] = [{"name": name, "description": text} for name, text in CHAPTERS.items()]
    paths = result["paths"].items()
    result["paths"] = dict(sorted(paths, key=lambda item: order.index(next(iter(item[1].values()))["tags"][0])))
    return result

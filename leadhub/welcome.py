"""What ./run prints: where the console is, how to log in, and one curl call a door."""

import json
from typing import Any

from django.conf import settings

from accounts.callers import identify
from accounts.models import User

KEPT = settings.DATA_DIR / "demo-credentials.json"
# Fresh at every paste, and another one at each door, so that nobody is a duplicate.
FRESH = "+'$(date +%s)'@acme.com"
SECRETS = ("platform_key", "session_token", "user_key", "workspace_key", "source_key")

CALLS = """\
# platform door
curl -X POST {base_url}/v1/platform/leads \\
  -H 'Authorization: Bearer {platform_key}' -H 'Content-Type: application/json' \\
  -d '{{"email": "john{fresh}", "first_name": "John", "last_name": "Doe", "company": "Acme Corp", \
"title": "VP of Engineering", "industry": "finance"}}'

# account door
curl -X POST {base_url}/leads \\
  -H 'Authorization: Bearer {user_key}' -H 'x-account-id: {account_id}' -H 'Content-Type: application/json' \\
  -d '{{"firstName": "John", "lastName": "Doe", "email": "john.account{fresh}", "teamId": {team_id}, \
"leadSourceId": {lead_source_id}}}'

# workspace door
curl -X POST {base_url}/v1/leads \\
  -H 'X-Api-Key: {workspace_key}' -H 'Content-Type: application/json' \\
  -d '{{"email": "john{fresh}", "firstName": "John", "lastName": "Doe", "companyName": "Acme Corp", \
"phone": "+1-555-123-4567", "tags": ["vip"]}}'

# source door
curl -X POST {base_url}/leads/intake \\
  -H 'X-Leadping-Source-Id: {source_id}' -H 'X-Leadping-Source-Key: {source_key}' \\
  -H 'Content-Type: application/json' \\
  -d '{{"firstName": "John", "lastName": "Doe", "email": "john.source{fresh}", \
"phone": "+1-555-123-4567", "state": "CA"}}'
"""


def welcome(credentials: dict[str, Any]) -> str:
    calls = CALLS.format(**credentials, fresh=FRESH)
    console = credentials["console"]
    return (
        f"LeadHub runs.\n\n  Leads page  {console['url']}\n  e-mail      {console['email']}\n"
        f"  password    {console['password']}\n  API docs    {credentials['base_url']}/api/docs\n\n{calls}"
    )


def keep_credentials(credentials: dict[str, Any]) -> None:
    """For the next start of the demo to print the same; readable by this user alone."""
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.touch(mode=0o600)
    KEPT.chmod(0o600)
    KEPT.write_text(json.dumps(credentials, indent=2))


def kept_credentials() -> dict[str, Any] | None:
    """Those of an earlier start, if all of them still work in this database."""
    try:
        credentials: dict[str, Any] = json.loads(KEPT.read_text())
        console = credentials["console"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    user = User.objects.filter(email=console["email"]).first()
    works = all(identify(credentials[name]) for name in SECRETS) and user and user.check_password(console["password"])
    base = {"base_url": settings.SITE_URL, "console": console | {"url": f"{settings.SITE_URL}/admin/"}}
    return credentials | base if works else None

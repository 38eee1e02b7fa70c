"""Recorded exchanges of each door: a request, and the whole answer to it.

`<marks>` stand for facts of the town (a key, an account's id), filled in before sending and comparing, and for what is
made anew each time (an id, an instant), which is checked by its exact form.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from accounts.keyformat import parse
from leadhub.lib.wireids import hex_id
from teams.models import Rotation
from tests.doors import Town

FOLDER = Path(__file__).parent
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
BEGUN, A_MINUTE = datetime.now(UTC), timedelta(minutes=1)
# What is made anew: its exact form, and one of that form.
MADE: dict[str, tuple[str, Any]] = {
    "<integer>": (r"[1-9]\d*", 7),
    "<uuid>": (UUID, "550e8400-e29b-41d4-a716-446655440000"),
    "<lead uuid>": (f"lead_{UUID}", "lead_550e8400-e29b-41d4-a716-446655440000"),
    "<hex id>": (r"[0-9a-f]{24}", "665d4e5f0000000000000007"),
    "<second>": (f"{MOMENT}Z", "2026-04-01T14:30:00Z"),
    "<millisecond>": (rf"{MOMENT}\.\d{{3}}Z", "2026-04-01T14:30:00.000Z"),
    "<later>": (rf"{MOMENT}\.\d{{3}}Z", "2026-04-02T02:30:00.000Z"),
    "<user key>": (r"sk_user_[0-9A-Za-z]{38}", "sk_user_" + "x" * 38),
    "<user key id>": (r"sk_user_[0-9A-Za-z]{8}", "sk_user_" + "x" * 8),
    "<account key>": (r"sk_[0-9A-Za-z]{38}", "sk_" + "x" * 38),
    "<account key id>": (r"sk_[0-9A-Za-z]{8}", "sk_" + "x" * 8),
    "<cursor>": (r"[\w.:-]{20,}", "WzEsIi1pZCIsWyI3Il1d:1vXyZ0:s3cr"),
    "<session token>": (r"ses_[0-9A-Za-z]{38}", "ses_" + "x" * 38),
}


def recordings(*doors: str) -> list[str]:
    files = sorted(path for door in doors for path in (FOLDER / door).glob("*.json"))
    return [f"{path.parent.name}/{path.stem}" for path in files]


def recorded(name: str) -> dict[str, Any]:
    exchange: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return exchange


def facts(town: Town) -> dict[str, Any]:
    """The marks that stand for something in the town."""
    acme, initech = town.acme, town.initech
    user_key = parse(initech.user_key)
    assert user_key is not None
    return {
        "<platform key>": town.platform_key,
        "<acme account>": str(acme.account.pk),
        "<acme token>": acme.token,
        "<acme key>": acme.key,
        "<acme user key>": acme.user_key,
        "<acme hex>": acme.account.hex_id,
        "<acme owner hex>": hex_id(acme.owner.created_at, acme.owner.pk),
        "<acme rep1>": str(acme.reps[0].pk),
        "<acme rotation>": Rotation.objects.get(account=acme.account).pk,
        "<initech account>": str(initech.account.pk),
        "<initech token>": initech.token,
        "<initech user key>": initech.user_key,
        "<initech user key public id>": user_key.public_id,
        "<team>": town.team.pk,
        "<team source>": town.team_source.pk,
        "<source id>": str(town.vendor.uuid),
        "<source key>": town.vendor_key,
    }


def filled(value: Any, marks: dict[str, Any]) -> Any:
    """`value` with its marks replaced: a whole one by the fact itself, one inside a text by the fact's text."""
    if isinstance(value, dict):
        return {name: filled(item, marks) for name, item in value.items()}
    if isinstance(value, list):
        return [filled(item, marks) for item in value]
    if not isinstance(value, str):
        return value
    return marks[value] if value in marks else re.sub(r"<[^>]+>", lambda m: str(marks.get(m[0], m[0])), value)


def marked(actual: Any, expected: Any) -> Any:
    """`actual` with each made value of the right form replaced by the mark expected there, ready to be compared."""
    if isinstance(actual, dict) and isinstance(expected, dict):
        return {name: marked(item, expected.get(name)) for name, item in actual.items()}
    if isinstance(actual, list) and isinstance(expected, list) and len(actual) == len(expected):
        return [marked(*pair) for pair in zip(actual, expected, strict=True)]
    return expected if isinstance(expected, str) and expected in MADE and fits(actual, expected) else actual


def fits(actual: Any, mark: str) -> bool:
    pattern, sample = MADE[mark]
    if type(actual) is not type(sample) or not re.fullmatch(pattern, str(actual)):
        return False
    # What a module's tests share may be as old as they.
    return "second" not in mark or BEGUN - A_MINUTE < datetime.fromisoformat(actual) < datetime.now(UTC) + A_MINUTE


SAMPLES = {mark: sample for mark, (_, sample) in MADE.items()}

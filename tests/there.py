"""Something of every kind that has an id in a path, and its id."""

from datetime import date

from accounts.actors import Actor
from accounts.keyformat import KeyKind
from accounts.models import ApiKey, DayOff, Holiday, Job, Membership
from intake.models import Form, QuarantinedLead
from teams.models import Rotation, RoutingRule, Team
from tests.doors import Town
from tests.people import lead


def named_ids(town: Town) -> dict[str, str]:
    """By the path that comes before it."""
    acme, owner = town.acme.account, town.acme.owner
    there = lead(acme, "there@acme.test")
    form = Form.objects.create(account=acme, name="Contact")
    kept = QuarantinedLead.objects.create(
        account=acme,
        lead_source=town.vendor,
        door="source",
        code="no",
        reason="No.",
        payload=b'{"email": "q@acme.test"}',
    )
    job = Job.objects.start("nothing", account=acme, actor=Actor(user_id=owner.pk), title="A job", arguments={})
    team = Team.objects.create(account=acme, name="Idle", is_active=False)
    rule = RoutingRule.objects.create(account=acme, name="A rule", team=team)
    day = DayOff.objects.create(account=acme, user=owner, first_date=date(2030, 1, 1), last_date=date(2030, 1, 2))
    rotation = Rotation.objects.for_account(acme).latest("pk")
    return {
        "/leads": str(there.pk),
        "/teams": str(team.pk),
        "/lead-sources": str(town.vendor.pk),
        "/lead-rotations": str(rotation.pk),
        "/apikeys": ApiKey.objects.filter(user=owner).latest("pk").public_id,
        "/v1/platform/leads": f"lead_{lead(town.platform, 'there@acme.test').uuid}",
        "/v1/leads": there.hex_id,
        "/v1/workspaces": acme.hex_id,
        "/v1/public/forms": form.public_id,
        "/f": form.public_id,
        "/api/v1/leads": str(there.pk),
        "/api/v1/teams": str(team.pk),
        "/api/v1/members": str(Membership.objects.for_account(acme).latest("pk").pk),
        "day": str(day.pk),
        "/api/v1/sources": str(town.vendor.pk),
        "/api/v1/rotations": str(rotation.pk),
        "/api/v1/rules": str(rule.pk),
        "/api/v1/quarantine": str(kept.pk),
        "/api/v1/holidays": str(Holiday.objects.create(account=acme, date=date(2030, 1, 1), name="Day").pk),
        "/api/v1/keys": str(ApiKey.objects.filter(account=acme).latest("pk").pk),
        "/api/v1/jobs": str(job.pk),
        "/api/v1/forms": str(form.pk),
        "/api/v1/me/keys": str(ApiKey.objects.filter(kind=KeyKind.USER, user=owner).latest("pk").pk),
        "/api/v1/accounts": str(town.initech.account.pk),
        "/api/v1/users": str(town.initech.owner.pk),
    }

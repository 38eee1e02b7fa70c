"""What the intake's workers do."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

# Their readers of kept payloads are named by importing them, and a worker serves no paths that would.
import intake.doors.source.reading
import intake.publicform.reading  # noqa: F401
from intake import rerunning
from intake.models import IdempotentAnswer, QuarantinedLead, UsedFormToken
from leadhub.lib.jobs import sweep, work
from leadhub.lib.purging import delete_in_batches

KEPT = timedelta(hours=24)

work(rerunning.KIND)(rerunning.run_all)


@sweep("purge_idempotent_answers", every=3600)
def purge_idempotent_answers() -> int:
    """Delete the answers that are no longer given again."""
    return delete_in_batches(IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - KEPT))


@sweep("purge_quarantine", every=3600)
def purge_quarantine() -> int:
    """Delete refused payloads that were kept long enough, and of who sent too many, the oldest."""
    return delete_in_batches(QuarantinedLead.objects.over(now=timezone.now())) + trim_quarantine()


def trim_quarantine() -> int:
    senders = QuarantinedLead.objects.order_by().values("account", "lead_source", "form").annotate(rows=Count("pk"))
    many = senders.filter(rows__gt=settings.QUARANTINE_ROWS).values_list("account", "lead_source", "form")
    return sum([trim(account_id, source_id, form_id) for account_id, source_id, form_id in many])


def trim(account_id: int, source_id: int | None, form_id: int | None) -> int:
    """Leave of one sender's payloads the latest."""
    own = QuarantinedLead.objects.for_account(account_id).filter(lead_source=source_id, form=form_id)
    most = settings.QUARANTINE_ROWS
    too_many = own.order_by("-pk").values_list("pk", flat=True)[most : most + 1]
    return sum(delete_in_batches(own.filter(pk__lte=latest)) for latest in too_many)


@sweep("purge_used_form_tokens", every=3600)
def purge_used_form_tokens() -> int:
    """Delete the tokens that are too old to be sent again."""
    return delete_in_batches(UsedFormToken.objects.filter(used_at__lt=timezone.now() - KEPT))

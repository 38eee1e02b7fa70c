"""What the intake's workers do."""

from datetime import timedelta

from django.utils import timezone

from intake.models import IdempotentAnswer, UsedFormToken
from leadhub.lib.jobs import sweep
from leadhub.lib.purging import delete_in_batches

KEPT = timedelta(hours=24)


@sweep("purge_idempotent_answers", every=3600)
def purge_idempotent_answers() -> int:
    """Delete the answers that are no longer given again."""
    return delete_in_batches(IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - KEPT))


@sweep("purge_used_form_tokens", every=3600)
def purge_used_form_tokens() -> int:
    """Delete the tokens that are too old to be sent again."""
    return delete_in_batches(UsedFormToken.objects.filter(used_at__lt=timezone.now() - KEPT))

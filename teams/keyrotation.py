"""A source's key replaced by another, while the old one is still taken for a while."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import ApiKey, User
from teams.models import LeadSource, SourceKey


@transaction.atomic(savepoint=False)
def rotate_key(source: LeadSource, *, user: User, hours: int) -> tuple[SourceKey, str]:
    """A new key of the source and its secret, good at once; all its others end in so many hours, if not before."""
    ends_at = timezone.now() + timedelta(hours=hours)
    own = SourceKey.objects.for_account(source.account_id).filter(source=source)
    usable = ApiKey.objects.for_account(source.account_id).usable().filter(pk__in=own.values("key"))
    for key in usable.select_for_update(of=("self",), no_key=True).order_by("pk"):
        if key.expires_at is None or key.expires_at > ends_at:
            key.expires_at = ends_at
            key.save(update_fields=["expires_at"])
    return source.issue_key(user=user)

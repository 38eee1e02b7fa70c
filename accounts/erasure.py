"""The one door out of the audit: personal values can be blanked, entries cannot be removed."""

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction

from accounts import audit
from accounts.actors import Actor
from accounts.models import Event

BLANK = """
UPDATE accounts_auditentry
SET changes = NULL, additional_data = NULL, changes_text = '', object_repr = '',
    remote_addr = NULL, remote_port = NULL, request_headers = '{}', request_path = '', cid = NULL
WHERE account_id = %s::bigint AND content_type_id = %s::integer AND object_id = %s::bigint
"""


def erase_entries(instance: models.Model, *, actor: Actor) -> int:
    """Blank the personal values in every entry about one row of an account, and record that. Answers how many.

    Who acted stays: that is the trail, and no value of whom the row is about.
    """
    kind = ContentType.objects.get_for_model(instance).pk
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL leadhub.erasing = 'on'")
        cursor.execute(BLANK, [instance.account_id, kind, instance.pk])  # type: ignore[attr-defined]
        erased = cursor.rowcount
        cursor.execute("SET LOCAL leadhub.erasing = 'off'")
        audit.record(instance, Event.ENTRIES_ERASED, actor=actor, data={"entries": erased})
    return erased

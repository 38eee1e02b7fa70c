from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.fields.json import KT
from django.db.models.functions import Cast


class Migration(migrations.Migration):
    """Outside a transaction: the trail is written on while the index is made."""

    atomic = False
    dependencies = [("accounts", "0008_leads_exported")]

    operations = [
        AddIndexConcurrently(
            model_name="auditentry",
            index=models.Index(
                models.F("account"),
                Cast(KT("additional_data__lead_source_id"), models.BigIntegerField()),
                models.F("timestamp"),
                condition=models.Q(event="lead_seen_again"),
                name="audit_seen_again",
            ),
        ),
    ]

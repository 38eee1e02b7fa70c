from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Outside a transaction: what is refused meanwhile is still kept."""

    atomic = False
    dependencies = [("intake", "0003_resolve_quarantined")]

    operations = [
        AddIndexConcurrently(
            model_name="quarantinedlead",
            index=models.Index(
                condition=models.Q(("resolved_at", None)), fields=["account", "id"], name="quarantine_open"
            ),
        ),
        AddIndexConcurrently(
            model_name="quarantinedlead",
            index=models.Index(fields=["account", "lead_source", "created_at"], name="quarantine_of_source"),
        ),
    ]

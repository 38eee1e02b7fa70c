from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Outside a transaction: leads keep coming in while the index is made."""

    atomic = False
    dependencies = [("leads", "0005_find_held_and_due_leads")]

    operations = [
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("lead_source__isnull", False)),
                fields=["account", "lead_source", "created_at"],
                name="lead_of_source",
            ),
        ),
    ]
